import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { STORE_KEY } from '../../support/store-key.ts';
import { storePostgres } from './servers.ts';

/** An empty store for several processes, on the server of `storePostgres`. */
export interface StoreDatabase {
  readonly url: string;
  /** What a process needs in its environment to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Rows of our tables, read past all of our code. */
  read<T extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly T[]>;
  drop(): Promise<void>;
}

/** The environment of a process that reaches the store at this URL. */
export const storeEnv = (url: string): Readonly<Record<string, string>> => ({
  FLOTILLA_STORE_URL: url,
  FLOTILLA_STORE_KEY: Buffer.from(STORE_KEY).toString('base64'),
});

export async function makeStoreDatabase(): Promise<StoreDatabase> {
  const server = await storePostgres();
  const name = `store_${randomBytes(4).toString('hex')}`;
  await query(server.url, `CREATE DATABASE ${name}`);
  const url = server.urlOf(name);
  return {
    url,
    env: storeEnv(url),
    read: async <T extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await query(url, sql, values)).rows as T[],
    async drop() {
      await query(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function query(url: string, sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql, [...values]);
  } finally {
    await client.end();
  }
}
