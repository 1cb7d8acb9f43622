import { AppError } from '../shared/errors.ts';
import { isFinal } from '../shared/states.ts';
import type { AppDeps } from './deps.ts';

type Starting = Pick<AppDeps, 'store' | 'workflows' | 'events' | 'clock' | 'signal'>;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** A workflow that has just ended its rollout may still hold the id for a moment: whoever asked waits for so long. */
const CLOSING_TRIES = 20;
const CLOSING_WAIT_MS = 100;

/**
 * Starts the workflow of a rollout that is live in the store. Where Temporal does not answer, or the workflow of the rollout before has not ended,
 * the start goes on in the background: it was accepted, so it will run.
 */
export async function startWorkflow(deps: Starting, rolloutId: string): Promise<void> {
  try {
    for (let attempt = 1; attempt <= CLOSING_TRIES; attempt++) {
      if (await tryToStart(deps, rolloutId)) return;
      await deps.clock.sleep(CLOSING_WAIT_MS, deps.signal);
    }
    notify(deps, rolloutId, 'a rollout waits for the end of the workflow before it');
  } catch (error) {
    if (!isAway(error)) throw error;
    notify(deps, rolloutId, 'a rollout waits for Temporal', error);
  }
  keepStarting(deps, rolloutId).catch(() => undefined); // only the process's end stops it; the next one recovers
}

const isAway = (error: unknown): error is AppError =>
  error instanceof AppError && error.code === 'TEMPORAL_UNAVAILABLE';

function notify(deps: Starting, rolloutId: string, message: string, error?: AppError): void {
  const detail = { rolloutId, ...(error === undefined ? {} : { why: error.message }) };
  deps.events.emit({ kind: 'DaemonNotice', level: 'warn', message, detail });
}

/** @returns false where the workflow before it has not ended */
async function tryToStart({ store, workflows }: Starting, rolloutId: string): Promise<boolean> {
  const row = await store.getRollout(rolloutId);
  // Over by now: another process was faster.
  return row === undefined || isFinal(row.state) || (await workflows.start(row)) !== 'busy';
}

async function keepStarting(deps: Starting, rolloutId: string): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    await deps.clock.sleep(waitMs, deps.signal);
    try {
      if (await tryToStart(deps, rolloutId)) return;
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }
}
