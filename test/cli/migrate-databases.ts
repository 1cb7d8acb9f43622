/** One fresh database a test, on each kind of server: its URL for the command line, and a look at it that is not ours. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { mariadbServer, postgresServer } from '../support/servers.ts';

export interface FreshDatabase {
  readonly url: string;
  /** Runs a statement; the rows of a query, as texts. */
  rows(sql: string): Promise<readonly (readonly string[])[]>;
  drop(): Promise<void>;
}

export const freshName = (): string => `cli_${randomBytes(5).toString('hex')}`;
const asTexts = (rows: readonly (readonly unknown[])[]): string[][] =>
  rows.map((row) => row.map((value) => String(value)));

export async function sqliteDatabase(folder: string): Promise<FreshDatabase> {
  const name = `${freshName()}.db`;
  return {
    url: `sqlite://${name}`,
    rows: async (sql) => {
      const database = new DatabaseSync(path.join(folder, name));
      try {
        return asTexts(
          database
            .prepare(sql)
            .all()
            .map((row) => Object.values(row)),
        );
      } finally {
        database.close();
      }
    },
    drop: async () => {},
  };
}

export async function postgresDatabase(): Promise<FreshDatabase> {
  const { url } = await postgresServer();
  const name = freshName();
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`CREATE SCHEMA ${name}`);
  const target = new URL(url);
  target.searchParams.set('search_path', name);
  return {
    url: target.toString(),
    rows: async (sql) => {
      await admin.query(`SET search_path = ${name}`);
      return asTexts((await admin.query<unknown[]>({ text: sql, rowMode: 'array' })).rows);
    },
    drop: async () => {
      await admin.query(`DROP SCHEMA ${name} CASCADE`);
      await admin.end();
    },
  };
}

export async function mariadbDatabase(): Promise<FreshDatabase> {
  const { url } = await mariadbServer();
  const name = freshName();
  const admin = await mysql.createConnection({ uri: url.replace(/^maria(?:db)?:/, 'mysql:'), rowsAsArray: true });
  await admin.query(`CREATE DATABASE ${name}`);
  const target = new URL(url);
  target.pathname = `/${name}`;
  return {
    url: target.toString(),
    rows: async (sql) => {
      await admin.query(`USE ${name}`);
      const [rows] = await admin.query(sql);
      return Array.isArray(rows) ? asTexts(rows as unknown[][]) : [];
    },
    drop: async () => {
      await admin.query(`DROP DATABASE ${name}`);
      await admin.end();
    },
  };
}

/**
 * Runs the command as a user does: a process of its own. Its temporary folder is `cwd`: Atlas's lock on a SQLite file is there, and would
 * be held by the commands of other tests.
 */
export function runCommand(args: readonly string[], cwd: string): { code: number; out: string; err: string } {
  const launcher = path.resolve(import.meta.dirname, '../../bin/flotilla.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    cwd,
    env: { ...process.env, TMPDIR: cwd },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: status ?? -1, out: stdout, err: stderr };
}
