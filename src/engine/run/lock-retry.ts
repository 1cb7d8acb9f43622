import { jitteredPauseMs } from '../../shared/jittered-pause.ts';
import type { ApplyContext, RunDeps } from './apply-context.ts';
import { DriverError } from './ports.ts';

const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2000;

/** Gives those who wait behind us a turn. Ends early when the caller gives up; the next call then says so. */
export async function pauseBeforeRetry(
  { deps, callbacks }: { readonly deps: RunDeps; readonly callbacks: { readonly signal?: AbortSignal } },
  retry: number,
): Promise<void> {
  deps.events.emit({ kind: 'TargetRetried', reason: 'lock' });
  await deps.clock
    .sleep(jitteredPauseMs(FIRST_PAUSE_MS, LAST_PAUSE_MS, retry), callbacks.signal)
    .catch(() => undefined);
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
