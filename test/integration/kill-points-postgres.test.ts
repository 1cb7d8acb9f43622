/**
 * kill -9 of the process at every point of the statements that Postgres runs in no transaction but their own (`txmode none`), and of the ones that
 * share one with their progress: the next run brings the database to where one that nobody killed stands. INVALID indexes are found and rebuilt.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPLIED, applyUntil, type RigDatabase, writeDirectory } from '../faults/kill-point.ts';
import { makePostgresDatabase } from '../faults/postgres-database.ts';
import { STATEMENTS } from '../faults/postgres-statements.ts';
import type { StatementCase } from '../faults/statement-case.ts';
import { postgresServer, skipReason } from '../support/servers.ts';

const skipped = (await skipReason(postgresServer)) !== undefined;
const NONE = '-- atlas:txmode none\n\n';
const ALONE_POINTS = ['intent-written:1', 'statement-landed:1', 'progress-written:1'] as const;
const SHARED_POINTS = ['transaction-committed:1', 'transaction-committed:2'] as const;

describe.skipIf(skipped)('kill -9 at every point of a statement outside of a transaction on Postgres', () => {
  let server: Awaited<ReturnType<typeof postgresServer>>;
  let admin: pg.Client;
  let number = 0;
  const open: Awaited<ReturnType<typeof makePostgresDatabase>>[] = [];

  beforeAll(async () => {
    server = await postgresServer();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
  });
  afterAll(async () => {
    for (const { name, close } of open) {
      await close();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
    await admin?.end();
  });

  async function prepare({ before }: StatementCase): Promise<RigDatabase> {
    number += 1;
    const database = await makePostgresDatabase(admin, server.urlOf, `kill_${process.pid}_${number}`);
    open.push(database);
    if (before !== undefined) await database.run(before);
    return database;
  }

  for (const one of STATEMENTS) {
    it(`${one.kind}: converges from each point`, { timeout: 60_000 }, async () => {
      const dir = writeDirectory(one, NONE);
      const control = await prepare(one);
      expect(await applyUntil(server.urlOf(control.name), dir)).toMatchObject({ code: 0 });
      const wanted = await control.dump();
      for (const point of one.isAlone ? ALONE_POINTS : SHARED_POINTS) {
        const database = await prepare(one);
        const url = server.urlOf(database.name);
        expect(await applyUntil(url, dir, point), point).toMatchObject({ signal: 'SIGKILL' });
        expect(await applyUntil(url, dir), point).toMatchObject({ code: 0 });
        expect(await database.dump(), point).toBe(wanted);
        expect((await database.revisions())[0], point).toMatchObject(APPLIED);
      }
    });
  }

  it('rebuilds an index that a refused CREATE INDEX CONCURRENTLY left INVALID, once the cause is mended', async () => {
    const one = {
      kind: '',
      before: 'CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1);',
      statement: 'CREATE UNIQUE INDEX CONCURRENTLY i ON a (id)',
    };
    const dir = writeDirectory(one, NONE);
    const database = await prepare(one);
    const url = server.urlOf(database.name);
    const refused = await applyUntil(url, dir);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.output).toContain('could not create unique index');
    expect(await database.dump()).not.toContain('index i');
    await database.run('DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)');
    expect(await applyUntil(url, dir)).toMatchObject({ code: 0 });
    expect(await database.dump()).toContain('CREATE UNIQUE INDEX i ON public.a USING btree (id) true');
  });

  it('rebuilds an INVALID index that somebody else has left, also under IF NOT EXISTS', async () => {
    const one = {
      kind: '',
      before: 'CREATE TABLE a (id int); INSERT INTO a VALUES (1);',
      statement: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (id)',
    };
    const database = await prepare(one);
    await database.run(`CREATE INDEX i ON a (id)`);
    await database.run(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass`);
    expect(await applyUntil(server.urlOf(database.name), writeDirectory(one, NONE))).toMatchObject({ code: 0 });
    expect(await database.dump()).toContain('CREATE INDEX i ON public.a USING btree (id) true');
  });

  it('keeps to a transaction of the user’s own', async () => {
    const one = { kind: '', statement: 'BEGIN;\nCREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\nCOMMIT' };
    const dir = writeDirectory(one, NONE);
    const database = await prepare(one);
    const url = server.urlOf(database.name);
    expect(await applyUntil(url, dir)).toMatchObject({ code: 0 });
    expect(await database.dump()).toContain('a 1');
    expect((await database.revisions())[0]).toMatchObject({ applied: 6, total: 6, error: '' });
  });

  it('asks a person about a block that commits by itself, and takes the answer', async () => {
    const one = {
      kind: '',
      before: 'CREATE TABLE a (id int);',
      statement: 'DO $$ BEGIN INSERT INTO a VALUES (1); COMMIT; END $$',
    };
    const dir = writeDirectory(one, NONE);
    const database = await prepare(one);
    const url = server.urlOf(database.name);
    expect(await applyUntil(url, dir, 'statement-landed:1')).toMatchObject({ signal: 'SIGKILL' });
    const asked = await applyUntil(url, dir);
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.output).toContain('the database does not show whether it has landed');
    await database.run(/if it has: (UPDATE .*?); if it has not/.exec(asked.output)?.[1] ?? '');
    expect(await applyUntil(url, dir)).toMatchObject({ code: 0 });
    expect(await database.dump()).toContain('a 1');
    expect((await database.revisions())[0]).toMatchObject(APPLIED);
  });
});
