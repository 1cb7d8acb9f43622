import { randomUUID } from 'node:crypto';
import { createActivities } from '../../activities/create-activities.ts';
import { createApp } from '../../app/create-app.ts';
import { createGateReader } from '../../app/gate-reader.ts';
import { createHeldStarts } from '../../app/held-starts.ts';
import { boundInAll, createHostLimits } from '../../app/host-limits.ts';
import { observeProjects } from '../../app/observe-projects.ts';
import type { Projects, RolloutWorkflows } from '../../app/ports.ts';
import { readLiveRollouts } from '../../app/read-live-rollouts.ts';
import { createRunningTargets } from '../../app/running-targets.ts';
import type { AppSettings } from '../../app/settings.ts';
import { createSharedHostLimits } from '../../app/shared-host-limits.ts';
import { hourlyCap } from '../../app/start-policies/hourly-cap.ts';
import { throttles } from '../../app/start-policies/throttles.ts';
import { timeWindows } from '../../app/start-policies/time-windows.ts';
import { createTargetResolver } from '../../app/target-resolver.ts';
import type { DaemonConfig } from '../../config/daemon/types.ts';
import { createEngine, type Engine } from '../../engine/index.ts';
import { createHttpServer } from '../../http/server.ts';
import { createEventHub } from '../../observability/event-hub.ts';
import { createEventLog } from '../../observability/event-log.ts';
import { createEventMetrics } from '../../observability/event-metrics.ts';
import type { Log } from '../../observability/log.ts';
import { createMetrics } from '../../observability/metrics.ts';
import { renderScrape } from '../../observability/scrape.ts';
import type { Clock } from '../../shared/clock.ts';
import { openStore } from '../../store/open-store.ts';
import { checkCodecKeys } from '../../temporal/check-codec-keys.ts';
import { isServing } from '../../temporal/connect.ts';
import { createDataConverter } from '../../temporal/data-converter.ts';
import { freePort } from '../../temporal/embedded/free-port.ts';
import { failLostActivities } from '../../temporal/fail-lost-activities.ts';
import { createRolloutWorkflows } from '../../temporal/rollout-workflows.ts';
import { resolveTemporalAddress } from '../../temporal/target.ts';
import { workerIdentity } from '../../temporal/worker-identity.ts';
import type { Workers } from '../../temporal/workers.ts';
import { faultPointsOf } from '../fault-points.ts';
import { readCodecKeys } from './codec-keys.ts';
import { httpStatus } from './http-status.ts';
import { keepRetention } from './keep-retention.ts';
import { listenOn, refusePublic } from './listen.ts';
import { startTemporal, type TemporalLink } from './start-temporal.ts';
import { takeStateFolder } from './state-lock.ts';
import { readStoreKey } from './store-key.ts';
import { storeFile } from './store-location.ts';

/** Slices in flight may end their target in this time; the whole shutdown has to be over within 30 s. */
const GRACE_MS = 15_000;
/** Requests in flight get this long to be answered. */
const CLOSE_MS = 3_000;

export interface DaemonOptions {
  readonly config: DaemonConfig;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: Log;
  /** The projects of the configuration; evaluating one may query a database through the engine. */
  readonly projects: (engine: Engine) => Projects;
  /** Leave the embedded Temporal server running at the end. */
  readonly keepTemporal: boolean;
}

export interface Daemon {
  /** `http://127.0.0.1:7171`. */
  readonly address: string;
  readonly temporal: { readonly address: string; readonly version: string | undefined };
  /** Resolves with the reason when a worker ended by itself: the daemon should be stopped then. */
  readonly failed: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts everything that the role needs, side by side; what was started is stopped again where a part cannot be.
 * @throws AppError, each with what to do
 */
export async function runDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, clock, log, version } = options;
  refusePublic(config.listen, config.authTokens);
  const existing = resolveTemporalAddress(config.temporal, options.env);
  const dataConverter = createDataConverter(readCodecKeys(config.temporal));
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        log('error', 'a part did not stop cleanly', { err: error });
      }
    }
  };
  try {
    const lock = takeStateFolder(config.stateDir, version);
    closers.push(() => lock.release());
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
    const store = await openStore(
      config.storeUrl === undefined ? { file: storeFile(config.stateDir), key } : { url: config.storeUrl, key },
      clock.nowMs(),
      (write) => events.emit({ kind: 'StoreWritten', ...write }),
    );
    closers.push(() => store.close());
    const shutdown = new AbortController();

    const { perHost, engineConcurrency } = config.limits;
    // A store in a file has one process: it need not share.
    const shared =
      config.storeUrl === undefined ? undefined : createSharedHostLimits({ store, clock }, randomUUID(), perHost);
    if (shared !== undefined) closers.push(() => shared.close());
    const hosts = shared ?? createHostLimits(perHost);

    const engine = createEngine({ clock, events, reach: faultPointsOf(options.env) });
    closers.push(() => engine.close());
    const projects = observeProjects(options.projects(engine), events, clock);
    const running = createRunningTargets(engine, clock);
    const settings = settingsOf(config, version);
    const link = Promise.withResolvers<TemporalLink>();
    link.promise.catch(() => undefined); // whoever needs it sees the error
    const parts = {
      store,
      projects,
      engine,
      resolver: createTargetResolver({ store, projects, clock }),
      running,
      events,
      clock,
      settings,
    };
    const workflows = later(
      link.promise.then((found) =>
        createRolloutWorkflows({ ...found, namespace: found.target.namespace, dataConverter }),
      ),
    );
    const app = createApp({ ...parts, workflows, random: Math.random, signal: shutdown.signal });

    const hasApi = config.role === 'all' || config.role === 'api';
    const metricsPort = await freePort();
    const worker = import('../../temporal/workers.ts'); // 450 ms: while Temporal starts
    const { installRuntime, readRuntimeMetrics } = await import('../../temporal/runtime.ts');
    installRuntime({ log, metricsPort });
    let workers: Workers | undefined;
    const hasWorkers = config.role !== 'api';
    let found: TemporalLink | undefined;
    const server = await createHttpServer({
      app: hasApi ? app : undefined,
      facts: { version, projects: () => projects.names() },
      tokens: config.authTokens,
      metrics: () => renderScrape(metrics, () => readRuntimeMetrics(metricsPort)),
      events,
      logError: (error, fields) => log('error', 'a request failed', { err: error, ...fields }),
      readiness: async () => ({
        store: await answerOf(() => store.getRollout('-')),
        temporal: found !== undefined && (await isServing(found.connection, 1_000)) ? 'ok' : 'not reached',
        ...(hasWorkers ? { workers: workers?.areRunning() === true ? 'ok' : 'not running' } : {}),
      }),
    });
    closers.push(() => server.close());
    const address = await listenOn(server, config.listen);
    lock.setAddress(address);

    found = await startTemporal({ existing, stateDir: config.stateDir, env: options.env, events });
    const { connection, embedded, target } = found;
    closers.push(async () => {
      await connection.close();
      if (options.keepTemporal) embedded?.release();
      else await embedded?.stop();
    });
    const atTemporal = { connection, namespace: target.namespace, dataConverter };
    const live = await store.liveRollouts();
    await checkCodecKeys(atTemporal, live);
    link.resolve(found);
    if (hasWorkers) {
      workers = await (await worker).startWorkers({
        target,
        dataConverter,
        roles: { orchestration: config.role !== 'engine', engine: config.role !== 'orchestrator' },
        activities: createActivities({
          ...parts,
          gates: createGateReader(store, clock),
          // The cap last: what it allows it counts.
          policies: [
            timeWindows(clock, config.freezes),
            throttles({ query: engine.query, httpStatus, limits: config.limits, clock }),
            hourlyCap(parts, config.limits.targetsPerHour),
          ],
          held,
          hosts: boundInAll(hosts, engineConcurrency),
          shutdown: shutdown.signal,
        }),
        engineSlots: engineConcurrency,
        identity: workerIdentity(version),
        graceMs: GRACE_MS,
        events,
      });
      if (config.role !== 'orchestrator')
        metrics.concurrencyLimit.set({ scope: 'engine' }, config.limits.engineConcurrency);
      const { stop: stopWorkers } = workers;
      closers.push(() => stopWorkers());
      failLostActivities(atTemporal, live).catch((error: unknown) =>
        log('warn', 'what killed processes held is waited for', { err: error }),
      );
    }
    if (config.retentionMs !== undefined && (config.role === 'all' || config.role === 'orchestrator'))
      keepRetention(parts, config.retentionMs, shutdown.signal).catch((error: unknown) =>
        log('error', 'the retention is not kept any more', { err: error }),
      );
    // First of all at the end: nobody gets in, and no slice starts another target.
    closers.push(async () => {
      shutdown.abort();
      await Promise.race([server.close(), clock.sleep(CLOSE_MS)]);
    });
    if (hasApi)
      app.recover().catch((error: unknown) => log('error', 'rollouts could not be taken up again', { err: error }));
    return {
      address,
      temporal: { address: target.address, version: embedded?.version },
      failed: workers?.failed ?? new Promise(() => undefined),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const settingsOf = ({ limits }: DaemonConfig, version: string): AppSettings => ({
  limits,
  // With the pauses between them some ten seconds, on the target's own lane (fleet.md R7).
  lockRetries: 10,
  maxPerHost: limits.perHost,
  lockWaitMs: 10_000,
  backoffMs: limits.retryBackoffMs,
  maxShrink: limits.maxShrink,
  quarantineAfter: limits.quarantineAfter,
  operatorVersion: `Flotilla v${version}`,
});

/** Workflows that wait for the connection: the API answers while Temporal is still starting. */
const later = (workflows: Promise<RolloutWorkflows>): RolloutWorkflows => {
  workflows.catch(() => undefined);
  return {
    start: async (rollout) => (await workflows).start(rollout),
    send: async (rollout, message) => (await workflows).send(rollout, message),
  };
};

async function answerOf(ask: () => Promise<unknown>): Promise<string> {
  try {
    await ask();
    return 'ok';
  } catch {
    return 'does not answer';
  }
}
