import {
  type AssignableTarget,
  type AssignedGroup,
  assignGroups,
  type GroupSettings,
} from '../rollout/assign-groups.ts';
import { AppError } from '../shared/errors.ts';

export type { AssignableTarget, AssignedGroup, GroupSettings };

/**
 * The groups of a deployment with their targets, in running order, for a run without a daemon.
 * @throws AppError TARGET_UNMATCHED, DEPLOYMENT_INVALID: before anything is connected to
 */
export function assignFleet(
  targets: readonly AssignableTarget[],
  groups: readonly GroupSettings[],
  salt: string,
): readonly AssignedGroup[] {
  const assigned = assignGroups({ targets, groups, salt });
  if (assigned.kind === 'refused') throw new AppError(assigned.code, assigned.message);
  return assigned.groups;
}
