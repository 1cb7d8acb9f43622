import type { DialectName } from '../engine/index.ts';
import { AppError } from '../shared/errors.ts';
import type { RevertScope } from '../shared/rollout-message.ts';
import type { RolloutRow, Store } from '../store/types.ts';
import { changeOf } from './change/rollout-change.ts';
import { readSnapshot } from './snapshot.ts';

/**
 * Refuses a revert that the files of the rollout cannot carry out, before anything is stopped and without a connection to a target: a fleet is not
 * to be left with some targets back and the others not.
 * @throws AppError DOWN_NO_WAY_BACK naming each version, what was looked for, and how many targets have it
 */
export async function requireWayBack(
  store: Pick<Store, 'getArtifact' | 'revertSpans'>,
  row: RolloutRow,
  scope: Pick<RevertScope, 'targets' | 'group'>,
): Promise<void> {
  const change = changeOf((await readSnapshot(store, row)).change);
  const counts = new Map<string, number>();
  for (const { dialect, from, to, count } of await store.revertSpans(row.id, scope)) {
    // Written by `start` from the URL's own dialect.
    for (const { text } of change.findNoWayBack(dialect as DialectName, { from, to: to ?? from })) {
      counts.set(text, (counts.get(text) ?? 0) + count);
    }
  }
  const lines = [...counts].map(([text, n]) => `${text} (${n === 1 ? '1 target' : `${n} targets`})`).toSorted();
  const newest = lines.at(-1);
  if (newest === undefined) return;
  throw new AppError('DOWN_NO_WAY_BACK', `${newest}: nothing was stopped, nothing was changed`, {
    next: `write a new migration that undoes it, and take the fleet forward: flotilla rollout start --project ${row.project} --env ${row.env}`,
    details: lines.map((message) => ({ message })),
  });
}
