import type { Kysely } from 'kysely';
import { JOINED_GROUP, type TargetState } from '../shared/states.ts';
import { type StoreDatabase, writeStore } from './database.ts';
import { addEvent } from './events.ts';
import { lockGate } from './gates.ts';
import { chunksOf, movedBefore, rememberMove } from './moves.ts';
import type { Tables } from './tables.ts';
import { newTargetRow } from './target-rows.ts';
import type { NewEvent, Store } from './types.ts';

type Args = Parameters<Store['joinTargets']>;
type Command = Args[1];
type Limits = Args[2];
type Joiner = Args[3][number];
type Joined = Awaited<ReturnType<Store['joinTargets']>>;

/** Rows of one insert. */
const CHUNK = 500;
const NAMES_SHOWN = 10;

export const joinTargets = (
  db: StoreDatabase,
  rolloutId: string,
  command: Command,
  limits: Limits,
  targets: readonly Joiner[],
  event: NewEvent,
  nowMs: number,
): Promise<Joined> =>
  writeStore(db, async (trx) => {
    const gate = await lockGate(db, trx, rolloutId, 'update');
    if (gate?.epoch !== command.epoch) return [];
    const known = await movedBefore(trx, rolloutId, command.id);
    if (known !== undefined) return JSON.parse(known);
    // A look that comes back after the end changes nothing any more.
    const rollout = await trx.selectFrom('rollouts').select('live').where('id', '=', rolloutId).executeTakeFirst();
    if (rollout?.live !== 1) return [];
    const joiners = await strangersOf(trx, rolloutId, targets);
    const joined = countByHost(joiners);
    await rememberMove(trx, rolloutId, command.id, JSON.stringify(joined));
    if (joiners.length === 0) return joined;
    await addRows(trx, rolloutId, command, joiners);
    await growGroup(trx, rolloutId, command, limits, joiners.length);
    await count(trx, rolloutId, command, joined);
    const facts = {
      joined: joiners.length,
      taken: command.take,
      targets: joiners.slice(0, NAMES_SHOWN).map(({ id }) => id),
    };
    await addEvent(trx, rolloutId, { ...event, data: { ...event.data, ...facts } }, nowMs);
    return joined;
  });

async function strangersOf(
  trx: Kysely<Tables>,
  rolloutId: string,
  targets: readonly Joiner[],
): Promise<readonly Joiner[]> {
  const known = new Set<string>();
  for (const ids of chunksOf(targets.map(({ id }) => id))) {
    const rows = await trx
      .selectFrom('targets')
      .select('id')
      .where('rollout_id', '=', rolloutId)
      .where('id', 'in', ids ?? [])
      .execute();
    for (const { id } of rows) known.add(id);
  }
  return targets.filter(({ id }) => !known.has(id));
}

function countByHost(joiners: readonly Joiner[]): Joined {
  const hosts = new Map<string, number>();
  for (const { host } of joiners) hosts.set(host, (hosts.get(host) ?? 0) + 1);
  return Array.from(hosts, ([host, n]) => ({ host, count: n }));
}

const stateOf = ({ take }: Command): TargetState => (take ? 'pending' : 'joined');

async function addRows(
  trx: Kysely<Tables>,
  rolloutId: string,
  command: Command,
  joiners: readonly Joiner[],
): Promise<void> {
  const last = await trx
    .selectFrom('targets')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('rollout_id', '=', rolloutId)
    .executeTakeFirst();
  const first = Number(last?.seq ?? -1) + 1;
  const rows = joiners.map((joiner, i) => ({
    ...newTargetRow(rolloutId, first + i, { ...joiner, group: JOINED_GROUP }),
    state: stateOf(command),
  }));
  for (let at = 0; at < rows.length; at += CHUNK) {
    await trx
      .insertInto('targets')
      .values(rows.slice(at, at + CHUNK))
      .execute();
  }
}

async function growGroup(
  trx: Kysely<Tables>,
  rolloutId: string,
  command: Command,
  limits: Limits,
  size: number,
): Promise<void> {
  const last = await trx
    .selectFrom('rollout_groups')
    .select((eb) => eb.fn.max('idx').as('idx'))
    .where('rollout_id', '=', rolloutId)
    .executeTakeFirst();
  await trx
    .insertInto('rollout_groups')
    .values({
      rollout_id: rolloutId,
      name: JOINED_GROUP,
      idx: Number(last?.idx ?? -1) + 1,
      size,
      parallel: limits.parallel,
      per_host: limits.perHost,
      max_failures: limits.maxFailures,
      budget_mode: limits.budgetMode,
      on_failure: limits.onFailure,
      approval: 0,
      bake_ms: 0,
      depends_on: '[]',
      // Where they are only counted, nothing is left to do.
      state: command.take ? 'waiting' : 'done',
    })
    .onConflict((conflict) =>
      conflict
        .columns(['rollout_id', 'name'])
        .doUpdateSet((eb) => ({ size: eb('rollout_groups.size', '+', eb.ref('excluded.size')) })),
    )
    .execute();
  await trx
    .updateTable('rollouts')
    .set((eb) => ({ joined: eb('joined', '+', size) }))
    .where('id', '=', rolloutId)
    .execute();
}

async function count(trx: Kysely<Tables>, rolloutId: string, command: Command, joined: Joined): Promise<void> {
  for (const { host, count: n } of joined.toSorted((a, b) => (a.host < b.host ? -1 : 1))) {
    await trx
      .insertInto('counters')
      .values({ rollout_id: rolloutId, group_name: JOINED_GROUP, host, state: stateOf(command), n })
      .onConflict((conflict) =>
        conflict
          .columns(['rollout_id', 'group_name', 'host', 'state'])
          .doUpdateSet((eb) => ({ n: eb('counters.n', '+', eb.ref('excluded.n')) })),
      )
      .execute();
  }
}
