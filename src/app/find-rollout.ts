import { AppError } from '../shared/errors.ts';
import { isFinal } from '../shared/states.ts';
import type { RolloutRow, Store } from '../store/types.ts';

/** The rollout of an id, or of the beginning of one. @throws AppError ROLLOUT_NOT_FOUND, INPUT_INVALID where several begin so */
export async function findRollout(store: Store, id: string): Promise<RolloutRow> {
  const wanted = id.trim().toLowerCase();
  const exact = wanted === '' ? undefined : await store.getRollout(wanted);
  if (exact !== undefined) return exact;
  const ids = wanted === '' ? [] : await store.findRollouts(wanted);
  const [only] = ids;
  if (ids.length > 1) {
    throw new AppError('INPUT_INVALID', `several rollouts begin with "${id}": ${ids.join(', ')}`, {
      next: 'give more letters of the id',
    });
  }
  const row = only === undefined ? undefined : await store.getRollout(only);
  if (row !== undefined) return row;
  throw new AppError('ROLLOUT_NOT_FOUND', `no rollout has the id "${id}"`, { next: 'flotilla rollout list' });
}

/** @throws AppError ROLLOUT_OVER */
export function refuseOver(row: RolloutRow, verb: string): void {
  if (!isFinal(row.state)) return;
  throw new AppError('ROLLOUT_OVER', `rollout "${row.id}" is over (${row.state}); there is nothing to ${verb}`, {
    next: row.state === 'failed' ? `flotilla rollout retry ${row.id} --failed` : `flotilla rollout get ${row.id}`,
  });
}

/** What cannot be live because another rollout of its env is, `liveId`. */
export const anotherIsLive = ({ project, env }: RolloutRow, liveId: string): AppError =>
  new AppError('ROLLOUT_LIVE', `rollout "${liveId}" of ${project}/${env} is not over`, {
    next: `flotilla rollout get ${liveId}`,
  });
