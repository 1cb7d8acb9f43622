import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../src/engine/dialects/parse-database-url.ts';
import { createSqliteDriver } from '../../src/engine/drivers/sqlite/sqlite-driver.ts';
import type { Session } from '../../src/engine/run/ports.ts';
import { DEFAULT_LIMITS } from '../../src/engine/run/types.ts';
import { takeTemporaryFolder } from '../support/temporary-folder.ts';
import { clock, lockOf, openRequest, revision, stepTo } from './engine-target.ts';

const root = takeTemporaryFolder('sqlite');
const driver = createSqliteDriver({ clock }, { baseDir: root, threads: 3 });
let number = 0;
let file: string;
beforeEach(() => {
  number += 1;
  file = path.join(root, `t${number}.db`);
});
afterAll(async () => {
  await driver.close();
  fs.rmSync(root, { recursive: true });
});

const url = (query = '') => parseDatabaseUrl(`sqlite://${file}${query}`);
const inSession = async <T>(use: (session: Session) => Promise<T>, request = openRequest(url())): Promise<T> => {
  const session = await driver.open(request);
  try {
    return await use(session);
  } finally {
    await session.release();
  }
};
/** Looks at the file with a connection of its own. */
const ask = (sql: string): Record<string, unknown>[] => {
  const db = new DatabaseSync(file);
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    db.close();
  }
};
const make = (sql: string): void => {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
};
const leftOvers = (): string[] =>
  fs.readdirSync(root).filter((name) => name.startsWith(path.basename(file)) && name !== path.basename(file));
/** Counts for about a second. */
const SLOW =
  'SELECT count(*) FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000000) SELECT n FROM c)';

describe('a session on a SQLite file', () => {
  it('reads no history of a missing file, and leaves it missing', async () => {
    await inSession(async (session) => {
      expect(await session.read()).toEqual({ kind: 'history', exists: false, rows: [] });
    });
    expect(fs.existsSync(file)).toBe(false);
  });

  it('writes rows that read back the same, and keeps the first time of a row', async () => {
    const row = revision('1', {
      partialHashes: ['h1:a', 'h1:b'],
      error: "it's",
      executionTime: 9_007_199_254_740_993n,
    });
    await inSession(async (session) => {
      await session.lockAndRead(lockOf('target'));
      await session.createRevisions();
      await session.begin();
      await session.write([row, revision('2', { partialHashes: null })]);
      await session.commit();
    });
    await inSession(async (session) => {
      const history = await session.read();
      expect(history).toEqual({ kind: 'history', exists: true, rows: [row, revision('2', { partialHashes: null })] });
      await session.write([{ ...row, applied: 2, executedAt: new Date(0), description: 'other' }]);
      await session.remove(['2']);
    });
    expect(
      ask('SELECT version, description, applied, executed_at, typeof(execution_time) AS t FROM atlas_schema_revisions'),
    ).toEqual([
      { version: '1', description: 'd1', applied: 2, executed_at: '2024-05-06 07:08:09.12+00:00', t: 'integer' },
    ]);
    expect(leftOvers()).toEqual([]);
  });

  it('adds the columns that a table of an older version lacks', async () => {
    make(
      "CREATE TABLE atlas_schema_revisions (version text PRIMARY KEY, description text NOT NULL, executed_at datetime NOT NULL, execution_time integer NOT NULL, hash text NOT NULL); INSERT INTO atlas_schema_revisions VALUES ('1', 'a', datetime('now'), 5, 'h')",
    );
    await inSession(async (session) => {
      const history = await session.lockAndRead(lockOf('target'));
      expect(history.kind === 'history' && history.rows[0]).toMatchObject({
        version: '1',
        hash: 'h',
        partialHashes: null,
      });
      await session.createRevisions();
      await session.write([revision('2')]);
    });
    expect(ask('SELECT version FROM atlas_schema_revisions WHERE operator_version IS NOT NULL')).toHaveLength(2);
  });

  it('rolls a file back with its row', async () => {
    await inSession(async (session) => {
      await session.createRevisions();
      await session.begin();
      await session.execute('CREATE TABLE a (id integer);', stepTo('1'));
      await expect(session.execute('THIS IS WRONG;', stepTo('1'))).rejects.toMatchObject({
        kind: 'statement',
        class: 'permanent',
        code: 'SQLITE_ERROR',
        message: 'near "THIS": syntax error',
      });
      await session.rollback();
    });
    expect(ask("SELECT name FROM sqlite_schema WHERE type = 'table'")).toEqual([{ name: 'atlas_schema_revisions' }]);
    expect(ask('SELECT * FROM atlas_schema_revisions')).toEqual([]);
  });

  it('names the tables of a database that is not clean', async () => {
    make('CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT)');
    await inSession(async (session) => {
      expect(await session.checkClean()).toEqual({ reason: 'found table "users"' });
      await session.createRevisions();
      expect(await session.checkClean()).toEqual({ reason: 'found table "users"' });
      await session.execute('CREATE TABLE pets (id integer)');
      expect(await session.checkClean()).toEqual({ reason: 'found multiple tables: 2' });
    });
  });

  it('drops all that is there, references and views included', async () => {
    make(
      'PRAGMA foreign_keys = on; CREATE TABLE "p""q" (id integer PRIMARY KEY AUTOINCREMENT); CREATE TABLE c (p REFERENCES "p""q"); INSERT INTO "p""q" DEFAULT VALUES; INSERT INTO c VALUES (1); CREATE VIEW v AS SELECT * FROM c; CREATE TRIGGER t AFTER INSERT ON c BEGIN DELETE FROM c; END',
    );
    await inSession((session) => session.dropAll(), openRequest(url('?_fk=1')));
    expect(ask("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")).toEqual([]);
  });

  it('refuses a revisions table outside of main', async () => {
    await expect(driver.open(openRequest(url(), { revisionsSchema: 'x' }))).rejects.toThrow(
      'cannot store revisions-table in a separate schema ("x") with SQLite driver',
    );
  });

  it('accepts double-quoted text, as SQLite does by itself', async () => {
    await inSession((session) =>
      session.execute('CREATE TABLE a (b text DEFAULT "x"); INSERT INTO a (b) VALUES ("y")'),
    );
    expect(ask('SELECT b FROM a')).toEqual([{ b: 'y' }]);
  });

  it('waits for a writer no longer than the lock timeout, in the class lock', async () => {
    make('CREATE TABLE a (id integer)');
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN EXCLUSIVE');
    const from = performance.now();
    await inSession(async (session) => {
      await expect(session.begin()).rejects.toMatchObject({
        kind: 'lock-timeout',
        class: 'lock',
        code: 'SQLITE_BUSY',
        message: 'database is locked',
      });
    });
    expect(performance.now() - from).toBeLessThan(2000);
    holder.close();
    await inSession((session) => session.begin());
  });

  it.each([
    [
      'a folder in its place',
      () => fs.mkdirSync(file),
      'sqlite: querying schemas: unable to open database file: is a directory',
    ],
    [
      'no folder around it',
      () => {
        file = path.join(root, 'absent', 'x.db');
      },
      'sqlite: querying schemas: unable to open database file: no such file or directory',
    ],
  ])('is tried again later with %s', async (_, spoil, message) => {
    spoil();
    await expect(inSession((session) => session.lockAndRead(lockOf('target')))).rejects.toMatchObject({
      kind: 'connect',
      class: 'transient',
      code: 'SQLITE_CANTOPEN',
      message,
    });
  });

  it('is permanent where the file is no database', async () => {
    fs.writeFileSync(file, 'not a database '.repeat(100));
    await expect(inSession((session) => session.read())).rejects.toMatchObject({
      class: 'permanent',
      code: 'SQLITE_NOTADB',
    });
  });

  it('starts again where another migration moved the history between reading and beginning', async () => {
    await inSession((session) => session.createRevisions());
    await inSession(async (session) => {
      await session.lockAndRead(lockOf('target'));
      await inSession((other) => other.write([revision('1')]));
      await expect(session.begin()).rejects.toMatchObject({ kind: 'history-moved', class: 'lock' });
    });
    await inSession(async (session) => {
      await session.lockAndRead(lockOf('target'));
      make('CREATE TABLE unrelated (id integer)');
      await session.begin();
      await session.commit();
    });
  });

  it('leaves a transaction undone when it is released in the middle', async () => {
    make('PRAGMA journal_mode = WAL; CREATE TABLE a (id integer)');
    await inSession(async (session) => {
      await session.begin();
      await session.execute('INSERT INTO a VALUES (1)');
    });
    expect(ask('SELECT * FROM a')).toEqual([]);
    expect(ask('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(leftOvers()).toEqual([]);
  });
});

describe('foreign keys', () => {
  const TABLES =
    'CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p (id))';

  it('are off inside of a transaction, and what it breaks undoes it', async () => {
    make(`${TABLES}; INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1)`);
    await inSession(
      async (session) => {
        await session.begin();
        await session.execute('DELETE FROM p');
        await expect(session.commit()).rejects.toThrow(
          'sql/sqlite: foreign key mismatch: table "c" row 1 refers to a missing row of "p"',
        );
      },
      openRequest(url('?_fk=1')),
    );
    expect(ask('SELECT * FROM p')).toEqual([{ id: 1 }]);
  });

  it('let a table be rebuilt, and hold again afterwards', async () => {
    make(`${TABLES}; INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1), (2, 1)`);
    await inSession(
      async (session) => {
        await session.begin();
        for (const sql of [
          'CREATE TABLE p2 (id integer PRIMARY KEY, n text)',
          'INSERT INTO p2 (id) SELECT id FROM p',
          'DROP TABLE p',
          'ALTER TABLE p2 RENAME TO p',
        ])
          await session.execute(sql);
        await session.commit();
        await expect(session.execute('INSERT INTO c VALUES (3, 7)')).rejects.toThrow('FOREIGN KEY constraint failed');
      },
      openRequest(url('?_fk=1')),
    );
  });

  it('do not blame a transaction for what was broken before', async () => {
    make(`PRAGMA foreign_keys = off; ${TABLES}; INSERT INTO c VALUES (1, 9)`);
    await inSession(
      async (session) => {
        await session.begin();
        await session.execute('CREATE TABLE other (id integer)');
        await session.commit();
      },
      openRequest(url('?_fk=1')),
    );
    expect(ask("SELECT name FROM sqlite_schema WHERE name = 'other'")).toHaveLength(1);
  });
});

describe('outside of a transaction', () => {
  it('commits a statement together with its row, and a VACUUM as it is', async () => {
    await inSession(async (session) => {
      await session.lockAndRead(lockOf('target'));
      await session.createRevisions();
      await session.execute('CREATE TABLE a (id integer);', stepTo('1', 1));
      await expect(
        session.execute('INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1);', stepTo('1', 2)),
      ).rejects.toThrow('no such table: nowhere');
      await session.execute('VACUUM;', stepTo('1', 2));
    });
    expect(ask('SELECT applied FROM atlas_schema_revisions')).toEqual([{ applied: 2 }]);
    expect(ask('SELECT * FROM a')).toEqual([]);
  });

  it('lets one session in at a time', async () => {
    await inSession((session) => session.createRevisions());
    await inSession(async (first) => {
      await first.lockAndRead(lockOf('target'));
      await first.write([revision('1')]);
      await inSession(async (second) => {
        await second.lockAndRead(lockOf('target'));
        await expect(second.write([revision('1')])).rejects.toMatchObject({ kind: 'lock-held', class: 'lock' });
      });
      await first.execute('CREATE TABLE a (id integer)', stepTo('1', 1));
    });
    await inSession((session) => session.write([revision('2')]));
  });
});

describe("Atlas's lock", () => {
  it('keeps a fleet out while it is held, and a second apply', async () => {
    const dsn = openRequest(parseDatabaseUrl(`sqlite://file:${file}`));
    await inSession(async (atlas) => {
      await atlas.lockAndRead(lockOf('atlas', 10_000));
      for (const scope of ['atlas', 'target'] as const) {
        await inSession(async (other) => {
          await expect(other.lockAndRead(lockOf(scope))).rejects.toMatchObject({
            kind: 'lock-held',
            class: 'lock',
            message: 'sql/sqlite: lock on "atlas_migrate_execute" already taken',
          });
        }, dsn);
      }
    }, dsn);
    await inSession((other) => other.lockAndRead(lockOf('target')), dsn);
    expect(fs.readdirSync(os.tmpdir()).filter((name) => /^(?:atlas|flotilla)_.*\.lock$/.test(name))).toEqual([]);
  });
});

describe('threads', () => {
  it('leave the event loop free while a statement runs for a second', async () => {
    make('CREATE TABLE a (id integer)');
    let worst = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      worst = Math.max(worst, performance.now() - last);
      last = performance.now();
    }, 5);
    const from = performance.now();
    await inSession(async (session) => {
      await session.begin();
      await session.execute(SLOW);
      await session.commit();
    });
    clearInterval(timer);
    const took = performance.now() - from;
    expect(took).toBeGreaterThan(300);
    // On the main thread it would be all of it; a busy machine stretches both.
    expect(worst).toBeLessThan(took / 3);
  });

  it('stop before the next statement once the signal is aborted, and undo the transaction', async () => {
    make('CREATE TABLE a (id integer)');
    const abort = new AbortController();
    await inSession(
      async (session) => {
        await session.begin();
        const slow = session.execute(`INSERT INTO a ${SLOW}`);
        await sleep(50);
        abort.abort();
        await slow;
        await expect(session.execute('INSERT INTO a VALUES (2)')).rejects.toMatchObject({ kind: 'cancelled' });
      },
      openRequest(url(), { signal: abort.signal }),
    );
    expect(ask('SELECT * FROM a')).toEqual([]);
  });

  it('are waited for, and a waiting session can be cancelled', async () => {
    const held = await Promise.all([1, 2, 3].map(() => driver.open(openRequest(url()))));
    const abort = new AbortController();
    const waiting = driver.open(openRequest(url(), { signal: abort.signal }));
    const next = driver.open(openRequest(url()));
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' });
    for (const session of held) await session.release();
    await (await next).release();
  });

  it('survey many files, each with its own answer', async () => {
    await inSession(async (session) => {
      await session.createRevisions();
      await session.write([revision('1')]);
    });
    const bad = path.join(root, `bad${number}.db`);
    fs.mkdirSync(bad);
    const targets = [url(), parseDatabaseUrl(`sqlite://${bad}`), parseDatabaseUrl(`sqlite://none${number}.db`)].map(
      (one, i) => ({ id: `${i}`, url: one }),
    );
    const [good, folder, absent] = await driver.survey(targets, DEFAULT_LIMITS);
    expect(good).toMatchObject({ kind: 'history', rows: [{ version: '1' }] });
    expect(folder).toMatchObject({ kind: 'connect', class: 'transient' });
    expect(absent).toMatchObject({ kind: 'history', exists: false });
  });

  it('answer a query with arguments', async () => {
    make("CREATE TABLE tenants (name text, n integer); INSERT INTO tenants VALUES ('a', 1), ('b', 2)");
    expect(
      await driver.query(url(), 'SELECT name, n FROM tenants WHERE n >= ? AND ?', [2, true], DEFAULT_LIMITS),
    ).toEqual({
      columns: ['name', 'n'],
      rows: [['b', 2]],
    });
  });
});
