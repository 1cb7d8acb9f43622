import { randomUUID } from 'node:crypto';
import mysql, { type Connection } from 'mysql2/promise';
import { mariadbServer } from '../../support/servers.ts';
import type { EngineFixture, FixtureTarget, SeenRevision } from './engine-fixture.ts';

/** Targets that are databases of one server. */
export async function mariadbFixture(): Promise<EngineFixture> {
  const server = await mariadbServer();
  const open: Connection[] = [];
  const { hostname, port, username, password } = new URL(server.url);
  const connect = async (database?: string): Promise<Connection> => {
    const connection = await mysql.createConnection({
      host: hostname,
      port: Number(port),
      user: username,
      password,
      multipleStatements: true,
      rowsAsArray: true,
      jsonStrings: true,
      ...(database === undefined ? {} : { database }),
    });
    open.push(connection);
    return connection;
  };
  const admin = await connect();
  return {
    name: 'MariaDB databases',
    rollsBackDdl: false,
    stopsStatements: true,
    sleep: (seconds) => `SELECT SLEEP(${seconds})`,
    async makeTarget() {
      const database = `engine_${randomUUID().slice(0, 8)}`;
      await admin.query(`CREATE DATABASE ${database}`);
      return makeTarget(await connect(database), () => connect(database), server.urlOf(database), database);
    },
    async close() {
      await Promise.all(open.map((connection) => connection.end()));
    },
  };
}

const rowsOf = async (connection: Connection, sql: string): Promise<unknown[][]> => {
  const [rows] = await connection.query(sql);
  return Array.isArray(rows) ? rows.filter((row): row is unknown[] & typeof row => Array.isArray(row)) : [];
};

function makeTarget(
  connection: Connection,
  connect: () => Promise<Connection>,
  url: string,
  database: string,
): FixtureTarget {
  const ask = (sql: string) => rowsOf(connection, sql);
  const allTables = async (): Promise<string[]> =>
    (await ask(`SELECT table_name FROM information_schema.tables WHERE table_schema = '${database}' ORDER BY 1`)).map(
      ([name]) => String(name),
    );
  return {
    url,
    async run(sql) {
      await connection.query(sql);
    },
    count: async (table) => Number((await ask(`SELECT count(*) FROM ${table}`))[0]?.[0]),
    tables: async () => (await allTables()).filter((name) => name !== 'atlas_schema_revisions'),
    async revisions() {
      if (!(await allTables()).includes('atlas_schema_revisions')) return undefined;
      const rows = await ask(
        'SELECT version, type, applied, total, error, hash, partial_hashes FROM atlas_schema_revisions ORDER BY version',
      );
      return rows.map(
        ([version, type, applied, total, error, hash, partial]): SeenRevision => ({
          version: String(version),
          type: Number(type),
          applied: Number(applied),
          total: Number(total),
          error: String(error ?? ''),
          hash: String(hash),
          partialHashes: partial === null ? null : JSON.parse(String(partial)),
        }),
      );
    },
    async holdTable(name) {
      const other = await connect();
      await other.query(`START TRANSACTION; SELECT * FROM ${name}`);
      return async () => {
        await other.query('ROLLBACK');
      };
    },
    async holdAtlasLock() {
      const other = await connect();
      await other.query("SELECT GET_LOCK('atlas_migrate_execute', 5)");
      return async () => {
        await other.query("SELECT RELEASE_LOCK('atlas_migrate_execute')");
      };
    },
    async leftovers() {
      const locks = await ask(
        "SELECT table_name FROM information_schema.metadata_lock_info WHERE lock_type = 'User lock'",
      );
      const open = await ask(
        `SELECT p.id FROM information_schema.innodb_trx x JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id WHERE p.db = '${database}' AND p.id <> CONNECTION_ID()`,
      );
      return [...locks.map(([name]) => `lock ${name}`), ...open.map(([id]) => `transaction of ${id}`)];
    },
  };
}
