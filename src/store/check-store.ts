import { sql } from 'kysely';
import { AppError } from '../shared/errors.ts';
import { findArtifact } from './artifacts.ts';
import { readStore, type StoreDatabase } from './database.ts';
import { verifyEvents } from './events.ts';
import { KEY_CHECK } from './key-check.ts';
import { currentVersion, NEWEST_SCHEMA } from './migrate-store.ts';
import { openBackEnd, type StoreLocation } from './open-store.ts';

/** What is right and wrong with a store. */
export interface StoreReport {
  /** `found` 0: there is no schema yet. */
  readonly schema: { readonly found: number; readonly expected: number };
  /** `unknown`: nothing has been written under a key yet. */
  readonly key: 'ok' | 'wrong' | 'unknown';
  /** Of the file, in SQLite's words. */
  readonly damage: readonly string[];
  readonly rollouts: number;
  /** Audit trails that were changed: the number of the first event that does not fit. */
  readonly broken: readonly { readonly rollout: string; readonly event: number }[];
}

/**
 * Looks at a store without changing it: its schema, its key, the file, and the hash chain of each rollout's events.
 * @throws AppError STORE_UNAVAILABLE where it cannot be read at all
 */
export async function checkStore(location: StoreLocation): Promise<StoreReport> {
  const db = openBackEnd(location);
  try {
    const found = await readStore(db, async (reader) => ((await hasTables(db)) ? currentVersion(reader) : 0));
    const schema = { found, expected: NEWEST_SCHEMA };
    const damage = await db.check();
    // Tables of another version are not read: what is missing there would look like damage.
    if (found !== NEWEST_SCHEMA) return { schema, key: 'unknown', damage, rollouts: 0, broken: [] };
    const ids = await readStore(db, (reader) => reader.selectFrom('rollouts').select('id').orderBy('id').execute());
    const broken: { rollout: string; event: number }[] = [];
    for (const { id } of ids) {
      const event = await verifyEvents(db, id);
      if (event !== undefined) broken.push({ rollout: id, event });
    }
    return { schema, key: await keyOf(db), damage, rollouts: ids.length, broken };
  } finally {
    await db.close();
  }
}

/** Asked of the catalog: in a transaction of Postgres a failed question would end it. */
async function hasTables(db: StoreDatabase): Promise<boolean> {
  const name = 'schema_version';
  const { rows } = await (db.dialect === 'postgres'
    ? sql`select 1 from pg_tables where schemaname = current_schema() and tablename = ${name}`
    : sql`select 1 from sqlite_schema where name = ${name}`
  ).execute(db.reader);
  return rows.length > 0;
}

async function keyOf(db: StoreDatabase): Promise<StoreReport['key']> {
  try {
    return (await findArtifact(db, KEY_CHECK)) === undefined ? 'unknown' : 'ok';
  } catch (error) {
    if (error instanceof AppError && error.code === 'STORE_KEY_WRONG') return 'wrong';
    throw error;
  }
}
