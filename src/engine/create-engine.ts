import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import type { EventSink } from '../shared/events.ts';
import { NO_FAULTS, type ReachFaultPoint } from '../shared/fault-points.ts';
import { createDrivers } from './drivers/index.ts';
import { applyTarget } from './run/apply-target.ts';
import { applyState, revertState } from './run/declared/apply-state.ts';
import { surveyState } from './run/declared/survey-states.ts';
import { downTarget } from './run/down-target.ts';
import { createExpectations } from './run/expectations.ts';
import { createInFlight } from './run/in-flight.ts';
import { toAppError } from './run/on-session.ts';
import { type AskServer, type Driver, DriverError, type ServerStrain } from './run/ports.ts';
import { readStatus } from './run/read-status.ts';
import { inspectDirectory, replayDirectory } from './run/replay-directory.ts';
import { loadDesired } from './run/schema/desired-state.ts';
import { loadOnDev } from './run/schema/on-dev.ts';
import { runPlan } from './run/schema/run-plan.ts';
import { inspectSchema } from './run/schema/schema-of.ts';
import { setVersion } from './run/set-version.ts';
import { surveyTargets } from './run/survey-targets.ts';
import { CODE_OF_KIND, wordDriverError } from './run/target-error.ts';
import type { Engine, Measured, SessionLimits, SurveyOutcome } from './run/types.ts';
import type { DatabaseUrl } from './url/database-url.ts';

export interface EngineDeps {
  readonly clock: Clock;
  readonly events: EventSink;
  /** Where relative names of SQLite files start; the working directory without it. */
  readonly baseDir?: string;
  /** For the fault rig; nobody listens without it. */
  readonly reach?: ReachFaultPoint;
}

/** The engine on real databases. Keeps connections for a few seconds: call `close` before the process ends. */
export function createEngine({ clock, events, baseDir = '.', reach = NO_FAULTS }: EngineDeps): Engine {
  const deps = { clock, events, inFlight: createInFlight(clock), expectations: createExpectations(), reach };
  const drivers = createDrivers({ clock, events, baseDir, reach });
  const driverFor = ({ dialect }: DatabaseUrl): Driver => {
    const driver = drivers.find(({ dialects }) => dialects.includes(dialect));
    if (driver === undefined) throw new AppError('INTERNAL', `no driver for ${dialect}`);
    return driver;
  };
  const query: Engine['query'] = async (url, sql, args, limits) => {
    try {
      return await driverFor(url).query(url, sql, args, limits);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw toAppError(wordDriverError(error), CODE_OF_KIND[error.kind], error);
    }
  };
  const measure = async (
    url: DatabaseUrl,
    limits: SessionLimits,
    ask: (strain: ServerStrain, query: AskServer) => Promise<Measured>,
  ): Promise<Measured> => {
    const { strain } = driverFor(url);
    return strain === undefined ? { unknown: 'it is no server' } : ask(strain, (sql) => query(url, sql, [], limits));
  };
  const onDev: Engine['loadOnDev'] = (url, ...call) => loadOnDev(driverFor(url), url, ...call);
  return {
    apply: (...call) => applyTarget(deps, driverFor(call[0].url), call),
    down: (...call) => downTarget(deps, driverFor(call[0].url), call),
    async survey(targets, directory, options) {
      const outcomes = new Array<SurveyOutcome | undefined>(targets.length);
      const byDriver = Map.groupBy(targets.entries(), ([, { url }]) => driverFor(url));
      await Promise.all(
        [...byDriver].map(async ([driver, group]) => {
          const found = await surveyTargets(
            driver,
            group.map(([, target]) => target),
            directory,
            options,
          );
          for (const [i, [index]] of group.entries()) outcomes[index] = found[i];
        }),
      );
      return outcomes.map((outcome) => {
        if (outcome === undefined) throw new AppError('INTERNAL', 'a survey lost a target');
        return outcome;
      });
    },
    surveyStates: (targets, options) =>
      Promise.all(targets.map((target) => surveyState(driverFor(target.url), target, options))),
    applyState: (target, declared, options, callbacks = {}) =>
      applyState(deps, driverFor(target.url), { target, declared, options, callbacks }),
    revertState: (target, declared, options, callbacks = {}) =>
      revertState(deps, driverFor(target.url), { target, declared, options, callbacks }),
    surveysTogether: (url) => driverFor(url).surveysTogether(url),
    status: (target, directory, options) => readStatus(driverFor(target.url), target, directory, options),
    set: (target, directory, version, options) =>
      setVersion(clock, driverFor(target.url), target, [directory, version, options]),
    query,
    replicaLag: (url, isReplica, limits) => measure(url, limits, (strain, ask) => strain.replicaLag(ask, isReplica)),
    runningThreads: (url, limits) => measure(url, limits, (strain, ask) => strain.runningThreads(ask)),
    replay: (url, directory, limits) => replayDirectory(driverFor(url), url, directory, limits),
    inspect: (url, limits) => inspectSchema(driverFor(url), url, limits),
    loadOnDev: onDev,
    loadDesired: (desired) => loadDesired(onDev, desired),
    inspectDirectory: (url, ...call) => inspectDirectory(driverFor(url), url, ...call),
    runPlan: (url, ...call) => runPlan(driverFor(url), url, ...call),
    inFlight: () => deps.inFlight.list(),
    async close() {
      await Promise.all(drivers.map((driver) => driver.close()));
    },
  };
}
