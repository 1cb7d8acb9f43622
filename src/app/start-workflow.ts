import { AppError } from '../shared/errors.ts';
import type { RolloutRow } from '../store/types.ts';
import type { AppDeps } from './deps.ts';

type Starting = Pick<AppDeps, 'workflows' | 'events' | 'clock' | 'signal'>;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** A workflow that has just ended its rollout may still hold the id for a moment. */
const CLOSING_TRIES = 20;
const CLOSING_WAIT_MS = 100;

/**
 * Starts the workflow of a rollout that is in the store. Where Temporal does not answer the rollout stays `preparing`, and the start goes on
 * in the background: it was accepted, so it will run.
 */
export async function startWorkflow(deps: Starting, row: Pick<RolloutRow, 'id' | 'project' | 'env'>): Promise<void> {
  try {
    await deps.workflows.start(row);
  } catch (error) {
    if (!isAway(error)) throw error;
    notify(deps, row.id, error);
    keepStarting(deps, row).catch(() => undefined); // only the process's end stops it; the next one recovers
  }
}

/** As startWorkflow, for a rollout that ended a moment ago: waits until its last run has let go of the id. */
export async function restartWorkflow(deps: Starting, row: Pick<RolloutRow, 'id' | 'project' | 'env'>): Promise<void> {
  for (let attempt = 1; attempt <= CLOSING_TRIES; attempt++) {
    try {
      if ((await deps.workflows.start(row)) === 'started') return;
    } catch (error) {
      if (!isAway(error)) throw error;
      return startWorkflow(deps, row);
    }
    await deps.clock.sleep(CLOSING_WAIT_MS, deps.signal);
  }
}

const isAway = (error: unknown): error is AppError =>
  error instanceof AppError && error.code === 'TEMPORAL_UNAVAILABLE';

function notify(deps: Starting, rolloutId: string, error: AppError): void {
  const detail = { rolloutId, why: error.message };
  deps.events.emit({ kind: 'DaemonNotice', level: 'warn', message: 'a rollout waits for Temporal', detail });
}

async function keepStarting(deps: Starting, row: Pick<RolloutRow, 'id' | 'project' | 'env'>): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    await deps.clock.sleep(waitMs, deps.signal);
    try {
      await deps.workflows.start(row);
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }
}
