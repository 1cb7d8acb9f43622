import type { FlotillaEvent } from '../shared/events.ts';
import { isFinal } from '../shared/states.ts';
import type { Log, LogLevel } from './log.ts';

type Kind = FlotillaEvent['kind'];
type EventOf<K extends Kind> = Extract<FlotillaEvent, { readonly kind: K }>;

interface Line {
  readonly level: LogLevel;
  readonly message: string;
}

const quiet = (message: string): Line => ({ level: 'trace', message });

/** How each event reads in the log. Its fields are logged as they are, so a new kind of event must be given a line here. */
const LINES: { readonly [K in Kind]: (event: EventOf<K>) => Line } = {
  RolloutCreated: (event) => ({ level: 'info', message: `rollout created for ${event.targets} targets` }),
  TargetsJoined: (event) => ({
    level: 'info',
    message: `${event.count} targets joined, ${event.taken ? 'to be migrated last' : 'left for the next rollout'}`,
  }),
  RolloutStateChanged: (event) => ({
    level: event.to === 'failed' || event.to === 'paused' ? 'warn' : 'info',
    message: `rollout ${event.from} -> ${event.to}`,
  }),
  RolloutEnded: (event) => ({ level: 'info', message: `rollout over: ${event.outcome}` }),
  GroupStateChanged: (event) => ({ level: 'info', message: `group ${event.from} -> ${event.to}` }),
  ControlAccepted: (event) => ({ level: 'info', message: `${event.verb} accepted` }),
  ControlRefused: (event) => ({ level: 'info', message: `${event.verb} ${event.result}` }),
  EnvEvaluated: (event) =>
    event.targets === undefined
      ? { level: 'warn', message: 'an env could not be evaluated' }
      : { level: 'debug', message: `env evaluated: ${event.targets} targets` },
  StoreWritten: (event) =>
    event.committed ? quiet('store written') : { level: 'warn', message: 'a write of the store failed' },
  QuarantineChanged: (event) => ({ level: 'info', message: `${event.verb} of a target` }),
  SliceFinished: () => ({ level: 'debug', message: 'slice finished' }),
  TargetMigrated: (event) => ({
    level: event.result === 'failed' ? 'warn' : 'debug',
    message: `target ${event.result}`,
  }),
  StatementExecuted: () => quiet('statement executed'),
  LockTimedOut: () => ({ level: 'debug', message: 'statement timed out on a lock' }),
  WriteFenced: (event) => ({
    level: 'warn',
    message: `a late write of ${event.what} was refused: the run is taken over`,
  }),
  StartsHeld: (event) => ({ level: 'info', message: `starts wait: ${event.reason}` }),
  StartsThrottled: () => quiet('starts are throttled'),
  StartsReleased: (event) => ({ level: 'info', message: `starts go on, ${event.policy} held them` }),
  TargetsCancelled: (event) => ({ level: 'info', message: `${event.count} targets in flight cancelled` }),
  TargetRetried: () => quiet('target retried'),
  ConnectionOpened: () => quiet('connection opened'),
  ConnectionClosed: () => quiet('connection closed'),
  ConnectionFailed: () => ({ level: 'debug', message: 'connection failed' }),
  HttpServed: (event) => ({
    level: event.status >= 500 ? 'warn' : 'debug',
    message: `${event.method} ${event.status}`,
  }),
  SpansEnded: () => quiet('spans ended'),
  DaemonNotice: (event) => ({ level: event.level, message: event.message }),
};

/** Failures of one rollout that are logged, each on a line of its own; a fleet of 100,000 must not fill the disk. */
const FAILURES_LOGGED = 1_000;

/** Writes events to the log. */
export function createEventLog(log: Log): (event: FlotillaEvent) => void {
  const failures = new Map<string, number>();
  const isDropped = (event: FlotillaEvent): boolean => {
    if (event.kind !== 'TargetMigrated' || event.result !== 'failed' || event.rolloutId === undefined) return false;
    const count = (failures.get(event.rolloutId) ?? 0) + 1;
    failures.set(event.rolloutId, count);
    return count > FAILURES_LOGGED;
  };
  return (event) => {
    if (isDropped(event)) return;
    const { level, message } = lineOf(event);
    log(level, message, fieldsOf(event));
    if (event.kind === 'RolloutStateChanged' && isFinal(event.to)) {
      const dropped = (failures.get(event.rolloutId) ?? 0) - FAILURES_LOGGED;
      failures.delete(event.rolloutId);
      if (dropped > 0)
        log('warn', `${dropped} more failures were not logged`, { rolloutId: event.rolloutId, droppedLines: dropped });
    }
  };
}

/** The names of the ids are those of OpenTelemetry for logs that are not OTLP (opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context). */
function fieldsOf(event: FlotillaEvent): Readonly<Record<string, unknown>> {
  if (event.kind === 'DaemonNotice') return { event: event.kind, ...event.detail };
  if (!('span' in event)) {
    const { kind, ...fields } = event;
    return { event: kind, ...fields };
  }
  const { kind, span, ...fields } = event;
  const { traceId, spanId } = span ?? {};
  return {
    event: kind,
    ...fields,
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    ...(spanId === undefined ? {} : { span_id: spanId }),
  };
}

function lineOf<K extends Kind>(event: EventOf<K>): Line {
  const line: (event: EventOf<K>) => Line = LINES[event.kind as K];
  return line(event);
}
