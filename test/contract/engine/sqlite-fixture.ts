import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { takeTemporaryFolder } from '../../support/temporary-folder.ts';
import type { EngineFixture, FixtureTarget, SeenRevision } from './engine-fixture.ts';

/** As in mattn's driver three million rows take about a second. */
const ROWS_PER_SECOND = 3_000_000;

/** Targets that are files of one folder. */
export async function sqliteFixture(): Promise<EngineFixture> {
  const dir = takeTemporaryFolder('engine');
  return {
    name: 'SQLite files',
    rollsBackDdl: true,
    stopsStatements: false,
    sleep: (seconds) =>
      `SELECT count(*) FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${Math.round(seconds * ROWS_PER_SECOND)}) SELECT n FROM c)`,
    makeTarget: async () => makeTarget(path.join(dir, `${randomUUID().slice(0, 8)}.db`)),
    close: async () => fs.rmSync(dir, { recursive: true }),
  };
}

function makeTarget(file: string): FixtureTarget {
  // A connection for each look: none is open while the engine works.
  const withDatabase = <T>(use: (db: DatabaseSync) => T): T => {
    const db = new DatabaseSync(file, { timeout: 2000 });
    try {
      return use(db);
    } finally {
      db.close();
    }
  };
  const ask = (sql: string): Record<string, unknown>[] =>
    fs.existsSync(file)
      ? withDatabase((db) =>
          db
            .prepare(sql)
            .all()
            .map((row) => ({ ...row })),
        )
      : [];
  const allTables = (): string[] =>
    ask(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    ).map(({ name }) => String(name));
  const lockFile = path.join(os.tmpdir(), 'atlas_migrate_execute.lock');
  return {
    url: `sqlite://${file}`,
    run: async (sql) => withDatabase((db) => db.exec(sql)),
    count: async (table) => Number(ask(`SELECT count(*) AS n FROM ${table}`)[0]?.n),
    tables: async () => allTables().filter((name) => name !== 'atlas_schema_revisions'),
    async revisions() {
      if (!allTables().includes('atlas_schema_revisions')) return undefined;
      return ask('SELECT * FROM atlas_schema_revisions ORDER BY version').map(
        (row): SeenRevision => ({
          version: String(row.version),
          type: Number(row.type),
          applied: Number(row.applied),
          total: Number(row.total),
          error: String(row.error ?? ''),
          hash: String(row.hash),
          partialHashes: row.partial_hashes === null ? null : JSON.parse(String(row.partial_hashes)),
        }),
      );
    },
    async holdTable() {
      const db = new DatabaseSync(file);
      // As a writer would; readers are let in, also without WAL.
      db.exec('BEGIN IMMEDIATE');
      return async () => db.close();
    },
    async holdAtlasLock() {
      fs.writeFileSync(lockFile, `${BigInt(Date.now() + 60_000) * 1_000_000n}`);
      return async () => fs.rmSync(lockFile);
    },
    async leftovers() {
      const locks = fs.readdirSync(os.tmpdir()).filter((name) => /^(?:atlas|flotilla)_.*\.lock$/.test(name));
      const journals = ['-journal', '-wal', '-shm'].filter((end) => fs.existsSync(`${file}${end}`));
      if (fs.existsSync(file)) withDatabase((db) => db.exec('BEGIN IMMEDIATE; ROLLBACK'));
      return [...locks, ...journals];
    },
  };
}
