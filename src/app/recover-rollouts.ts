import type { ControlDeps } from './control-rollout.ts';
import { startWorkflow } from './start-workflow.ts';

/** After a start of the daemon: what was running goes on, and what operators asked for is told. Does nothing twice. */
export async function recoverRollouts(deps: ControlDeps): Promise<void> {
  const live = await deps.store.liveRollouts();
  // Side by side: one that waits for the end of another workflow does not hold up the rest.
  await Promise.all(live.map(({ id }) => startWorkflow(deps, id)));
  await deps.delivery.recover();
}
