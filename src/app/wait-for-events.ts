import type { AppDeps } from './deps.ts';
import { findRollout } from './find-rollout.ts';

const STEP_MS = 100;
const LONGEST_MS = 1_000;

/**
 * Comes back when there are events after `afterSeq` (without it: after those that are there now), when a second is over, or when the signal
 * aborts. Looks at one number in the store ten times a second: any process may have written the event.
 */
export async function waitForEvents(
  { store, clock }: Pick<AppDeps, 'store' | 'clock'>,
  id: string,
  signal: AbortSignal,
  afterSeq?: number,
): Promise<void> {
  const row = await findRollout(store, id);
  const seen = afterSeq ?? row.lastEvent;
  const deadline = clock.monotonicMs() + LONGEST_MS;
  let newest = row.lastEvent;
  while (newest <= seen && clock.monotonicMs() < deadline && !signal.aborted) {
    await clock.sleep(STEP_MS, signal).catch(() => undefined);
    newest = (await store.getRollout(row.id))?.lastEvent ?? newest;
  }
}
