import { allHandlersFinished, condition, continueAsNew, setHandler } from '@temporalio/workflow';
import type { RunLimits } from '../rollout/hand-over.ts';
import type { RolloutWorkflowInput } from '../shared/workflow-names.ts';
import { statusQuery, verbUpdates } from './messages.ts';
import { store } from './rollout-activities.ts';
import { type Carry, RolloutShell } from './rollout-shell.ts';

export interface RolloutRun extends RolloutWorkflowInput {
  /** From the run before, after a continue-as-new. */
  readonly carry?: Carry;
  /** Events after which no slice is issued until the next run has begun; for tests, the default is `MUST_DRAIN_AT_EVENTS`. */
  readonly drainAtEvents?: number;
  /** For tests; the default is `RUN_LIMITS`. */
  readonly limits?: RunLimits;
}

/**
 * One rollout, durable: a thin shell round the core in src/rollout/, which has the policy.
 * Every change here must replay the histories under test/workflow/histories/, or be behind `patched`.
 * @returns the final state
 */
export async function rolloutWorkflow(run: RolloutRun): Promise<{ readonly state: string }> {
  const shell = new RolloutShell(run);
  // Before the first await: a message may be in the very first activation, also of a run that goes on.
  setHandler(statusQuery, () => shell.status());
  for (const update of verbUpdates) {
    setHandler(update, (message) => shell.handle(message), { validator: (message) => shell.validate(message) });
  }
  await shell.start();
  await condition(() => shell.hasEnded());
  shell.throwFailure();
  const revert = shell.revert();
  if (revert !== undefined) {
    const { begun } = await store.beginRevert({ ...shell.ref(), ...revert });
    // A new run prepares itself anew from the store, where the rollout goes down now.
    const { carry: _, ...again } = run;
    if (begun) return continueAsNew<typeof rolloutWorkflow>(again);
    await store.finishRollout({ ...shell.ref(), status: { ...shell.finalStatus(), state: 'aborted' } });
    await condition(allHandlersFinished);
    return { state: 'aborted' };
  }
  if (shell.isOver()) {
    await store.finishRollout({ ...shell.ref(), status: shell.finalStatus() });
    await condition(allHandlersFinished);
    return { state: shell.finalStatus().state };
  }
  return continueAsNew<typeof rolloutWorkflow>({ ...run, carry: shell.carry() });
}
