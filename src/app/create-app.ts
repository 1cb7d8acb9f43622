import { AppError, ERRORS } from '../shared/errors.ts';
import type { EventView, Page, RolloutView } from '../shared/wire.ts';
import type { App } from './app.ts';
import { checkEvents } from './check-events.ts';
import {
  abortRollout,
  approveRollout,
  type ControlDeps,
  pauseRollout,
  promoteRollout,
  resumeRollout,
  setLimits,
} from './control-rollout.ts';
import { createDelivery } from './deliver-messages.ts';
import type { AppDeps } from './deps.ts';
import { findRollout } from './find-rollout.ts';
import { liftThrottle } from './lift-throttle.ts';
import { overrideFreeze } from './override-freeze.ts';
import { planRollout } from './plan-rollout.ts';
import { quarantineTarget, releaseTarget } from './quarantine-targets.ts';
import { recoverRollouts } from './recover-rollouts.ts';
import { requireTarget, retryTargets } from './retry-targets.ts';
import { revertRollout } from './revert-rollout.ts';
import { viewRollout } from './rollout-view.ts';
import { skipTargets } from './skip-targets.ts';
import { createStarter } from './start-rollout.ts';
import { waitForEvents } from './wait-for-events.ts';

/** Gathers the use cases over their ports. */
export function createApp(given: AppDeps): App {
  const deps: ControlDeps = { ...given, delivery: createDelivery(given) };
  const { store } = deps;
  const start = createStarter(deps);
  const verb = <T>(name: string, run: () => Promise<T>): Promise<T> => sayRefused(deps, name, run);
  return {
    startRollout: (body, options) => verb('start', () => start(body, options)),
    planRollout: (body) => planRollout(deps, body),
    getRollout: async (id) => viewRollout(deps, await findRollout(store, id)),
    listRollouts: async (filter): Promise<Page<RolloutView>> => {
      const page = await store.listRollouts(filter);
      const items: RolloutView[] = [];
      for (const row of page.items) items.push(await viewRollout(deps, row));
      return { ...page, items };
    },
    pauseRollout: (id, options) => verb('pause', () => pauseRollout(deps, id, options)),
    resumeRollout: (id, options) => verb('resume', () => resumeRollout(deps, id, options)),
    promoteRollout: (id, options) => verb('promote', () => promoteRollout(deps, id, options)),
    approveRollout: (id, options) => verb('approve', () => approveRollout(deps, id, options)),
    liftThrottle: (id, options) => verb('lift-throttle', () => liftThrottle(deps, id, options)),
    overrideFreeze: (id, options) => verb('override-freeze', () => overrideFreeze(deps, id, options)),
    abortRollout: (id, options) => verb('abort', () => abortRollout(deps, id, options)),
    retryTargets: (id, options) => verb('retry', () => retryTargets(deps, id, options)),
    skipTargets: (id, options) => verb('skip', () => skipTargets(deps, id, options)),
    revertRollout: (id, options) => verb('revert', () => revertRollout(deps, id, options)),
    setLimits: (id, options) => verb('set', () => setLimits(deps, id, options)),
    listTargets: async (id, filter) => store.listTargets((await findRollout(store, id)).id, filter),
    getTarget: async (id, target) => requireTarget(deps, await findRollout(store, id), target),
    quarantineTarget: (body, actor) => verb('quarantine', () => quarantineTarget(deps, body, actor)),
    releaseTarget: (body, actor) => verb('release', () => releaseTarget(deps, body, actor)),
    listQuarantine: (filter) => store.listQuarantine(filter),
    listEvents: async (id, { afterSeq, limit }): Promise<readonly EventView[]> =>
      store.events((await findRollout(store, id)).id, afterSeq, limit),
    checkEvents: (id) => checkEvents(store, id),
    waitForEvents: (id, signal, afterSeq) => waitForEvents(deps, id, signal, afterSeq),
    recover: () => recoverRollouts(deps),
  };
}

/** Runs a verb of an operator, and says where it is not accepted. */
async function sayRefused<T>({ events }: AppDeps, verb: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const isRefusal = error instanceof AppError && ERRORS[error.code].status < 500;
    events.emit({ kind: 'ControlRefused', verb, result: isRefusal ? 'refused' : 'failed' });
    throw error;
  }
}
