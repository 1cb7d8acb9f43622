import { DatabaseSync } from 'node:sqlite';
import { Kysely, type Selectable } from 'kysely';
import { AppError } from '../shared/errors.ts';
import type { StoreDatabase } from './database.ts';
import { toGate } from './gates.ts';
import { nodeSqliteDialect } from './node-sqlite-dialect.ts';
import type { Seal } from './seal.ts';
import type { GatesTable, Tables } from './tables.ts';

/** How long a writer of another process is waited for. It blocks this process too, so it must be rare: one process writes, by design. */
const BUSY_MS = 5_000;

/**
 * Opens a SQLite file: WAL, so that readers go on while one writes; synchronous=FULL, so that what was acknowledged is still there after a
 * power cut. After a crash SQLite itself brings the file back to its last commit when it is opened.
 * @throws AppError STORE_UNAVAILABLE
 */
export function openSqlite(file: string, seal: Seal): StoreDatabase {
  let writer: DatabaseSync | undefined;
  try {
    const opened = open(file);
    writer = opened;
    opened.exec('pragma journal_mode = wal');
    opened.exec('pragma synchronous = full');
    opened.exec('pragma journal_size_limit = 67108864');
    const reader = open(file);
    reader.exec('pragma query_only = on');
    return wrap(opened, reader, seal);
  } catch (error) {
    writer?.close();
    throw new AppError('STORE_UNAVAILABLE', `the store "${file}" cannot be opened: ${messageOf(error)}`, {
      next: 'check that the folder exists and can be written, or choose another with --state-dir',
      cause: error,
    });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  database.exec('pragma temp_store = memory');
  database.exec('pragma cache_size = -16000');
  return database;
}

function wrap(writer: DatabaseSync, reader: DatabaseSync, seal: Seal): StoreDatabase {
  const readers = new Kysely<Tables>({ dialect: nodeSqliteDialect(reader) });
  const writers = new Kysely<Tables>({ dialect: nodeSqliteDialect(writer) });
  let gate: ReturnType<DatabaseSync['prepare']> | undefined;
  return {
    dialect: 'sqlite',
    reader: readers,
    writer: writers,
    seal,
    // Once the tables are there; prepared once, so that a read takes microseconds.
    afterMigration() {
      gate = reader.prepare('select * from gates where rollout_id = ?');
    },
    readGate(rolloutId) {
      const row = gate?.get(rolloutId);
      return row === undefined ? undefined : toGate(row as unknown as Selectable<GatesTable>); // the row of our own table
    },
    check: async () =>
      reader
        .prepare('pragma quick_check')
        .all()
        .map((row) => String(row.quick_check))
        .filter((text) => text !== 'ok'),
    async close() {
      await readers.destroy();
      await writers.destroy();
    },
  };
}
