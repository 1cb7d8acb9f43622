/** Databases of one server, for the test of how many are at work at once: made, and watched, on connections of its own. */
import mysql, { type RowDataPacket } from 'mysql2/promise';
import pg from 'pg';
import { startMariadb } from '../support/mariadb-server.ts';
import { startPostgres } from '../support/postgres-server.ts';

export interface TenantServer {
  /** Of the user that the daemon works as; without a database. */
  readonly url: string;
  /** A file that takes so long on each. */
  file(seconds: number): string;
  make(names: readonly string[]): Promise<void>;
  /** The database of each session of that user that is at work on a target now. One that says goodbye is idle: its place is free, and the server takes a moment to end it. */
  atWork(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const CREATE_TABLE = 'CREATE TABLE t (id int);';

export async function postgresTenants(): Promise<TenantServer> {
  const server = await startPostgres({ settings: { max_connections: '60' } });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query("CREATE ROLE tenant LOGIN PASSWORD 'pass'");
  return {
    url: Object.assign(new URL(server.url), { username: 'tenant', password: 'pass' }).href,
    file: (seconds) => `${CREATE_TABLE}\nSELECT pg_sleep(${seconds});\n`,
    async make(names) {
      for (const name of names)
        await admin.query(`CREATE DATABASE ${name} OWNER tenant TEMPLATE template0 STRATEGY file_copy`);
    },
    async atWork() {
      const { rows } = await admin.query<{ datname: string }>(
        "SELECT datname FROM pg_stat_activity WHERE usename = 'tenant' AND state IS DISTINCT FROM 'idle'",
      );
      return rows.map(({ datname }) => datname);
    },
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}

export async function mariadbTenants(): Promise<TenantServer> {
  const server = await startMariadb({ settings: ['--max-connections=60'] });
  const admin = await mysql.createConnection({ uri: server.url });
  await admin.query("CREATE USER tenant@'127.0.0.1' IDENTIFIED BY 'pass'");
  return {
    url: `maria://tenant:pass@127.0.0.1:${server.port}/`,
    file: (seconds) => `${CREATE_TABLE}\nDO SLEEP(${seconds});\n`,
    async make(names) {
      for (const name of names) {
        await admin.query(`CREATE DATABASE ${name}`);
        await admin.query(`GRANT ALL ON ${name}.* TO tenant@'127.0.0.1'`);
      }
    },
    async atWork() {
      const [rows] = await admin.query<RowDataPacket[]>(
        // Those that run a statement of the file: beside a slow one there is a session that looks whether it waits for a lock, and starts nothing.
        "SELECT db FROM information_schema.processlist WHERE user = 'tenant' AND (info LIKE 'CREATE TABLE t %' OR info LIKE 'DO SLEEP%')",
      );
      return rows.map(({ db }) => String(db));
    },
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}
