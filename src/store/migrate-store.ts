import { type Kysely, sql } from 'kysely';
import { AppError } from '../shared/errors.ts';
import { type StoreDatabase, writeStore } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

/** Any number, the same in every version: processes that start at once migrate in turn. */
const MIGRATION_LOCK = 770_314_559;

/** Versions of the store's schema before and after; 0: there was none. */
export interface SchemaMove {
  readonly from: number;
  readonly to: number;
}

/** Brings the store's own tables to this program's version, in one transaction. @throws AppError STORE_UNAVAILABLE for a newer schema */
export const migrateStore = (db: StoreDatabase): Promise<SchemaMove> =>
  writeStore(db, async (trx) => {
    if (db.dialect === 'postgres') await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(trx);
    await sql`create table if not exists schema_version (version integer not null)`.execute(trx);
    const version = await currentVersion(trx);
    const newest = NEWEST_SCHEMA;
    if (version > newest) {
      throw new AppError('STORE_UNAVAILABLE', `the store has schema ${version}, this program knows up to ${newest}`, {
        next: 'start the newer flotilla that wrote it, or choose another state folder with --state-dir',
      });
    }
    if (version === newest) return { from: version, to: newest };
    const steps = MIGRATIONS.filter((one) => one.version > version).flatMap(({ statements }) => statements);
    for (const statement of steps) await sql.raw(statement).execute(trx);
    await trx.deleteFrom('schema_version').execute();
    await trx.insertInto('schema_version').values({ version: newest }).execute();
    return { from: version, to: newest };
  });

/** The version that this program writes and reads. */
export const NEWEST_SCHEMA = MIGRATIONS.at(-1)?.version ?? 0;

export async function currentVersion(trx: Kysely<Tables>): Promise<number> {
  const row = await trx.selectFrom('schema_version').select('version').executeTakeFirst();
  return row?.version ?? 0;
}
