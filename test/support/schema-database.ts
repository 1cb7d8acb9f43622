/** A database of a real server, its schema as the engine reads it, and what brings it to another. */
import pg from 'pg';
import { POSTGRES } from '../../src/engine/dialects/postgres/dialect.ts';
import { diffRealms } from '../../src/engine/diff/diff-realms.ts';
import { planRealms } from '../../src/engine/plan/plan-realms.ts';
import type { Realm } from '../../src/engine/schema/realm.ts';

export interface SchemaDatabase {
  run(sql: string): Promise<void>;
  /** The schemas that are named, or all. */
  inspect(schemas?: readonly string[]): Promise<Realm>;
  /** Brings it to this state. @returns what undoes it, in the order in which it is to be run; undefined where something cannot be undone */
  migrate(from: Realm, to: Realm): Promise<readonly string[] | undefined>;
  end(): Promise<void>;
}

/** Makes a database and connects to it. */
export async function openSchemaDatabase(
  server: { readonly url: string; urlOf(database: string): string },
  name: string,
): Promise<SchemaDatabase> {
  await withClient(server.url, (client) => client.query(`CREATE DATABASE "${name}"`));
  const client = new pg.Client({ connectionString: server.urlOf(name) });
  await client.connect();
  const run = async (sql: string): Promise<void> => {
    try {
      await client.query(sql);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${sql}`, { cause: error });
    }
  };
  return {
    run,
    async inspect(schemas = []) {
      const scope = { schemas };
      await run("BEGIN; SET LOCAL search_path = ''");
      const results: pg.QueryResult['rows'][] = [];
      for (const query of POSTGRES.catalog.queries(scope)) results.push((await client.query(query)).rows);
      await run('COMMIT');
      return POSTGRES.catalog.read(results, scope);
    },
    async migrate(from, to) {
      const statements = planRealms(POSTGRES, from, to).statements('');
      for (const { text } of statements) await run(text);
      const back = statements.toReversed().map(({ reverse }) => reverse);
      return back.some((reverse) => reverse === 'irreversible') ? undefined : (back.flat() as string[]);
    },
    async end() {
      await client.end();
      await withClient(server.url, (one) => one.query(`DROP DATABASE "${name}" WITH (FORCE)`));
    },
  };
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Kinds and names of what differs; empty: nothing. */
export const differences = (from: Realm, to: Realm): readonly string[] =>
  diffRealms(POSTGRES, from, to).map((change) => {
    const { name } = 'to' in change ? change.to : change.from;
    const of = 'changed' in change ? change.changed : 'changes' in change ? change.changes.map(({ kind }) => kind) : [];
    return `${change.kind} ${name} ${of.join(',')}`.trim();
  });
