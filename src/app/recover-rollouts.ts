import type { ControlDeps } from './control-rollout.ts';
import { startWorkflow } from './start-workflow.ts';

/** After a start of the daemon: what was running goes on, and what operators asked for is told. Does nothing twice. */
export async function recoverRollouts(deps: ControlDeps): Promise<void> {
  for (const row of await deps.store.liveRollouts()) await startWorkflow(deps, row);
  await deps.delivery.recover();
}
