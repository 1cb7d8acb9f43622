// The entry of the workflow bundle: what is exported here is a workflow, by its name.
export { rolloutWorkflow } from './rollout-workflow.ts';
