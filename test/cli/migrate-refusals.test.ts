/** What a command says of a database that it leaves alone: texts and streams of atlas-config-cli.md 3.5, 4.5, 4.6 and 4.9. */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../support/servers.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { freshName, runCommand } from './migrate-databases.ts';

let cwd: string;
beforeEach(() => {
  cwd = throwAwayFolder('cli');
  fs.mkdirSync(path.join(cwd, 'm'));
  fs.writeFileSync(path.join(cwd, 'm/1_a.sql'), 'CREATE TABLE a (id int);\n');
  runCommand(['migrate', 'hash', '--dir', 'file://m'], cwd);
});
afterEach(() => fs.rmSync(cwd, { recursive: true, force: true }));

const migrate = (verb: string, url: string, ...more: string[]) =>
  runCommand(['migrate', verb, '--dir', 'file://m', '--url', url, ...more], cwd);
const refused = (err: string) => ({ code: 1, out: '', err: `Error: ${err}\n` });
const notClean = (reason: string) =>
  refused(`sql/migrate: connected database is not clean: ${reason}. baseline version or allow-dirty is required`);
const LOCK_HELD = refused('acquiring database lock: sql/schema: lock is held by other session');

describe('on SQLite', () => {
  it('names the table, or counts them', () => {
    const database = new DatabaseSync(path.join(cwd, 'x.db'));
    database.exec('CREATE TABLE t (id int)');
    expect(migrate('apply', 'sqlite://x.db')).toEqual(notClean('found table "t"'));
    database.exec('CREATE TABLE u (id int)');
    expect(migrate('apply', 'sqlite://x.db')).toEqual(notClean('found multiple tables: 2'));
    database.close();
  });
  it('does not wait for a lock file that has not expired', () => {
    const expiry = (BigInt(Date.now()) + 60_000n) * 1_000_000n;
    fs.writeFileSync(path.join(cwd, 'atlas_migrate_execute.lock'), String(expiry));
    expect(migrate('apply', 'sqlite://x.db')).toEqual(
      refused('acquiring database lock: sql/sqlite: lock on "atlas_migrate_execute" already taken'),
    );
  });
});

const postgresMissing = await skipReason(postgresServer);
describe.skipIf(postgresMissing)('on Postgres', () => {
  const name = freshName();
  let admin: pg.Client;
  let client: pg.Client;
  let url: string;
  beforeEach(async () => {
    const server = await postgresServer();
    url = server.urlOf(name);
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    client = new pg.Client({ connectionString: url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });
  const inSchema = (schema: string): string => {
    const bound = new URL(url);
    bound.searchParams.set('search_path', schema);
    return bound.toString();
  };

  it('names the first table of a schema', async () => {
    await client.query('CREATE SCHEMA s; CREATE TABLE s.t (id int); CREATE TABLE s.u (id int)');
    expect(migrate('apply', inSchema('s'))).toEqual(notClean('found table "t" in schema "s"'));
  });
  it('names the first schema of a database that is more than an empty public', async () => {
    await client.query('CREATE TABLE public.t (id int)');
    expect(migrate('apply', url)).toEqual(notClean('found schema "public"'));
    await client.query('CREATE SCHEMA b');
    expect(migrate('apply', url)).toEqual(notClean('found schema "b"'));
  });
  it('tolerates the schema of the revisions, with nothing else in it', async () => {
    await client.query('CREATE SCHEMA r; CREATE TABLE r.t (id int)');
    expect(migrate('apply', url, '--revisions-schema', 'r')).toEqual(notClean('found table "t" in schema "r"'));
    await client.query('CREATE TABLE r.u (id int)');
    expect(migrate('apply', url, '--revisions-schema', 'r')).toEqual(notClean('found 2 tables in schema "r"'));
    await client.query('DROP TABLE r.t, r.u');
    expect(migrate('apply', url, '--revisions-schema', 'r').code).toBe(0);
  });
  it('explains on stdout that two revisions tables could be meant', () => {
    expect(migrate('apply', url).code).toBe(0);
    for (const verb of ['apply', 'status']) {
      const { code, out, err } = migrate(verb, inSchema('public'));
      expect([code, err]).toEqual([1, '']);
      expect(out).toContain('--revisions-schema');
    }
  });
  it('says that another session holds the lock', async () => {
    await client.query('SELECT pg_advisory_lock(2686470616)');
    expect(migrate('apply', url, '--lock-timeout', '10ms')).toEqual(LOCK_HELD);
    expect(runCommand(['migrate', 'set', '1', '--dir', 'file://m', '--url', url], cwd)).toEqual(LOCK_HELD);
  });
});

const mariadbMissing = await skipReason(mariadbServer);
describe.skipIf(mariadbMissing)('on MariaDB', () => {
  const name = freshName();
  let client: mysql.Connection;
  let url: string;
  beforeEach(async () => {
    const server = await mariadbServer();
    url = server.urlOf(name);
    client = await mysql.createConnection({ uri: server.url.replace(/^maria(?:db)?:/, 'mysql:') });
    await client.query(`CREATE DATABASE ${name}`);
  });
  afterEach(async () => {
    await client.query(`DROP DATABASE ${name}`);
    await client.end();
  });

  it('names the first table of a database', async () => {
    await client.query(`CREATE TABLE ${name}.t (id int)`);
    expect(migrate('apply', url)).toEqual(notClean(`found table "t" in schema "${name}"`));
  });
  it('says that another session holds the lock', async () => {
    const lock = `lock_${name}`;
    await client.query('SELECT GET_LOCK(?, 0)', [lock]);
    expect(migrate('apply', url, '--lock-timeout', '10ms', '--lock-name', lock)).toEqual(LOCK_HELD);
  });
});
