import type { RunDeps } from './apply-context.ts';

const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2000;

/**
 * Gives those who wait behind us a turn: twice as long each time, between half and one and a half of it at random, so that a fleet does not
 * come back in step. Ends early when the caller gives up; the next call then says so.
 */
export async function pauseBeforeRetry(
  { deps, callbacks }: { readonly deps: RunDeps; readonly callbacks: { readonly signal?: AbortSignal } },
  retry: number,
): Promise<void> {
  deps.events.emit({ kind: 'TargetRetried', reason: 'lock' });
  const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retry);
  await deps.clock.sleep(pauseMs * (0.5 + Math.random()), callbacks.signal).catch(() => undefined);
}
