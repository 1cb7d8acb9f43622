import type { Clock } from '../../shared/clock.ts';
import type { Store } from '../../store/types.ts';
import type { StartPolicy } from './start-policy.ts';

/** A store that does not answer is asked again after this long. */
const RETRY_MS = 10_000;

/** The smaller one of the daemon's cap (0: none) and the deployment's; undefined: there is none. */
export function capOf(everywhere: number, maxPerHour: number | undefined): number | undefined {
  if (everywhere === 0 || maxPerHour === undefined) return everywhere === 0 ? maxPerHour : everywhere;
  return Math.min(everywhere, maxPerHour);
}

/**
 * At most so many targets of an env are started in any 60 minutes, over all rollouts and processes (blast radius, fleet.md R12).
 * @param everywhere the daemon's cap; 0: none. An override of freezes does not end it
 */
export const hourlyCap =
  (
    deps: { readonly store: Pick<Store, 'startUnderCap'>; readonly clock: Pick<Clock, 'nowMs'> },
    everywhere: number,
  ): StartPolicy =>
  async ({ project, env, rolloutId, target, maxPerHour, starts }) => {
    // A target that has nothing to do starts nothing: that is known once there is a connection.
    if (!starts) return undefined;
    const max = capOf(everywhere, maxPerHour);
    if (max === undefined) return undefined;
    const nowMs = deps.clock.nowMs();
    const start = { project, env, rolloutId, target, max };
    // A start that cannot be counted must not happen, and is no failure of the target.
    const untilMs = await deps.store.startUnderCap(start, nowMs).catch(() => nowMs + RETRY_MS);
    if (untilMs === undefined) return undefined;
    return { policy: 'targets_per_hour', reason: `no more than ${max} targets an hour`, untilMs };
  };
