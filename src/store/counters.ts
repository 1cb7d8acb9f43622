import type { Kysely } from 'kysely';
import type { TargetCounts, TargetState } from '../shared/states.ts';
import { readStore, type StoreDatabase } from './database.ts';
import type { Tables } from './tables.ts';

/** Targets that went from one state to another, in one group and on one host. */
export interface Movement {
  readonly group: string;
  readonly host: string;
  readonly from: TargetState;
  readonly to: TargetState;
  readonly count: number;
}

/** Keeps the counters in step, in the transaction that moves the targets. */
export async function moveCounters(
  trx: Kysely<Tables>,
  rolloutId: string,
  movements: readonly Movement[],
): Promise<void> {
  const deltas = new Map<string, { group: string; host: string; state: TargetState; n: number }>();
  const add = (group: string, host: string, state: TargetState, n: number): void => {
    const key = JSON.stringify([group, host, state]);
    const delta = deltas.get(key) ?? { group, host, state, n: 0 };
    delta.n += n;
    deltas.set(key, delta);
  };
  for (const { group, host, from, to, count } of movements) {
    add(group, host, from, -count);
    add(group, host, to, count);
  }
  // Always in the same order, so that two transactions never wait for each other's rows.
  const keys = Array.from(deltas.keys()).toSorted();
  for (const key of keys) {
    const delta = deltas.get(key);
    if (delta === undefined || delta.n === 0) continue;
    await trx
      .insertInto('counters')
      .values({ rollout_id: rolloutId, group_name: delta.group, host: delta.host, state: delta.state, n: delta.n })
      .onConflict((conflict) =>
        conflict
          .columns(['rollout_id', 'group_name', 'host', 'state'])
          .doUpdateSet((eb) => ({ n: eb('counters.n', '+', eb.ref('excluded.n')) })),
      )
      .execute();
  }
}

/**
 * Everything that slices hold, and what waits for a later pass, is pending again: a new run counts its passes from the first.
 * What moved, for the counters.
 */
export async function releaseAll(trx: Kysely<Tables>, rolloutId: string): Promise<readonly Movement[]> {
  const held = await trx
    .selectFrom('targets')
    .select((eb) => ['group_name', 'host', 'state', eb.fn.countAll<number>().as('n')])
    .where('rollout_id', '=', rolloutId)
    .where('state', 'in', ['running', 'deferred'])
    .groupBy(['group_name', 'host', 'state'])
    .execute();
  if (held.length === 0) return [];
  await trx
    .updateTable('targets')
    .set({ state: 'pending', slice: null, pass: 0, fingerprint: null })
    .where('rollout_id', '=', rolloutId)
    .where('state', 'in', ['running', 'deferred'])
    .execute();
  return held.map((row) => ({ group: row.group_name, host: row.host, from: row.state, to: 'pending', count: row.n }));
}

export const countTargets = (db: StoreDatabase, rolloutId: string) =>
  readStore(db, async (reader) => {
    const rows = await reader
      .selectFrom('counters')
      .select(['group_name as group', 'host', 'state', 'n as count'])
      .where('rollout_id', '=', rolloutId)
      .where('n', '>', 0)
      .orderBy('group_name')
      .orderBy('host')
      .orderBy('state')
      .execute();
    return rows;
  });

export const countByGroup = (db: StoreDatabase, rolloutId: string) =>
  readStore(db, (reader) =>
    reader
      .selectFrom('counters')
      .select((eb) => ['group_name as group', 'state', eb.cast<number>(eb.fn.sum('n'), 'integer').as('count')])
      .where('rollout_id', '=', rolloutId)
      .where('n', '>', 0)
      .groupBy(['group_name', 'state'])
      .orderBy('group_name')
      .orderBy('state')
      .execute(),
  );

export async function totalTargets(db: StoreDatabase, rolloutId: string): Promise<TargetCounts> {
  const rows = await readStore(db, (reader) =>
    reader
      .selectFrom('counters')
      .select((eb) => ['state', eb.fn.sum<number>('n').as('n')])
      .where('rollout_id', '=', rolloutId)
      .groupBy('state')
      .execute(),
  );
  return Object.fromEntries(rows.filter(({ n }) => n > 0).map(({ state, n }) => [state, n]));
}
