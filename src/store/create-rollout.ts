import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Insertable, Kysely } from 'kysely';
import type { TargetState } from '../shared/states.ts';
import { readStore, type StoreDatabase, writeStore } from './database.ts';
import { addEvent } from './events.ts';
import { recordOverride } from './freeze-override.ts';
import type { Tables, TargetsTable } from './tables.ts';
import { newTargetRow } from './target-rows.ts';
import type { CreateRolloutResult, NewEvent, NewRollout } from './types.ts';

/** Targets in one transaction: each holds up the event loop and other writers of a SQLite file for about 15 ms. */
const CHUNK = 500;

/**
 * Freezes a rollout. The targets are written in chunks below an id that nobody knows yet; rollout, groups, counters, gate and first event
 * follow in one transaction, so that readers see all or nothing. What a crash leaves of the first half is swept by `sweepStaged`.
 * The first chunk notes that the rollout is staged, the last one is written with all that follows: each commit costs the start of the rollout its
 * time.
 */
export async function createRollout(
  db: StoreDatabase,
  rollout: NewRollout,
  event: NewEvent,
): Promise<CreateRolloutResult> {
  const before = await readStore(db, (reader) => findExisting(reader, rollout));
  if (before !== undefined) return before;
  const { id } = rollout.row;
  const { counters, last, isStaged } = await writeTargets(db, rollout);
  const vars = db.seal.close(JSON.stringify(rollout.row.vars), id);
  const result = await writeStore(db, async (trx) => {
    const published = await publish(trx, rollout, counters, event, vars);
    if (published.kind === 'created' && last.length > 0) await insertTargets(trx, last);
    return published;
  });
  if (result.kind !== 'created' && isStaged) await dropStaged(db, id);
  return result;
}

const insertTargets = (trx: Kysely<Tables>, rows: readonly Insertable<TargetsTable>[]) =>
  trx.insertInto('targets').values(rows).execute();

/** Removes the targets of rollouts whose creation a crash cut short. @param olderThanMs staged before this time: younger ones may be another process's */
export async function sweepStaged(db: StoreDatabase, olderThanMs: number): Promise<void> {
  const staged = await readStore(db, (reader) =>
    reader.selectFrom('staged_rollouts').select('rollout_id').where('created_at', '<', olderThanMs).execute(),
  );
  for (const { rollout_id } of staged) await dropStaged(db, rollout_id);
}

/** Removes the targets of a rollout that is staged, some at a time. */
export async function dropStaged(db: StoreDatabase, rolloutId: string): Promise<void> {
  for (let deleted = CHUNK; deleted > 0; await nextTurn()) {
    deleted = await writeStore(db, async (trx) => {
      const rows = await trx
        .selectFrom('targets')
        .select('seq')
        .where('rollout_id', '=', rolloutId)
        .orderBy('seq')
        .limit(CHUNK)
        .execute();
      const last = rows.at(-1);
      if (last === undefined) return 0;
      await trx.deleteFrom('targets').where('rollout_id', '=', rolloutId).where('seq', '<=', last.seq).execute();
      return rows.length;
    });
  }
  await writeStore(db, (trx) => trx.deleteFrom('staged_rollouts').where('rollout_id', '=', rolloutId).execute());
}

type Counters = Map<string, { readonly group: string; readonly host: string; readonly state: TargetState; n: number }>;

/** Writes all chunks but the last one. @returns that one, and whether there was another: the rollout is staged then */
async function writeTargets(
  db: StoreDatabase,
  { row: { id, createdAtMs }, targets }: NewRollout,
): Promise<{
  readonly counters: Counters;
  readonly last: readonly Insertable<TargetsTable>[];
  readonly isStaged: boolean;
}> {
  const counters: Counters = new Map();
  let rows: Insertable<TargetsTable>[] = [];
  let seq = 0;
  let isStaged = false;
  for (const target of targets) {
    if (rows.length === CHUNK) {
      const chunk = rows;
      rows = [];
      const isFirst = !isStaged;
      await writeStore(db, async (trx) => {
        if (isFirst)
          await trx.insertInto('staged_rollouts').values({ rollout_id: id, created_at: createdAtMs }).execute();
        await insertTargets(trx, chunk);
      });
      isStaged = true;
      await nextTurn();
    }
    const row = newTargetRow(id, seq++, target);
    const { group, host } = target;
    const key = JSON.stringify([group, host, row.state]);
    const counter = counters.get(key) ?? { group, host, state: row.state, n: 0 };
    counter.n += 1;
    counters.set(key, counter);
    rows.push(row);
  }
  return { counters, last: rows, isStaged };
}

/**
 * The rollout that the key made, else the live one of the env. One statement, so one snapshot: of two on Postgres (read committed) the first could
 * miss a rollout that the second finds, and a start with a known key would be refused.
 */
async function findExisting(reader: Kysely<Tables>, rollout: NewRollout): Promise<CreateRolloutResult | undefined> {
  const { project, env } = rollout.row;
  const key = rollout.idempotencyKey;
  const found = await reader
    .selectFrom('rollouts')
    .select(['id', 'arguments_digest', 'idempotency_key'])
    .where((where) => {
      const live = where.and({ project, env, live: 1 });
      return key === null ? live : where.or([where('idempotency_key', '=', key), live]);
    })
    .execute();
  const known = key === null ? undefined : found.find((row) => row.idempotency_key === key);
  if (known !== undefined) {
    return { kind: 'exists', id: known.id, sameArguments: known.arguments_digest === rollout.argumentsDigest };
  }
  const [live] = found;
  return live === undefined ? undefined : { kind: 'live', id: live.id };
}

async function publish(
  trx: Kysely<Tables>,
  rollout: NewRollout,
  counters: Counters,
  event: NewEvent,
  vars: string,
): Promise<CreateRolloutResult> {
  const { row } = rollout;
  // Both unique rules at once: the key, and one live rollout of an env.
  const inserted = await trx
    .insertInto('rollouts')
    .values({
      id: row.id,
      project: row.project,
      env: row.env,
      state: 'preparing',
      live: 1,
      to_version: row.toVersion,
      targets: row.targets,
      joiners: row.joiners,
      target_set_digest: row.targetSetDigest,
      kind: row.kind,
      change_digest: row.changeDigest,
      change_artifact: row.changeArtifact,
      project_artifact: row.projectArtifact,
      epoch: 0,
      vars,
      created_by: row.createdBy,
      created_at: row.createdAtMs,
      idempotency_key: rollout.idempotencyKey,
      arguments_digest: rollout.argumentsDigest,
      trace: row.trace === null ? null : JSON.stringify(row.trace),
      event_seq: 0,
      event_hash: '',
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) {
    const existing = await findExisting(trx, rollout);
    if (existing === undefined) throw new Error(`rollout id "${row.id}" is taken`);
    return existing;
  }
  for (const group of rollout.groups) {
    await trx
      .insertInto('rollout_groups')
      .values({
        rollout_id: row.id,
        name: group.name,
        idx: group.index,
        size: group.size,
        parallel: group.parallel,
        per_host: group.perHost,
        max_failures: group.maxFailures,
        budget_mode: group.budgetMode,
        on_failure: group.onFailure,
        approval: group.approval ? 1 : 0,
        bake_ms: group.bakeMs,
        depends_on: JSON.stringify(group.dependsOn),
        state: 'waiting',
      })
      .execute();
  }
  const counts = Array.from(counters.values());
  for (let at = 0; at < counts.length; at += CHUNK) {
    const values = counts.slice(at, at + CHUNK).map(({ group, host, state, n }) => ({
      rollout_id: row.id,
      group_name: group,
      host,
      state,
      n,
    }));
    await trx.insertInto('counters').values(values).execute();
  }
  const gate = { rollout_id: row.id, epoch: 0, state: 'closed' as const, pause_seq: 0, by_operator: 0, terminal: 0 };
  await trx
    .insertInto('gates')
    .values({ ...gate, reason: 'preparing', closed_by: 'flotilla' })
    .execute();
  await addEvent(trx, row.id, event, row.createdAtMs);
  if (rollout.override !== undefined) await recordOverride(trx, row.id, null, rollout.override, row.createdAtMs);
  await trx.deleteFrom('staged_rollouts').where('rollout_id', '=', row.id).execute();
  return { kind: 'created' };
}
