import type { ApplyContext, RunDeps } from './apply-context.ts';
import { DriverError } from './ports.ts';

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

/** A statement that waited too long for a lock has done nothing: it is tried again where it stands. */
export async function withLockRetries(context: ApplyContext, execute: () => Promise<void>): Promise<void> {
  for (let retry = 0; ; retry++) {
    try {
      return await execute();
    } catch (error) {
      const again =
        error instanceof DriverError &&
        error.kind === 'lock-timeout' &&
        !error.sessionLost &&
        retry < context.options.lockRetries;
      if (!again) throw error;
      await pauseBeforeRetry(context, retry);
    }
  }
}
