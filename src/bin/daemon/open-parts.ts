import { randomUUID } from 'node:crypto';
import { createHeldStarts, type HeldStarts } from '../../app/held-starts.ts';
import { createHostLimits, type HostLimits } from '../../app/host-limits.ts';
import { observeProjects } from '../../app/observe-projects.ts';
import type { Projects } from '../../app/ports.ts';
import { readLiveRollouts } from '../../app/read-live-rollouts.ts';
import { createRunningTargets, type RunningTargets } from '../../app/running-targets.ts';
import type { AppSettings } from '../../app/settings.ts';
import { type Flights, ownFlights, shareFlights } from '../../app/shared-flights.ts';
import { createSharedHostLimits } from '../../app/shared-host-limits.ts';
import { createTargetResolver, type TargetResolver } from '../../app/target-resolver.ts';
import type { DaemonConfig } from '../../config/daemon/types.ts';
import { createEngine, type Engine } from '../../engine/index.ts';
import { createEventHub } from '../../observability/event-hub.ts';
import { createEventLog } from '../../observability/event-log.ts';
import { createEventMetrics } from '../../observability/event-metrics.ts';
import { createMetrics, type Metrics } from '../../observability/metrics.ts';
import type { Clock } from '../../shared/clock.ts';
import type { EventSink } from '../../shared/events.ts';
import type { SpanSink } from '../../shared/spans.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/types.ts';
import { faultPointsOf } from '../fault-points.ts';
import type { Closers } from './closers.ts';
import { openSpanSink } from './open-span-sink.ts';
import type { DaemonOptions } from './run-daemon.ts';
import { readStoreKey } from './store-key.ts';
import { storeFile } from './store-location.ts';

/** What the use cases and the slices are made of. */
interface Parts {
  readonly store: Store;
  readonly projects: Projects;
  readonly engine: Engine;
  readonly resolver: TargetResolver;
  readonly running: RunningTargets;
  readonly flights: Flights;
  readonly events: EventSink;
  readonly clock: Clock;
  readonly settings: AppSettings;
  readonly traces: SpanSink | undefined;
}

/** What a daemon of any role has before it listens, and before it knows Temporal. */
export interface OpenedParts {
  readonly parts: Parts;
  readonly metrics: Metrics;
  readonly held: HeldStarts;
  readonly hosts: HostLimits;
}

/** @throws AppError where the store cannot be opened; what was opened before is with the closers */
export async function openParts(
  options: Pick<DaemonOptions, 'config' | 'clock' | 'log' | 'version' | 'env' | 'projects'>,
  closers: Closers,
): Promise<OpenedParts> {
  const { config, clock, log, version } = options;
  const key = readStoreKey(config);
  const held = createHeldStarts(clock);
  const metrics = createMetrics({
    version,
    liveRollouts: () => readLiveRollouts(store),
    throttled: held.throttled,
    startsHeld: held.countByPolicy,
    hostPlaces: () => shared?.held() ?? 0,
    nowMs: clock.nowMs,
    inUse: () => running.count(),
  });
  const events = createEventHub([createEventLog(log), createEventMetrics(metrics)], (error, event) =>
    log('error', 'a subscriber of events failed', { err: error, event: event.kind }),
  );
  const traces = await openSpanSink({ ...options, events }, closers);
  const store = await openStore(
    config.storeUrl === undefined ? { file: storeFile(config.stateDir), key } : { url: config.storeUrl, key },
    clock.nowMs(),
    (write) => events.emit({ kind: 'StoreWritten', ...write }),
  );
  closers.add(() => store.close());

  const { perHost } = config.limits;
  const holder = randomUUID();
  // A store in a file has one process: it need not share.
  const isShared = config.storeUrl !== undefined;
  const shared = isShared ? createSharedHostLimits({ store, clock }, holder, perHost) : undefined;
  if (shared !== undefined) closers.add(() => shared.close());
  const hosts = shared ?? createHostLimits(perHost);

  const engine = createEngine({ clock, events, reach: faultPointsOf(options.env) });
  closers.add(() => engine.close());
  const projects = observeProjects(options.projects(engine), events, clock);
  const running = createRunningTargets(engine, clock);
  const sharedFlights = isShared ? shareFlights({ store, running, clock }, holder) : undefined;
  if (sharedFlights !== undefined) closers.add(() => sharedFlights.close());
  const settings = settingsOf(config, version);
  const parts: Parts = {
    store,
    projects,
    engine,
    resolver: createTargetResolver({ store, projects, clock }),
    running,
    flights: sharedFlights ?? ownFlights(running),
    events,
    clock,
    settings,
    traces,
  };
  return { parts, metrics, held, hosts };
}

const settingsOf = ({ limits }: DaemonConfig, version: string): AppSettings => ({
  limits,
  // With the pauses between them some ten seconds, on the target's own lane (fleet.md R7).
  lockRetries: 10,
  maxPerHost: limits.perHost,
  maxPerHour: limits.targetsPerHour,
  lockWaitMs: 10_000,
  backoffMs: limits.retryBackoffMs,
  maxShrink: limits.maxShrink,
  quarantineAfter: limits.quarantineAfter,
  operatorVersion: `Flotilla v${version}`,
});
