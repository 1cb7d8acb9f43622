import { type Kysely, sql } from 'kysely';
import { type StoreDatabase, writeStore } from './database.ts';
import type { Tables } from './tables.ts';
import type { Store } from './types.ts';

const HOUR_MS = 3_600_000;
/** Among the advisory locks of the store's database those of the caps, by project and env. */
const CAP_LOCKS = 7_214_306;

type Start = Parameters<Store['startUnderCap']>[0];

export const startUnderCap = (db: StoreDatabase, start: Start, nowMs: number): Promise<number | undefined> =>
  writeStore(db, async (trx) => {
    const { project, env, rolloutId, target } = start;
    // One after another for an env, also across rollouts: a SQLite file has one writer as it is.
    if (db.dialect === 'postgres') {
      const key = JSON.stringify([project, env]);
      await sql`select pg_advisory_xact_lock(hashtextextended(${key}, ${CAP_LOCKS}))`.execute(trx);
    }
    const untilMs = await findWait(trx, start, nowMs);
    if (untilMs !== undefined) return untilMs;
    // What is older than an hour counts no more: the table stays as small as the cap.
    await trx
      .deleteFrom('starts')
      .where('project', '=', project)
      .where('env', '=', env)
      .where('started_at', '<=', nowMs - HOUR_MS)
      .execute();
    await trx
      .insertInto('starts')
      .values({ project, env, rollout_id: rolloutId, target, started_at: nowMs })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return undefined;
  });

/** When the next target may be started; undefined: this one may now. */
async function findWait(
  trx: Kysely<Tables>,
  { project, env, rolloutId, target, max }: Start,
  nowMs: number,
): Promise<number | undefined> {
  const ofHour = trx
    .selectFrom('starts')
    .where('project', '=', project)
    .where('env', '=', env)
    .where('started_at', '>', nowMs - HOUR_MS);
  const own = await ofHour
    .select('started_at')
    .where('rollout_id', '=', rolloutId)
    .where('target', '=', target)
    .executeTakeFirst();
  if (own !== undefined) return undefined;
  // Where `max` of them are as young as this one or younger, it must leave the hour first.
  const blocking = await ofHour
    .select('started_at')
    .orderBy('started_at', 'desc')
    .limit(1)
    .offset(max - 1)
    .executeTakeFirst();
  return blocking === undefined ? undefined : blocking.started_at + HOUR_MS;
}
