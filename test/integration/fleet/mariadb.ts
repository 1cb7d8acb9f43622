import mysql, { type RowDataPacket } from 'mysql2/promise';
import { mariadbServer } from '../../support/servers.ts';
import { forwardPort } from './forward-port.ts';
import type { Dialect } from './migrations.ts';
import { type Backend, toRevision } from './tenants.ts';

const dialect: Dialect = {
  counted: 'bigint AUTO_INCREMENT PRIMARY KEY',
  instant: 'datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)',
  concurrently: '',
  sleep: (seconds) => `DO SLEEP(${seconds})`,
  dropIndex: (name, table) => `DROP INDEX ${name} ON ${table}`,
  revisionsTable: [
    `CREATE TABLE atlas_schema_revisions (version varchar(255) NOT NULL PRIMARY KEY, description varchar(255) NOT NULL,
    type bigint unsigned NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0, executed_at timestamp NOT NULL,
    execution_time bigint NOT NULL, error longtext NULL, error_stmt longtext NULL, hash varchar(255) NOT NULL, partial_hashes json NULL,
    operator_version varchar(255) NOT NULL) CHARSET utf8mb4 COLLATE utf8mb4_bin`,
  ],
  now: 'now()',
};

const OBJECTS = `SELECT CONCAT('table ', t.table_name, ' ', t.table_type, ' ', COALESCE(t.engine, ''), ' ', COALESCE(t.table_collation, '')) AS what
    FROM information_schema.tables t WHERE t.table_schema = :db
  UNION ALL SELECT CONCAT('column ', table_name, '.', column_name, ' ', ordinal_position, ' ', column_type, ' ', is_nullable, ' ', COALESCE(column_default, ''), ' ', extra)
    FROM information_schema.columns WHERE table_schema = :db
  UNION ALL SELECT CONCAT('index ', table_name, '.', index_name, ' ', seq_in_index, ' ', column_name) FROM information_schema.statistics WHERE table_schema = :db
  UNION ALL SELECT CONCAT('routine ', routine_name) FROM information_schema.routines WHERE routine_schema = :db
  UNION ALL SELECT CONCAT('trigger ', trigger_name) FROM information_schema.triggers WHERE trigger_schema = :db
  UNION ALL SELECT CONCAT('event ', event_name) FROM information_schema.events WHERE event_schema = :db
  ORDER BY 1`;

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** Tenants that are databases; a role of the fleet may do everything in them, and nothing beside them. */
export async function mariadbBackend(prefix: string, password: string): Promise<Backend> {
  const server = await mariadbServer();
  const second = await forwardPort(server.port);
  // A pool, for it makes a new connection where the server was killed and has come back.
  const admin = mysql.createPool({
    connectionLimit: 1,
    host: '127.0.0.1',
    port: server.port,
    user: new URL(server.url).username,
    password: new URL(server.url).password,
    multipleStatements: true,
    namedPlaceholders: true,
    dateStrings: true,
    supportBigNumbers: true,
  });
  const ask = async (sql: string, values: Readonly<Record<string, string>> = {}): Promise<RowDataPacket[]> =>
    (await admin.query<RowDataPacket[]>(sql, values))[0];
  const user = `${prefix}_fleet`;
  const made: string[] = [];
  // Over the socket whoever connects comes from 'localhost'.
  const accounts = ['127.0.0.1', 'localhost'].map((from) => `${user}@'${from}'`);
  for (const account of accounts) await admin.query(`CREATE USER ${account} IDENTIFIED BY ${mysql.escape(password)}`);
  const urlAt = (port: number): string => `maria://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/`;

  return {
    kind: 'MariaDB databases',
    dialect,
    url: 'urlsetpath(getenv(each.value.at), each.value.name)',
    hosts: [urlAt(server.port), urlAt(second.port)],
    async make({ name }) {
      await admin.query(`CREATE DATABASE ${quote(name)} CHARACTER SET utf8mb4`);
      made.push(name);
      // In GRANT, _ stands for any character.
      await admin.query(`GRANT ALL ON ${quote(name.replaceAll('_', '\\_'))}.* TO ${accounts.join(', ')}`);
    },
    async drop({ name }) {
      made.splice(made.indexOf(name), 1);
      await admin.query(`DROP DATABASE ${quote(name)}`);
    },
    async empty({ name }) {
      await admin.query(`DROP DATABASE ${quote(name)}`);
      await admin.query(`CREATE DATABASE ${quote(name)} CHARACTER SET utf8mb4`);
    },
    async run({ name }, statements) {
      await admin.query([`USE ${quote(name)}`, ...statements].join(';\n'));
    },
    async read({ name }) {
      const objects = (await ask(OBJECTS, { db: name })).map(({ what }) => String(what));
      const tables = objects.flatMap((what) => /^table (\S+) BASE TABLE/.exec(what)?.[1] ?? []);
      const rows: Record<string, readonly string[]> = {};
      let revisions: RowDataPacket[] = [];
      for (const table of tables) {
        const found = await ask(`SELECT * FROM ${quote(name)}.${quote(table)}`);
        if (table === 'atlas_schema_revisions') revisions = found;
        else rows[table] = found.map((row) => JSON.stringify(row)).sort();
      }
      return {
        objects,
        rows,
        revisions: revisions.map(toRevision).sort((a, b) => (a.version < b.version ? -1 : 1)),
        starts: rows.marks?.length ?? 0,
      };
    },
    async countStarts(tenants) {
      const counts = tenants.map(({ name }) => `SELECT '${name}' AS name, count(*) AS n FROM ${quote(name)}.marks`);
      return new Map((await ask(counts.join(' UNION ALL '))).map(({ name, n }) => [String(name), Number(n)]));
    },
    async readStartTimes(tenants, version) {
      const times = tenants.map(
        ({ name }) =>
          `SELECT '${name}' AS name, UNIX_TIMESTAMP(at) * 1000 AS at FROM ${quote(name)}.marks WHERE version = '${version}'`,
      );
      return (await ask(times.join(' UNION ALL '))).map(({ name, at }) => ({ tenant: String(name), atMs: Number(at) }));
    },
    async places() {
      return (await ask('SELECT schema_name AS what FROM information_schema.schemata ORDER BY 1')).map(({ what }) =>
        String(what),
      );
    },
    async leftovers() {
      const found = await ask(
        `SELECT CONCAT('named lock ', table_schema, table_name) AS what FROM information_schema.metadata_lock_info WHERE lock_type = 'User lock'
        UNION ALL SELECT CONCAT('an open transaction in ', COALESCE(p.db, '?')) FROM information_schema.innodb_trx x
          JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id WHERE p.user = :user
        UNION ALL SELECT CONCAT('a statement in ', COALESCE(db, '?'), ': ', LEFT(info, 60)) FROM information_schema.processlist
          WHERE user = :user AND command NOT IN ('Sleep', 'Daemon')`,
        { user },
      );
      return found.map(({ what }) => String(what));
    },
    async stop() {
      for (const name of made) await admin.query(`DROP DATABASE ${quote(name)}`);
      await admin.query(`DROP USER ${accounts.join(', ')}`);
      await admin.end();
      await second.stop();
    },
  };
}
