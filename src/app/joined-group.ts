import { JOINED_GROUP } from '../shared/states.ts';
import type { GroupRow } from '../store/types.ts';

/** The group of targets that have appeared while a rollout runs has the limits of its last group, which is as a rule the largest. */
export function joinedLimits(groups: readonly GroupRow[]): GroupRow {
  const last = groups.findLast(({ name }) => name !== JOINED_GROUP);
  if (last === undefined) throw new Error('a rollout without groups');
  return last;
}

/** That group before any target is in it. */
export const emptyJoinedGroup = (groups: readonly GroupRow[]): GroupRow => ({
  ...joinedLimits(groups),
  name: JOINED_GROUP,
  index: groups.length,
  size: 0,
  approval: false,
  bakeMs: 0,
  dependsOn: [],
  state: 'done',
  bakeUntilMs: null,
  startedAtMs: null,
  finishedAtMs: null,
});
