/** Names and ids that workflow, client and worker share. Types only, and constants: no Temporal import. */
export const ORCHESTRATION_QUEUE = 'flotilla';
export const ENGINE_QUEUE = 'flotilla-engine';
export const ROLLOUT_WORKFLOW = 'rolloutWorkflow';

/** One live rollout per env: the id is the lock (conflict policy FAIL). */
export const rolloutWorkflowId = (project: string, env: string): string => `rollout/${project}/${env}`;

export interface RolloutWorkflowInput {
  readonly rolloutId: string;
  readonly project: string;
  readonly env: string;
}
