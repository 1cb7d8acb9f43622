import type { Socket } from 'node:net';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { StoreDatabase } from './database.ts';
import type { Seal } from './seal.ts';
import type { Tables } from './tables.ts';

/** Slices, views and gate reads of one process; more would only queue inside the server. */
const MAX_CONNECTIONS = 10;
const CONNECT_MS = 10_000;
/**
 * A connection in use on which nothing has moved for so long is given up: the network has lost it without a word, and TCP alone would wait for a
 * quarter of an hour. Our longest statements take some seconds. Idle ones are closed by the pool before that.
 */
const SILENT_MS = 20_000;
/** The other end of the same: the server ends the transaction of a process that has vanished or is frozen, and with it the locks that all others wait for. */
const IDLE_IN_TRANSACTION_MS = 5_000;

const INT8 = 20;

/** Our integers are counts and milliseconds: far below 2^53, so they may be plain numbers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)),
};

/**
 * Opens a Postgres store. Connects lazily: the first query tells whether the server is there.
 * @param silentMs for tests
 */
export function openPostgres(url: string, seal: Seal, silentMs = SILENT_MS): StoreDatabase {
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
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    endWhenSilent(client, silentMs);
    // As a statement, not in the start-up packet: a pooler refuses what it does not know there.
    client.query(`SET idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`).catch(() => undefined);
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { dialect: 'postgres', reader: db, writer: db, seal, check: async () => [], close: () => db.destroy() };
}

/** What waits for an answer on the connection rejects; the pool does not use it again. */
function endWhenSilent(client: pg.PoolClient, silentMs: number): void {
  // Not in the types: the stream under the protocol, of TLS where there is one.
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  stream.setTimeout(silentMs, () => {
    const message = `the server has not answered for ${silentMs / 1000} s`;
    stream.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
  });
}
