/** Many targets through PgBouncer in transaction mode: nothing leaks into the sessions that all clients share; what cannot be had is refused. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../src/engine/dialects/parse-database-url.ts';
import { directoryOf, makeEngine, OPTIONS } from '../contract/engine/engine-fixture.ts';
import { type PgBouncer, startPgBouncer } from '../faults/network/pgbouncer.ts';
import { noteFigures } from '../support/note-figures.ts';
import { postgresServer, skipReason } from '../support/servers.ts';

const POOL_SIZE = 3;
const TARGETS = 60;
const LANES = 8;
const DATABASE = `bouncer_${process.pid}`;
const SETTINGS = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'search_path'];
const SELECT_SETTINGS = `SELECT pg_backend_pid() AS pid, ${SETTINGS.map((name) => `current_setting('${name}') AS ${name}`).join(', ')}`;

let bouncer: PgBouncer | undefined;
const ready = async (): Promise<PgBouncer> => {
  bouncer ??= await startPgBouncer((await postgresServer()).port, POOL_SIZE);
  return bouncer;
};
const skipped = (await skipReason(ready)) !== undefined;

describe.skipIf(skipped)('targets behind PgBouncer in transaction mode', { timeout: 60_000 }, () => {
  const { engine } = makeEngine();
  let admin: pg.Client;
  let direct: pg.Client;
  let through: string;

  beforeAll(async () => {
    const server = await postgresServer();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${DATABASE}`);
    direct = new pg.Client({ connectionString: server.urlOf(DATABASE) });
    await direct.connect();
    through = (await ready()).urlOf(DATABASE);
  });
  afterAll(async () => {
    await engine.close();
    await direct?.end();
    await bouncer?.stop();
    await admin?.query(`DROP DATABASE ${DATABASE} WITH (FORCE)`);
    await admin?.end();
  });

  let number = 0;
  const makeSchema = async (): Promise<string> => {
    number += 1;
    await direct.query(`CREATE SCHEMA s${number}`);
    return `s${number}`;
  };
  const apply = (schema: string, files: Readonly<Record<string, string>>, more = '', lockRetries?: number) => {
    const url = parseDatabaseUrl(`${through}&search_path=${schema}${more}`);
    return engine.apply({ id: schema, url }, directoryOf(files), {
      ...OPTIONS,
      ...(lockRetries === undefined ? {} : { lockRetries, allowDirty: true }),
    });
  };
  const tablesOf = async (schema: string): Promise<readonly string[]> => {
    const { rows } = await direct.query<{ t: string }>(
      'SELECT tablename AS t FROM pg_tables WHERE schemaname = $1 ORDER BY 1',
      [schema],
    );
    return rows.map(({ t }) => t);
  };
  /** What the sessions that the pooler shares are set to: all of them at once, by transactions side by side. */
  const sharedSessions = async (): Promise<ReadonlyMap<number, unknown>> => {
    const clients = Array.from({ length: POOL_SIZE }, () => new pg.Client({ connectionString: through }));
    const found = new Map<number, unknown>();
    for (const client of clients) {
      await client.connect();
      await client.query('BEGIN');
    }
    for (const client of clients) {
      const { rows } = await client.query<{ pid: number }>(SELECT_SETTINGS);
      const { pid, ...settings } = rows[0] ?? { pid: 0 };
      found.set(pid, settings);
    }
    for (const client of clients) await client.end();
    return found;
  };
  const advisoryLocks = async (): Promise<number> => {
    const { rows } = await direct.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    return rows[0]?.n ?? -1;
  };
  const expectNothingLeaked = async (): Promise<void> => {
    await expect.poll(advisoryLocks).toBe(0);
    const { rows } = await direct.query<{ pid: number }>(SELECT_SETTINGS);
    const { pid: _, ...asNew } = rows[0] ?? { pid: 0 };
    const sessions = await sharedSessions();
    expect(sessions.size).toBe(POOL_SIZE);
    for (const settings of sessions.values()) expect(settings).toEqual(asNew);
  };

  it(`leaves no lock and no setting behind after ${TARGETS} of them`, async () => {
    const files = {
      '1_a.sql': 'CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n',
      '2_b.sql': 'ALTER TABLE a ADD COLUMN c int;\n',
    };
    const schemas: string[] = [];
    for (let i = 0; i < TARGETS; i++) schemas.push(await makeSchema());
    const todo = [...schemas];
    const lane = async (): Promise<void> => {
      for (let schema = todo.shift(); schema !== undefined; schema = todo.shift()) {
        expect(await apply(schema, files), schema).toMatchObject({ kind: 'applied', to: '2' });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    for (const schema of schemas) {
      const { rows } = await direct.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${schema}.a`);
      expect(rows[0]?.n).toBe(1);
    }
    await expectNothingLeaked();
    noteFigures({ 'targets through it': TARGETS, 'locks leaked': await advisoryLocks() });
  });

  it.each([
    ['a file outside of a transaction', '-- atlas:txmode none\n\nCREATE TABLE a (id int);\n'],
    ['a setting of the session', "SET lock_timeout = '7s';\nCREATE TABLE a (id int);\n"],
    ['a temporary table', 'CREATE TEMP TABLE a (id int);\n'],
    ['a lock of the session', 'SELECT pg_advisory_lock(1);\n'],
  ])('refuses %s before anything is changed', async (_, text) => {
    const schema = await makeSchema();
    expect(await apply(schema, { '1_a.sql': text })).toMatchObject({
      kind: 'failed',
      error: {
        class: 'permanent',
        code: 'TARGET_POOLER',
        message: expect.stringMatching(/pooler \(PgBouncer\).*give the server's own address in the URL/),
      },
    });
    expect(await tablesOf(schema)).toEqual([]);
    await expectNothingLeaked();
  });

  it('refuses a URL that asks for settings of the session, in words', async () => {
    const schema = await makeSchema();
    const files = { '1_a.sql': 'CREATE TABLE a (id int);\n' };
    expect(await apply(schema, files, '&work_mem=64MB')).toMatchObject({
      kind: 'failed',
      error: { class: 'permanent', code: 'TARGET_POOLER', message: expect.stringContaining('options') },
    });
    expect(await tablesOf(schema)).toEqual([]);
  });

  it('names who holds a lock', async () => {
    const schema = await makeSchema();
    await direct.query(`CREATE TABLE ${schema}.hot (id int)`);
    await direct.query(`BEGIN; LOCK TABLE ${schema}.hot`);
    const outcome = await apply(schema, { '1_a.sql': 'ALTER TABLE hot ADD COLUMN c int;\n' }, '', 1);
    await direct.query('ROLLBACK');
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { class: 'lock', blocker: expect.stringContaining('LOCK TABLE') },
    });
  });
});
