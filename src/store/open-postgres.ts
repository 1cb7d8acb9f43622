import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { StoreDatabase } from './database.ts';
import type { Seal } from './seal.ts';
import type { Tables } from './tables.ts';

/** Slices, views and gate reads of one process; more would only queue inside the server. */
const MAX_CONNECTIONS = 10;
const CONNECT_MS = 10_000;

const INT8 = 20;

/** Our integers are counts and milliseconds: far below 2^53, so they may be plain numbers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)),
};

/** Opens a Postgres store. Connects lazily: the first query tells whether the server is there. */
export function openPostgres(url: string, seal: Seal): StoreDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'flotilla store',
    types,
  });
  // A connection that breaks while it is idle: the pool drops it, the next query opens another.
  pool.on('error', () => undefined);
  // One that breaks between two statements of a transaction: the next statement rejects. Without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { dialect: 'postgres', reader: db, writer: db, seal, check: async () => [], close: () => db.destroy() };
}
