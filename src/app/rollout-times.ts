import type { RolloutState } from '../shared/states.ts';

/** Where the time of a rollout went, in milliseconds. */
export interface RolloutTimes {
  /** From its creation to its newest state. */
  readonly durationMs: number;
  /** It was preparing, running, draining or going back. */
  readonly workingMs: number;
  readonly pausedMs: number;
  readonly approvalMs: number;
}

/** What the time in a state counts as. A bake is neither work nor a pause; a rollout that had failed and was taken up again did nothing between. */
const SHARE: Readonly<Partial<Record<RolloutState, keyof RolloutTimes>>> = {
  preparing: 'workingMs',
  running: 'workingMs',
  draining: 'workingMs',
  reverting: 'workingMs',
  paused: 'pausedMs',
  awaiting_approval: 'approvalMs',
};

/**
 * Adds up the time between the changes of state; the last of them is the end.
 * @param createdAtMs when it was created, in state `preparing`
 * @param changes oldest first
 */
export function rolloutTimes(
  createdAtMs: number,
  changes: readonly { readonly atMs: number; readonly to: RolloutState }[],
): RolloutTimes {
  const times = { durationMs: 0, workingMs: 0, pausedMs: 0, approvalMs: 0 };
  let [state, sinceMs]: [RolloutState, number] = ['preparing', createdAtMs];
  for (const { atMs, to } of changes) {
    // Clocks of several processes may differ a little.
    const ms = Math.max(0, atMs - sinceMs);
    const share = SHARE[state];
    times.durationMs += ms;
    if (share !== undefined) times[share] += ms;
    [state, sinceMs] = [to, atMs];
  }
  return times;
}
