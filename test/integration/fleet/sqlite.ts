import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Dialect } from './migrations.ts';
import { type Backend, type Tenant, toRevision } from './tenants.ts';

const counting = (to: number): string =>
  `SELECT count(*) FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${Math.round(to)}) SELECT n FROM c)`;

let speed: number | undefined;

/** How far this machine counts in a second where nothing else runs: the best of some short looks. */
function countsInASecond(): number {
  if (speed !== undefined) return speed;
  const database = new DatabaseSync(':memory:');
  const looks = Array.from({ length: 6 }, () => {
    const began = performance.now();
    database.prepare(counting(100_000)).get();
    return (100_000 / (performance.now() - began)) * 1_000;
  });
  database.close();
  speed = Math.max(...looks);
  return speed;
}

const dialect: Dialect = {
  counted: 'integer PRIMARY KEY',
  instant: "real NOT NULL DEFAULT (unixepoch('subsec'))",
  concurrently: '',
  // SQLite cannot sleep, so it counts, and keeps a core busy with it.
  sleep: (seconds) => counting(seconds * countsInASecond()),
  dropIndex: (name) => `DROP INDEX ${name}`,
  revisionsTable: [
    `CREATE TABLE atlas_schema_revisions (version text NOT NULL, description text NOT NULL, type integer NOT NULL DEFAULT 2,
    applied integer NOT NULL DEFAULT 0, total integer NOT NULL DEFAULT 0, executed_at datetime NOT NULL, execution_time integer NOT NULL,
    error text NULL, error_stmt text NULL, hash text NOT NULL, partial_hashes json NULL, operator_version text NOT NULL, PRIMARY KEY (version))`,
  ],
  now: "datetime('now')",
};

/** A journal whose header was not written yet when its process was killed is none (sqlite.org/fileformat.html, 3): the next one to write removes it. */
const isTransaction = (journal: string): boolean =>
  fs.readFileSync(journal).subarray(0, 8).toString('hex') === 'd9d505f920a163d7';

/** Tenants that are files; a folder is a host. */
export function sqliteBackend(folder: string): Backend {
  const hosts = ['host-a', 'host-b'].map((name) => path.join(folder, name));
  for (const host of hosts) fs.mkdirSync(host, { recursive: true });
  const fileOf = ({ name, host }: Tenant): string => path.join(hosts[host] ?? '', `${name}.db`);
  const made: Tenant[] = [];
  const inside = <T>(tenant: Tenant, work: (database: DatabaseSync) => T, timeout = 10_000): T => {
    const database = new DatabaseSync(fileOf(tenant), { timeout });
    try {
      return work(database);
    } finally {
      database.close();
    }
  };

  return {
    kind: 'SQLite files',
    dialect,
    url: '"sqlite://${getenv(each.value.at)}/${each.value.name}.db"',
    hosts,
    async make(tenant) {
      fs.writeFileSync(fileOf(tenant), '');
      made.push(tenant);
    },
    async drop(tenant) {
      made.splice(made.indexOf(tenant), 1);
      fs.rmSync(fileOf(tenant));
    },
    async empty(tenant) {
      for (const suffix of ['', '-journal', '-wal', '-shm']) fs.rmSync(`${fileOf(tenant)}${suffix}`, { force: true });
      fs.writeFileSync(fileOf(tenant), '');
    },
    async run(tenant, statements) {
      inside(tenant, (database) => database.exec(`PRAGMA synchronous = OFF;\n${statements.join(';\n')}`));
    },
    async read(tenant) {
      return inside(tenant, (database) => {
        const objects = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all();
        const rows: Record<string, readonly string[]> = {};
        for (const { name } of objects.filter(({ type }) => type === 'table')) {
          const found = database.prepare(`SELECT * FROM "${String(name)}"`).all();
          rows[String(name)] = found.map((row) => JSON.stringify(row)).sort();
        }
        const revisions = (rows.atlas_schema_revisions ?? []).map((row) => toRevision(JSON.parse(row)));
        delete rows.atlas_schema_revisions;
        return {
          objects: objects.map((row) => JSON.stringify(row)).sort(),
          rows,
          revisions,
          starts: rows.marks?.length ?? 0,
        };
      });
    },
    async countStarts(tenants) {
      const count = (database: DatabaseSync): number =>
        Number(database.prepare('SELECT count(*) AS n FROM marks').get()?.n);
      return new Map(tenants.map((tenant) => [tenant.name, inside(tenant, count)]));
    },
    async readStartTimes(tenants, version) {
      return tenants.flatMap((tenant) =>
        inside(tenant, (database) =>
          database
            .prepare('SELECT at FROM marks WHERE version = ?')
            .all(version)
            .map(({ at }) => ({ tenant: tenant.name, atMs: Number(at) * 1000 })),
        ),
      );
    },
    async places() {
      // A write-ahead log that somebody else had switched on may stay; a rollback journal is a transaction that was not ended.
      return hosts
        .flatMap((host) => fs.readdirSync(host).map((name) => path.join(host, name)))
        .filter((file) => !file.endsWith('-journal') || isTransaction(file))
        .map((file) => path.relative(folder, file))
        .sort();
    },
    async leftovers() {
      return made.flatMap((tenant) => {
        try {
          inside(tenant, (database) => database.exec('BEGIN EXCLUSIVE; ROLLBACK'), 0);
          return [];
        } catch (error) {
          return [`${tenant.name}.db cannot be locked: ${error instanceof Error ? error.message : String(error)}`];
        }
      });
    },
    async stop() {
      for (const host of hosts) fs.rmSync(host, { recursive: true, force: true });
    },
  };
}
