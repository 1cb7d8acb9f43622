import type { Kysely, Selectable } from 'kysely';
import type { TargetCounts, TargetState } from '../shared/states.ts';
import { moveCounters } from './counters.ts';
import { type StoreDatabase, writeStore } from './database.ts';
import { addEvent } from './events.ts';
import { lockGate } from './gates.ts';
import type { SlicesTable, Tables, TargetsTable } from './tables.ts';
import type { ClaimedTarget, Store, TargetResult } from './types.ts';

type TargetRow = Selectable<TargetsTable>;

/** Slice ids are unique within a run of the workflow; rollout and epoch make them unique in the store. */
const sliceKey = (rolloutId: string, slice: { readonly id: string; readonly epoch: number }): string =>
  `${rolloutId}/${slice.epoch}/${slice.id}`;

const toClaimed = (
  row: Pick<TargetRow, 'id' | 'host' | 'url' | 'dialect' | 'attempts' | 'version' | 'from_version'>,
): ClaimedTarget => ({
  id: row.id,
  host: row.host,
  dialect: row.dialect,
  redactedUrl: row.url,
  attempts: row.attempts,
  version: row.version,
  fromVersion: row.from_version,
});

/** Locked: a try of the activity that was given up may still be writing while the next one does. */
const lockSlice = (db: StoreDatabase, trx: Kysely<Tables>, key: string): Promise<Selectable<SlicesTable> | undefined> =>
  trx
    .selectFrom('slices')
    .selectAll()
    .where('slice', '=', key)
    .$if(db.dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();

const heldBy = (trx: Kysely<Tables>, key: string): Promise<TargetRow[]> =>
  trx.selectFrom('targets').selectAll().where('slice', '=', key).orderBy('seq').execute();

type Claim = Parameters<Store['claimSlice']>[1];

export const claimSlice = (db: StoreDatabase, rolloutId: string, claim: Claim): Promise<readonly ClaimedTarget[]> =>
  writeStore(db, async (trx) => {
    const gate = await lockGate(db, trx, rolloutId, 'share');
    if (gate === undefined || gate.epoch !== claim.epoch) return [];
    const key = sliceKey(rolloutId, claim);
    const slice = await lockSlice(db, trx, key);
    if (slice?.finished === 1) return [];
    if (slice === undefined) await addSlice(trx, rolloutId, claim, key);
    else if (claim.more !== true) return (await heldBy(trx, key)).map(toClaimed);
    return takeFree(db, trx, rolloutId, claim, key);
  });

const addSlice = (trx: Kysely<Tables>, rolloutId: string, claim: Claim, key: string) =>
  trx
    .insertInto('slices')
    .values({
      rollout_id: rolloutId,
      slice: key,
      group_name: claim.group,
      host: claim.host,
      counts: '{}',
      released: 0,
      finished: 0,
    })
    .execute();

async function takeFree(
  db: StoreDatabase,
  trx: Kysely<Tables>,
  rolloutId: string,
  claim: Claim,
  key: string,
): Promise<readonly ClaimedTarget[]> {
  const fresh = await free(db, trx, rolloutId, claim, 'pending', claim.limit);
  const again =
    fresh.length < claim.limit ? await free(db, trx, rolloutId, claim, 'deferred', claim.limit - fresh.length) : [];
  const rows = [...fresh, ...again];
  if (rows.length === 0) return [];
  await trx
    .updateTable('targets')
    .set({ state: 'running', slice: key, fingerprint: null })
    .where('rollout_id', '=', rolloutId)
    .where(
      'seq',
      'in',
      rows.map(({ seq }) => seq),
    )
    .execute();
  const moved = { group: claim.group, host: claim.host, to: 'running' as const };
  await moveCounters(trx, rolloutId, [
    { ...moved, from: 'pending', count: fresh.length },
    { ...moved, from: 'deferred', count: again.length },
  ]);
  return rows.map(toClaimed);
}

/** Targets that may be claimed, first ones first. Rows that another claim is taking are passed over (Postgres). */
const free = (
  db: StoreDatabase,
  trx: Kysely<Tables>,
  rolloutId: string,
  claim: Claim,
  state: 'pending' | 'deferred',
  limit: number,
) =>
  trx
    .selectFrom('targets')
    .select(['seq', 'id', 'host', 'url', 'dialect', 'attempts', 'version', 'from_version'])
    .where('rollout_id', '=', rolloutId)
    .where('group_name', '=', claim.group)
    .where('host', '=', claim.host)
    .where('state', '=', state)
    .where('down', '=', claim.down ? 1 : 0)
    .$if(state === 'deferred', (query) => query.where('pass', '<=', claim.pass))
    .orderBy('seq')
    .limit(limit)
    .$if(db.dialect === 'postgres', (query) => query.forUpdate().skipLocked())
    .execute();

export const finishSlice = (
  db: StoreDatabase,
  rolloutId: string,
  slice: Parameters<Store['finishSlice']>[1],
  results: readonly TargetResult[],
  options: Parameters<Store['finishSlice']>[3],
  nowMs: number,
): ReturnType<Store['finishSlice']> =>
  writeStore(db, async (trx) => {
    const gate = await lockGate(db, trx, rolloutId, 'share');
    const key = sliceKey(rolloutId, slice);
    const row = await lockSlice(db, trx, key);
    const done: TargetCounts = row === undefined ? {} : JSON.parse(row.counts);
    if (gate === undefined || gate.epoch !== slice.epoch || row === undefined) {
      return { accepted: false, counts: done, released: row?.released ?? 0 };
    }
    if (row.finished === 1) return { accepted: true, counts: done, released: row.released };

    const held = new Map((await heldBy(trx, key)).map((target) => [target.id, target]));
    const finished: TargetRow[] = [];
    for (const result of results) {
      const target = held.get(result.id);
      if (target === undefined) continue;
      held.delete(result.id);
      finished.push(withResult(target, result, slice.nextPass));
    }
    await writeResults(trx, finished);
    const released = options.release ? Array.from(held.values()) : [];
    for (const { id, from, version } of options.release ? (options.left ?? []) : []) {
      await trx
        .updateTable('targets')
        .set((eb) => ({
          version,
          from_version: eb.fn.coalesce('from_version', eb.val(from)),
          attempts: eb('attempts', '+', 1),
        }))
        .where('slice', '=', key)
        .where('id', '=', id)
        .execute();
    }
    if (released.length > 0) {
      await trx.updateTable('targets').set({ state: 'pending', slice: null }).where('slice', '=', key).execute();
    }
    const counts = addCounts(done, finished);
    await moveCounters(trx, rolloutId, [
      ...finished.map((target) => ({
        group: target.group_name,
        host: target.host,
        from: 'running' as const,
        to: target.state,
        count: 1,
      })),
      { group: row.group_name, host: row.host, from: 'running', to: 'pending', count: released.length },
    ]);
    const total = row.released + released.length;
    await trx
      .updateTable('slices')
      .set({ counts: JSON.stringify(counts), released: total, finished: options.release ? 1 : 0 })
      .where('slice', '=', key)
      .execute();
    if (options.event !== null) await addEvent(trx, rolloutId, options.event, nowMs);
    return { accepted: true, counts, released: total };
  });

function withResult(target: TargetRow, result: TargetResult, nextPass: number): TargetRow {
  const { error } = result;
  const isCause = result.state === 'failed' || result.state === 'deferred';
  return {
    ...target,
    state: result.state,
    pass: result.state === 'deferred' ? nextPass : target.pass,
    slice: null,
    attempts: target.attempts + 1,
    version: result.version ?? target.version,
    from_version: target.from_version ?? result.from ?? null,
    duration_ms: result.durationMs,
    error_class: error?.class ?? null,
    error_code: error?.code ?? null,
    error: error === undefined ? null : JSON.stringify(error),
    fingerprint: isCause ? (error?.fingerprint ?? '') : null,
    reason: null,
  };
}

/** All in one statement: the rows are there (this slice holds them), so the insert always turns into an update. */
async function writeResults(trx: Kysely<Tables>, rows: readonly TargetRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += 200) {
    await trx
      .insertInto('targets')
      .values(rows.slice(at, at + 200))
      .onConflict((conflict) =>
        conflict.columns(['rollout_id', 'seq']).doUpdateSet((eb) => ({
          state: eb.ref('excluded.state'),
          pass: eb.ref('excluded.pass'),
          slice: eb.ref('excluded.slice'),
          attempts: eb.ref('excluded.attempts'),
          version: eb.ref('excluded.version'),
          from_version: eb.ref('excluded.from_version'),
          duration_ms: eb.ref('excluded.duration_ms'),
          error_class: eb.ref('excluded.error_class'),
          error_code: eb.ref('excluded.error_code'),
          error: eb.ref('excluded.error'),
          fingerprint: eb.ref('excluded.fingerprint'),
          reason: eb.ref('excluded.reason'),
        })),
      )
      .execute();
  }
}

function addCounts(done: TargetCounts, rows: readonly { readonly state: TargetState }[]): TargetCounts {
  const counts: Partial<Record<TargetState, number>> = { ...done };
  for (const { state } of rows) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
