/**
 * Targets that appear in the env while the rollout runs. The env is looked at again when a group ends (not more often than every 5 s) and
 * before the finish, so that no tenant is silently missed; what is found is counted, or (TAIL) runs as a last group, until a look finds none.
 */
import { JOINED_GROUP } from '../shared/states.ts';
import { currentGroup, isStopped, patchGroup, patchHost, type RolloutProgress } from './progress.ts';
import type { Command, RolloutEvent } from './types.ts';

const EVERY_MS = 5_000;

/** A group has ended. */
export const joinersDue = ({ joiners }: RolloutProgress): Pick<RolloutProgress, 'joiners'> =>
  joiners === undefined ? {} : { joiners: { ...joiners, isDue: true } };

/** False while the env has to be looked at before the rollout may end. */
export const areJoinersKnown = ({ joiners }: RolloutProgress): boolean =>
  joiners === undefined || (!joiners.isDue && joiners.asked === null);

export function findJoiners(state: RolloutProgress): Command | undefined {
  const { joiners, nowMs } = state;
  if (joiners?.isDue !== true || joiners.asked !== null || isStopped(state)) return undefined;
  const isEnd = currentGroup(state) === undefined;
  if (!isEnd && nowMs - joiners.askedMs < EVERY_MS) return undefined;
  const take = joiners.mode === 'TAIL' && joiners.roundsLeft > 0;
  return { kind: 'FindJoiners', lookId: `joiners-${state.nextId}`, take };
}

export const joinersAsked = (state: RolloutProgress, lookId: string): RolloutProgress =>
  state.joiners === undefined
    ? state
    : {
        ...state,
        nextId: state.nextId + 1,
        joiners: { ...state.joiners, isDue: false, asked: lookId, askedMs: state.nowMs },
      };

/** What was taken is pending in the last group. It is there from the start, so that a skip that is heard of sooner counts right. */
export function joinersFound(
  state: RolloutProgress,
  event: Extract<RolloutEvent, { readonly kind: 'JoinersFound' }>,
): RolloutProgress {
  const { joiners } = state;
  if (joiners === undefined || joiners.asked !== event.lookId) return state;
  const isRound = event.hosts.length > 0;
  const known = { ...state, joiners: { ...joiners, asked: null, roundsLeft: joiners.roundsLeft - (isRound ? 1 : 0) } };
  return patchGroup(known, JOINED_GROUP, ({ hosts }) => ({
    hosts: event.hosts.reduce(
      (all, { host, pending }) => patchHost(all, host, (at) => ({ pending: at.pending + pending })),
      hosts,
    ),
  }));
}
