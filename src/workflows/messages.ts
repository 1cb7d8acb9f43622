import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { RolloutStatus } from '../rollout/types.ts';
import type { RolloutMessage, RolloutVerb } from '../shared/rollout-message.ts';

const VERBS = [
  'pause',
  'resume',
  'promote',
  'approve',
  'overrideFreeze',
  'abort',
  'retry',
  'skip',
  'setLimits',
  'revert',
] as const satisfies readonly RolloutVerb[];

/** An Update for each verb, named like it; all take a RolloutMessage. */
export const verbUpdates = VERBS.map((verb) => defineUpdate<void, [RolloutMessage]>(verb));

/** null while the rollout is being prepared. */
export const statusQuery = defineQuery<RolloutStatus | null>('status');
