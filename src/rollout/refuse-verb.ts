import type { RolloutVerb } from '../shared/rollout-message.ts';
import { currentGroup, isOverBudget, isStopped, needsApproval, type RolloutProgress } from './progress.ts';
import { statusOf } from './status-of.ts';

export interface Refusal {
  readonly code: 'ROLLOUT_STATE' | 'ROLLOUT_BUDGET' | 'ROLLOUT_OVER' | 'GROUP_NOT_FOUND';
  readonly message: string;
}

/** Why a verb cannot be accepted in this state, or undefined where it can. A second pause is accepted: it closed the gate once more. */
export function refuseVerb(
  progress: RolloutProgress,
  verb: RolloutVerb,
  options: { readonly group?: string | undefined } = {},
): Refusal | undefined {
  const { state } = statusOf(progress);
  if (progress.finish !== null || progress.abort !== null) {
    return {
      code: 'ROLLOUT_OVER',
      message: `the rollout is ${progress.finish ?? 'being aborted'}: ${verb} has nothing to act on`,
    };
  }
  if (options.group !== undefined && !progress.groups.some(({ name }) => name === options.group)) {
    return { code: 'GROUP_NOT_FOUND', message: `the rollout has no group "${options.group}"` };
  }
  switch (verb) {
    case 'resume':
      return refuseResume(progress, state);
    case 'promote':
      return currentGroup(progress)?.phase === 'baking'
        ? undefined
        : refuse(`the rollout is ${state}: promote ends a bake, and no group is baking`);
    case 'approve':
      return refuseApproval(progress, state, options.group);
    case 'revert':
      return progress.direction === 'down' ? refuse('the rollout is being taken back already') : undefined;
    default:
      return undefined;
  }
}

const refuse = (message: string): Refusal => ({ code: 'ROLLOUT_STATE', message });

function refuseResume(progress: RolloutProgress, state: string): Refusal | undefined {
  if (!isStopped(progress)) return refuse(`the rollout is ${state}, not paused: there is nothing to resume`);
  const group = progress.groups.find(({ name }) => name === progress.budgetStop?.group);
  if (group === undefined || !isOverBudget(group)) return undefined;
  const targets = group.failed === 1 ? '1 failed target' : `${group.failed} failed targets`;
  return {
    code: 'ROLLOUT_BUDGET',
    message: `group "${group.name}" has ${targets}, and its max_failures is ${group.maxFailures}: retry or skip them, or raise max_failures`,
  };
}

function refuseApproval(progress: RolloutProgress, state: string, name: string | undefined): Refusal | undefined {
  const group = currentGroup(progress);
  if (group === undefined || !needsApproval(group)) {
    return refuse(`the rollout is ${state}: no group waits for approval`);
  }
  if (name === undefined || name === group.name) return undefined;
  return refuse(`group "${name}" does not wait for approval, group "${group.name}" does`);
}
