import type { FlotillaEvent } from '../shared/events.ts';
import { FINAL_ROLLOUT_STATES, isFinal } from '../shared/states.ts';
import type { Metrics } from './metrics.ts';

type Kind = FlotillaEvent['kind'];
type EventOf<K extends Kind> = Extract<FlotillaEvent, { readonly kind: K }>;

const nothing = (): void => undefined;
/** What each event counts: one row a kind, so a new kind must be given one. */
const COUNTS: { readonly [K in Kind]: (metrics: Metrics, event: EventOf<K>) => void } = {
  RolloutCreated: (metrics) => metrics.controlOperations.inc({ operation: 'start', result: 'accepted' }),
  TargetsJoined: (metrics, { project, env, count, taken }) =>
    metrics.targetsJoined.inc({ project, env, taken: String(taken) }, count),
  RolloutStateChanged: (metrics, { project, env, to }) => {
    // All outcomes from the beginning: what grows from nothing to 1 is no increase to Prometheus.
    for (const outcome of FINAL_ROLLOUT_STATES) metrics.rolloutsCompleted.inc({ project, env, outcome }, 0);
    if (isFinal(to)) metrics.rolloutsCompleted.inc({ project, env, outcome: to });
  },
  RolloutEnded: (metrics, { project, env, outcome, durationMs, workingMs, pausedMs, approvalMs }) => {
    metrics.rolloutDuration.observe({ project, env, outcome }, durationMs / 1000);
    metrics.rolloutProgression.observe({ project, env, outcome }, workingMs / 1000);
    metrics.rolloutPause.observe({ project, env, outcome }, pausedMs / 1000);
    if (approvalMs > 0) metrics.approvalWait.observe({ project, env }, approvalMs / 1000);
  },
  GroupStateChanged: nothing,
  ControlAccepted: (metrics, { verb, ms }) => {
    metrics.controlOperations.inc({ operation: verb, result: 'accepted' });
    metrics.controlDuration.observe({ operation: verb }, ms / 1000);
  },
  ControlRefused: (metrics, { verb, result }) => metrics.controlOperations.inc({ operation: verb, result }),
  EnvEvaluated: (metrics, { project, env, targets }) => {
    if (targets === undefined) {
      metrics.discoveryErrors.inc({ project, env });
      return;
    }
    metrics.discoveryErrors.inc({ project, env }, 0);
    metrics.discoveryTargets.set({ project, env }, targets);
    metrics.discoveryTime.setToCurrentTime({ project, env });
  },
  StoreWritten: (metrics, { committed, auditEntries }) => {
    metrics.storeWrites.inc({ result: 'committed' }, committed ? 1 : 0);
    metrics.storeWrites.inc({ result: 'failed' }, committed ? 0 : 1);
    (committed ? metrics.auditWrites : metrics.auditWriteErrors).inc(auditEntries);
  },
  QuarantineChanged: (metrics, { verb }) => metrics.controlOperations.inc({ operation: verb, result: 'accepted' }),
  SliceFinished: nothing,
  TargetMigrated: (metrics, { env, dialect, direction, result, durationMs, error }) => {
    metrics.migrations.inc({ env, dialect, direction, result, error_class: error?.class ?? 'none' });
    if (result === 'applied' || result === 'reverted' || result === 'failed')
      metrics.migrationDuration.observe({ env, dialect, direction }, durationMs / 1000);
  },
  StatementExecuted: (metrics, { dialect, statementKind, durationMs }) =>
    metrics.statementDuration.observe({ dialect, kind: statementKind }, durationMs / 1000),
  LockTimedOut: (metrics, { dialect, statementKind, waitedMs }) => {
    metrics.lockTimeouts.inc({ dialect, kind: statementKind });
    metrics.lockWait.observe({ dialect, kind: statementKind }, waitedMs / 1000);
  },
  WriteFenced: (metrics, { what }) => metrics.fencedWrites.inc({ what }),
  StartsHeld: (metrics, { policy }) => metrics.startsHeld.inc({ reason: policy }),
  StartsThrottled: (metrics, { group, reason, heldMs }) =>
    metrics.throttledSeconds.inc({ reason, host_group: group }, heldMs / 1000),
  StartsReleased: nothing,
  TargetsCancelled: (metrics, { env, count }) => metrics.targetsCancelled.inc({ env }, count),
  TargetRetried: (metrics, { reason }) => metrics.retries.inc({ reason }),
  ConnectionOpened: (metrics, { dialect, durationMs }) => {
    metrics.connections.inc({ dialect });
    metrics.connectDuration.observe({ dialect }, durationMs / 1000);
  },
  ConnectionClosed: (metrics, { dialect }) => metrics.connections.dec({ dialect }),
  ConnectionFailed: (metrics, event) => metrics.connectErrors.inc({ dialect: event.dialect, class: event.class }),
  HttpServed: (metrics, { method, route, status, durationMs }) =>
    metrics.httpDuration.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, durationMs / 1000),
  SpansEnded: (metrics, { result, count }) => metrics.spans.inc({ result }, count),
  DaemonNotice: nothing,
};

/** Counts events. */
export const createEventMetrics =
  (metrics: Metrics) =>
  (event: FlotillaEvent): void =>
    countOne(metrics, event);

function countOne<K extends Kind>(metrics: Metrics, event: EventOf<K>): void {
  const count: (metrics: Metrics, event: EventOf<K>) => void = COUNTS[event.kind as K];
  count(metrics, event);
}
