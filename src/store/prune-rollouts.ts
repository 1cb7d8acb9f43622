import type { Kysely } from 'kysely';
import { dropStaged } from './create-rollout.ts';
import { readStore, type StoreDatabase, writeStore } from './database.ts';
import { lockGate } from './gates.ts';
import { KEY_CHECK } from './key-check.ts';
import type { Tables } from './tables.ts';
import type { PrunedRollout, Store } from './types.ts';

/** Files are written before the rollout that needs them: what nobody needs yet may be about to be needed. */
const UNUSED_MS = 24 * 3_600_000;

/** What goes with the rollout's row; its targets, which may be a million, go by and by. */
const OF_ROLLOUT = [
  'rollout_groups',
  'counters',
  'slices',
  'moves',
  'gates',
  'events',
  'commands',
  'starts',
  'flights',
] as const;

/**
 * Removes rollouts that ended before a time, with all that only they hold. Each goes in one transaction; a crash in the middle of its targets is
 * swept by the next start, as that of a creation. The newest of each env stays: what the next one is compared with.
 */
export async function pruneRollouts(
  db: StoreDatabase,
  { endedBeforeMs, dryRun }: Parameters<Store['pruneRollouts']>[0],
  nowMs: number,
): ReturnType<Store['pruneRollouts']> {
  const found = await findEnded(db, endedBeforeMs);
  if (dryRun) return { rollouts: found, artifacts: await countUnused(db, new Set(found.map(({ id }) => id)), nowMs) };
  const rollouts: PrunedRollout[] = [];
  for (const rollout of found) {
    if (!(await removeRollout(db, rollout.id, endedBeforeMs, nowMs))) continue;
    await dropStaged(db, rollout.id);
    rollouts.push(rollout);
  }
  return { rollouts, artifacts: await removeUnused(db, nowMs) };
}

const findEnded = (db: StoreDatabase, endedBeforeMs: number): Promise<readonly PrunedRollout[]> =>
  readStore(db, async (reader) => {
    const rows = await reader
      .selectFrom('rollouts as ended')
      .select([
        'ended.id',
        'ended.project',
        'ended.env',
        'ended.state',
        'ended.finished_at',
        'ended.targets',
        'ended.joined',
      ])
      .where('ended.live', '=', 0)
      .where('ended.finished_at', '<', endedBeforeMs)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('rollouts as newer')
            .select('newer.id')
            .whereRef('newer.project', '=', 'ended.project')
            .whereRef('newer.env', '=', 'ended.env')
            .whereRef('newer.created_at', '>', 'ended.created_at'),
        ),
      )
      .orderBy('ended.created_at')
      .orderBy('ended.id')
      .execute();
    return rows.map(({ finished_at, joined, ...row }) => ({
      ...row,
      targets: row.targets + joined,
      finishedAtMs: finished_at ?? 0,
    }));
  });

/** False where it is live again meanwhile, or gone. */
const removeRollout = (db: StoreDatabase, id: string, endedBeforeMs: number, nowMs: number): Promise<boolean> =>
  writeStore(db, async (trx) => {
    // Whoever takes a rollout up again locks its gate first.
    await lockGate(db, trx, id, 'update');
    const removed = await trx
      .deleteFrom('rollouts')
      .where('id', '=', id)
      .where('live', '=', 0)
      .where('finished_at', '<', endedBeforeMs)
      .returning('id')
      .executeTakeFirst();
    if (removed === undefined) return false;
    await trx.insertInto('staged_rollouts').values({ rollout_id: id, created_at: nowMs }).execute();
    for (const table of OF_ROLLOUT) await trx.deleteFrom(table).where('rollout_id', '=', id).execute();
    return true;
  });

const unusedIn = (reader: Kysely<Tables>, nowMs: number) =>
  reader
    .selectFrom('artifacts')
    .select('digest')
    .where('digest', '!=', KEY_CHECK)
    .where('used_at', '<', nowMs - UNUSED_MS);

/** As if the rollouts were gone already. */
const countUnused = (db: StoreDatabase, without: ReadonlySet<string>, nowMs: number): Promise<number> =>
  readStore(db, async (reader) => {
    const rows = await reader.selectFrom('rollouts').select(['id', 'change_artifact', 'project_artifact']).execute();
    const kept = rows.filter(({ id }) => !without.has(id));
    const used = new Set(kept.flatMap((row) => [row.change_artifact, row.project_artifact]));
    const old = await unusedIn(reader, nowMs).execute();
    return old.filter(({ digest }) => !used.has(digest)).length;
  });

const removeUnused = (db: StoreDatabase, nowMs: number): Promise<number> =>
  writeStore(db, async (trx) => {
    const removed = await trx
      .deleteFrom('artifacts')
      .where('digest', 'in', unusedIn(trx, nowMs))
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('rollouts')
              .select('rollouts.id')
              .where((or) =>
                or.or([
                  or('rollouts.change_artifact', '=', or.ref('artifacts.digest')),
                  or('rollouts.project_artifact', '=', or.ref('artifacts.digest')),
                ]),
              ),
          ),
        ),
      )
      .returning('digest')
      .execute();
    return removed.length;
  });
