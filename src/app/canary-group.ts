import { JOINED_GROUP } from '../shared/states.ts';
import type { GroupRow } from '../store/types.ts';

/** A group up to this size is a canary, wherever it stands. */
const SMALL_GROUP = 10;
/** The first of several groups is one too, up to this size. */
const FIRST_GROUP = 100;

/**
 * A canary's verdict is wanted at once, its failure must not take others along, and its traces are always kept.
 * @param groups how many groups the deployment has, without that of targets which joined
 */
export function isCanaryGroup(group: Pick<GroupRow, 'name' | 'size' | 'index'>, groups: number): boolean {
  // Whoever joins comes a few at a time, after everybody else.
  if (group.name === JOINED_GROUP) return false;
  return group.size <= SMALL_GROUP || (groups > 1 && group.index === 0 && group.size <= FIRST_GROUP);
}
