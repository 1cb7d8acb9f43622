import { setTimeout as sleep } from 'node:timers/promises';
import mysql, { type Connection } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../src/engine/dialects/parse-database-url.ts';
import { createMysqlDriver } from '../../src/engine/drivers/mysql/mysql-driver.ts';
import { classifyMysql, readProblem } from '../../src/engine/drivers/mysql/mysql-errors.ts';
import type { Session } from '../../src/engine/run/ports.ts';
import { DEFAULT_LIMITS } from '../../src/engine/run/types.ts';
import type { FlotillaEvent } from '../../src/shared/events.ts';
import { NO_FAULTS } from '../../src/shared/fault-points.ts';
import { mariadbServer, skipReason } from '../support/servers.ts';
import { clock, lockOf, openRequest, revision, stepTo } from './engine-target.ts';

const skipped = (await skipReason(mariadbServer)) !== undefined;
const PREFIX = `drv${process.pid}`;

describe.skipIf(skipped)('a session on a MariaDB database', () => {
  const emitted: string[] = [];
  const driver = createMysqlDriver({
    clock,
    baseDir: '',
    reach: NO_FAULTS,
    events: {
      emit: (event: FlotillaEvent) => {
        emitted.push(event.kind);
      },
    },
  });
  let base = '';
  let admin: Connection;
  let name: string;
  let number = 0;

  beforeAll(async () => {
    const { url } = await mariadbServer();
    base = url;
    const { hostname, port, username, password } = new URL(url);
    admin = await mysql.createConnection({
      host: hostname,
      port: Number(port),
      user: username,
      password,
      multipleStatements: true,
      dateStrings: true,
    });
  });
  beforeEach(async () => {
    number += 1;
    name = `${PREFIX}_${number}`;
    await admin.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`);
  });
  afterEach(async () => {
    const [rows] = await admin.query(
      'SELECT schema_name AS s FROM information_schema.schemata WHERE schema_name LIKE ? OR schema_name = ?',
      [`${PREFIX}\\_%`, 'atlas_schema_revisions'],
    );
    for (const row of Array.isArray(rows) ? rows : []) if ('s' in row) await admin.query(`DROP DATABASE \`${row.s}\``);
  });
  afterAll(async () => {
    await driver.close();
    await admin?.end();
  });

  const url = (database = name, query = '') => parseDatabaseUrl(`${base}${database}${query}`);
  const inSession = async <T>(use: (session: Session) => Promise<T>, request = openRequest(url())): Promise<T> => {
    const session = await driver.open(request);
    try {
      return await use(session);
    } finally {
      await session.release();
    }
  };
  const ask = async (sql: string): Promise<unknown[]> => {
    const [rows] = await admin.query(sql);
    return Array.isArray(rows) ? rows : [];
  };
  const locksLeft = () =>
    ask("SELECT table_name FROM information_schema.metadata_lock_info WHERE lock_type = 'User lock'");

  it('makes the revisions table in the exact shape, in the database of the URL', async () => {
    await inSession(async (session) => {
      expect(await session.lockAndRead(lockOf('target'))).toEqual({ kind: 'history', exists: false, rows: [] });
      await session.createRevisions();
      expect(await session.read()).toEqual({ kind: 'history', exists: true, rows: [] });
    });
    const columns = await ask(
      `SELECT CONCAT(column_name, ' ', column_type, IF(is_nullable = 'NO', ' NOT NULL', ''), IF(column_default IS NULL OR column_default = 'NULL', '', CONCAT(' DEFAULT ', column_default)), IF(column_key = '', '', CONCAT(' ', column_key))) AS c FROM information_schema.columns WHERE table_schema = '${name}' ORDER BY ordinal_position`,
    );
    expect(columns.map((row) => Object.values(Object(row))[0])).toEqual([
      'version varchar(255) NOT NULL PRI',
      'description varchar(255) NOT NULL',
      'type bigint(20) unsigned NOT NULL DEFAULT 2',
      'applied bigint(20) NOT NULL DEFAULT 0',
      'total bigint(20) NOT NULL DEFAULT 0',
      'executed_at timestamp NOT NULL',
      'execution_time bigint(20) NOT NULL',
      'error longtext',
      'error_stmt longtext',
      'hash varchar(255) NOT NULL',
      'partial_hashes longtext',
      'operator_version varchar(255) NOT NULL',
    ]);
    expect(
      await ask(`SELECT table_collation AS c FROM information_schema.tables WHERE table_schema = '${name}'`),
    ).toEqual([{ c: 'utf8mb4_bin' }]);
  });

  it('writes rows that read back the same, whatever is in them, and keeps the first time of a row', async () => {
    const at = new Date('2024-05-06T07:08:09Z');
    const row = revision('1', {
      executedAt: at,
      partialHashes: ['h1:a\\', 'h1:b"'],
      error: "it's \\ \n 🦆",
      errorStmt: '"`\'',
      executionTime: 9_007_199_254_740_993n,
    });
    const other = revision('2', { executedAt: at, partialHashes: null });
    for (const mode of ['', '?sql_mode=%27NO_BACKSLASH_ESCAPES,ANSI_QUOTES%27&time_zone=%27%2B05:00%27']) {
      await inSession(
        async (session) => {
          await session.lockAndRead(lockOf('target'));
          await session.createRevisions();
          await session.write([row, other]);
          await session.write([{ ...row, executedAt: new Date('2001-01-01T00:00:00Z'), description: 'other' }]);
        },
        openRequest(url(name, mode)),
      );
      await inSession(
        async (session) => {
          expect(await session.read()).toEqual({ kind: 'history', exists: true, rows: [row, other] });
          await session.remove(['1', '2']);
        },
        openRequest(url(name, mode)),
      );
    }
  });

  it('adds the columns that a table of an older version lacks', async () => {
    await admin.query(
      `CREATE TABLE \`${name}\`.atlas_schema_revisions (version varchar(191) PRIMARY KEY, description varchar(255) NOT NULL, executed_at timestamp NOT NULL, execution_time bigint NOT NULL, hash varchar(255) NOT NULL); INSERT INTO \`${name}\`.atlas_schema_revisions VALUES ('1', 'a', now(), 5, 'h')`,
    );
    await inSession(async (session) => {
      expect(await session.lockAndRead(lockOf('target'))).toMatchObject({
        rows: [{ version: '1', hash: 'h', applied: 0 }],
      });
      await session.createRevisions();
      await session.write([revision('2')]);
      expect(await session.read()).toMatchObject({ rows: [{ version: '1' }, { version: '2', total: 2 }] });
    });
  });

  it('keeps the revisions of a whole server in a database of their own, and says when two places could be meant', async () => {
    await inSession(
      async (session) => {
        await session.lockAndRead(lockOf('target'));
        await session.createRevisions();
        await session.write([revision('1')]);
      },
      openRequest(url('')),
    );
    expect(await ask('SELECT version FROM atlas_schema_revisions.atlas_schema_revisions')).toEqual([{ version: '1' }]);
    await inSession(async (session) =>
      expect(await session.lockAndRead(lockOf('target'))).toEqual({ kind: 'ambiguous' }),
    );
    const flagged = openRequest(url(), { revisionsSchema: `${name}_r` });
    await inSession(async (session) => {
      expect(await session.lockAndRead(lockOf('target'))).toMatchObject({ exists: false });
      await session.createRevisions();
    }, flagged);
    await inSession(async (session) => expect(await session.read()).toMatchObject({ exists: true }), flagged);
  });

  it('names what keeps a database or a server from being clean', async () => {
    await inSession(async (session) => {
      expect(await session.checkClean()).toBe(true);
      await session.createRevisions();
      expect(await session.checkClean()).toBe(true);
      await session.execute('CREATE VIEW a AS SELECT 1');
      expect(await session.checkClean()).toBe(true);
      await session.execute('CREATE TABLE users (id int)');
      expect(await session.checkClean()).toEqual({ reason: `found table "users" in schema "${name}"` });
      await session.dropAll();
      expect(await session.checkClean()).toBe(true);
    });
    expect(await ask(`SELECT * FROM information_schema.tables WHERE table_schema = '${name}'`)).toEqual([]);
    await inSession(
      async (session) => {
        expect(await session.checkClean()).toEqual({
          reason: expect.stringMatching(/^found (?:schema "|multiple schemas: \d)/),
        });
      },
      openRequest(url('')),
    );
  });

  it('commits DML with its row, keeps the row of a DDL, and prints errors as Go does', async () => {
    await inSession(async (session) => {
      await session.lockAndRead(lockOf('target'));
      await session.createRevisions();
      await session.write([revision('1')]);
      await session.execute('CREATE TABLE a (id int PRIMARY KEY);', stepTo('1', 1));
      await session.execute('INSERT INTO a VALUES (1);', stepTo('1', 2));
      await expect(session.execute('INSERT INTO a VALUES (2), (1)', stepTo('1', 3))).rejects.toMatchObject({
        kind: 'statement',
        class: 'permanent',
        code: '1062',
        message: "Error 1062 (23000): Duplicate entry '1' for key 'PRIMARY'",
      });
      await expect(session.execute('ALTER TABLE nowhere ADD b int', stepTo('1', 3))).rejects.toMatchObject({
        class: 'permanent',
        code: '1146',
        message: `Error 1146 (42S02): Table '${name}.nowhere' doesn't exist`,
      });
      await session.write([revision('1', { applied: 2, error: 'x' })]);
    });
    expect(await ask(`SELECT applied, error FROM \`${name}\`.atlas_schema_revisions`)).toEqual([
      { applied: 2, error: 'x' },
    ]);
    expect(await ask(`SELECT id FROM \`${name}\`.a`)).toEqual([{ id: 1 }]);
  });

  it('can roll DML back together, and says that it cannot do so with DDL', async () => {
    await inSession(async (session) => {
      await session.createRevisions();
      await session.execute('CREATE TABLE a (id int)');
      expect(session.canRollBack(['INSERT INTO a VALUES (1)', 'CREATE TABLE b (id int)'])).toBe(false);
      expect(session.canRollBack(['INSERT INTO a VALUES (1)', '/* x */ UPDATE a SET id = 2'])).toBe(true);
      await session.begin();
      await session.write([revision('1')]);
      await session.execute('INSERT INTO a VALUES (1)', stepTo('1', 1));
      await session.rollback();
      await session.begin();
      await session.execute('INSERT INTO a VALUES (2)', stepTo('2'));
      await session.commit();
    });
    expect(await ask(`SELECT id FROM \`${name}\`.a`)).toEqual([{ id: 2 }]);
    expect(await ask(`SELECT version FROM \`${name}\`.atlas_schema_revisions`)).toEqual([{ version: '2' }]);
  });

  it('refuses text that is several statements before any of it has run, and takes a procedure', async () => {
    await inSession(async (session) => {
      await expect(session.execute('CREATE TABLE a (id int); CREATE TABLE b (id int)')).rejects.toMatchObject({
        code: '1064',
        class: 'permanent',
      });
      expect(await ask(`SHOW TABLES FROM \`${name}\``)).toEqual([]);
      await session.execute("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 'a;b'; END");
      await session.execute('CREATE TABLE t (id int)');
      await session.execute(
        'CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.id = 1; SET NEW.id = 2; END;',
      );
      await session.execute("INSERT INTO t VALUES (';')", undefined).catch(() => undefined);
    });
    expect(
      await ask(`SELECT routine_name AS r FROM information_schema.routines WHERE routine_schema = '${name}'`),
    ).toEqual([{ r: 'p' }]);
  });

  it('sends a comment along where the server keeps none of it, and takes it out of what the server quotes', async () => {
    const comment = "/*traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'*/";
    await inSession(async (session) => {
      await session.execute('CREATE TABLE sent (q text)', undefined, comment);
      await session.execute(
        'INSERT INTO sent SELECT info FROM information_schema.processlist WHERE id = CONNECTION_ID();',
        undefined,
        comment,
      );
      await session.execute('CREATE VIEW kept AS SELECT 1 AS one', undefined, comment);
      await session.execute('CREATE TRIGGER tr BEFORE INSERT ON sent FOR EACH ROW SET NEW.q = 1', undefined, comment);
      // Errors near the end, at it, and so that the server cuts the comment somewhere, or just before it.
      const wrongs = ['ALTER TABLE sent ADD COLUM x int;', 'ALTER TABLE sent ADD', 'DROP TABEL sent'];
      for (let n = 60; n < 90; n++) wrongs.push(`UPDATE sent SETS q = '${'x'.repeat(n - 11)}'`);
      for (const wrong of wrongs) {
        const refused = async (sent?: string): Promise<string> =>
          session.execute(wrong, undefined, sent).then(
            () => 'done',
            (error: Error) => error.message,
          );
        expect(await refused(comment), wrong).toBe(await refused());
      }
    });
    const [row] = await ask(`SELECT q FROM \`${name}\`.sent`);
    expect(row).toEqual({
      q: `INSERT INTO sent SELECT info FROM information_schema.processlist WHERE id = CONNECTION_ID() ${comment}`,
    });
    expect(JSON.stringify(await ask(`SHOW CREATE VIEW \`${name}\`.kept`))).not.toContain('traceparent');
    expect(JSON.stringify(await ask(`SHOW CREATE TRIGGER \`${name}\`.tr`))).not.toContain('traceparent');
  });

  it('leaves nothing of one target to the next one on the same connection', async () => {
    const ids = new Set<unknown>();
    const second = `${name}_b`;
    await admin.query(`CREATE DATABASE \`${second}\``);
    await inSession(async (session) => {
      await session.lockAndRead(lockOf('target'));
      await session.execute("SET @leak = 1, foreign_key_checks = 0, sql_mode = ''");
      await session.execute('CREATE TEMPORARY TABLE leak (id int)');
      await session.execute('CREATE TABLE c (id bigint)');
      await session.execute('INSERT INTO c VALUES (CONNECTION_ID())');
      await session.begin();
      await session.execute('INSERT INTO c VALUES (0)');
    });
    expect(await locksLeft()).toEqual([]);
    await inSession(
      async (session) => {
        await session.lockAndRead(lockOf('target'));
        await session.execute(
          'CREATE TABLE c AS SELECT CONNECTION_ID() AS id, @leak AS leak, @@foreign_key_checks AS fk, @@lock_wait_timeout AS w, @@max_statement_time AS m, DATABASE() AS d',
        );
        await expect(session.execute('SELECT * FROM leak')).rejects.toMatchObject({ code: '1146' });
      },
      openRequest(url(second)),
    );
    for (const row of await ask(`SELECT id FROM \`${name}\`.c`)) ids.add(Object(row).id);
    const [row] = await ask(`SELECT * FROM \`${second}\`.c`);
    expect(row).toMatchObject({ leak: null, fk: 1, w: 1, m: 900, d: second });
    ids.add(Object(row).id);
    expect(ids.size).toBe(1);
  });

  describe('locks', () => {
    it('let the tenants of a server be migrated side by side, and one target only once', async () => {
      const second = `${name}_b`;
      await admin.query(`CREATE DATABASE \`${second}\``);
      await inSession(async (first) => {
        await first.lockAndRead(lockOf('target'));
        await inSession((other) => other.lockAndRead(lockOf('target')), openRequest(url(second)));
        await inSession(async (same) => {
          await expect(same.lockAndRead(lockOf('target'))).rejects.toMatchObject({
            kind: 'lock-held',
            class: 'lock',
            message: 'sql/schema: lock is held by other session',
            blocker: expect.stringMatching(/^session \d+ of root@/),
          });
        });
      });
      expect(await locksLeft()).toEqual([]);
    });

    it("respect Atlas's, and take it for a single apply", async () => {
      await admin.query("SELECT GET_LOCK('atlas_migrate_execute', 0)");
      for (const scope of ['atlas', 'target'] as const) {
        await inSession((session) =>
          expect(session.lockAndRead(lockOf(scope))).rejects.toMatchObject({ kind: 'lock-held' }),
        );
      }
      await admin.query("SELECT RELEASE_LOCK('atlas_migrate_execute')");
      await inSession(async (session) => {
        await session.lockAndRead(lockOf('atlas'));
        expect(await ask("SELECT IS_USED_LOCK('atlas_migrate_execute') IS NOT NULL AS used")).toEqual([{ used: 1 }]);
        await inSession(
          (other) => expect(other.lockAndRead(lockOf('target'))).rejects.toMatchObject({ kind: 'lock-held' }),
          openRequest(url('')),
        );
      });
      expect(await locksLeft()).toEqual([]);
    });

    it('are waited for as long as asked', async () => {
      const first = await driver.open(openRequest(url()));
      await first.lockAndRead(lockOf('target'));
      const waiting = inSession((second) => second.lockAndRead(lockOf('target', 5000)));
      await sleep(300);
      await first.release();
      expect(await waiting).toMatchObject({ kind: 'history' });
    });

    it('of a database with a long name are taken by a hash of it', async () => {
      const long = `${name}_`.padEnd(64, 'x');
      await admin.query(`CREATE DATABASE \`${long}\``);
      await inSession((session) => session.lockAndRead(lockOf('target')), openRequest(url(long)));
    });
  });

  it('gives up a table that is in use after the lock timeout, and names who uses it', async () => {
    await admin.query(`CREATE TABLE \`${name}\`.a (id int)`);
    await admin.query(`START TRANSACTION; SELECT * FROM \`${name}\`.a`);
    await inSession(async (session) => {
      await session.lockAndRead(lockOf('target'));
      const from = performance.now();
      await expect(session.execute('ALTER TABLE a ADD b int')).rejects.toMatchObject({
        kind: 'lock-timeout',
        class: 'lock',
        code: '1205',
        blocker: expect.stringMatching(/^session \d+ of root@.* since \d+ s, idle$/),
      });
      expect(performance.now() - from).toBeLessThan(2500);
      await admin.query('ROLLBACK');
      await session.execute('ALTER TABLE a ADD b int');
    });
  });

  it('stops a statement when its time is over', async () => {
    await inSession(
      async (session) => {
        await session.lockAndRead(lockOf('target'));
        await expect(session.execute('SELECT SLEEP(5)')).rejects.toMatchObject({
          kind: 'statement',
          class: 'unknown',
          code: '1969',
        });
      },
      openRequest(url(), { limits: { ...DEFAULT_LIMITS, statementTimeoutMs: 200 } }),
    );
  });

  it('stops the statement in flight when the signal is aborted, and loses no progress', async () => {
    const abort = new AbortController();
    await inSession(
      async (session) => {
        await session.lockAndRead(lockOf('target'));
        await session.createRevisions();
        await session.execute('CREATE TABLE a (id int)', stepTo('1', 1));
        const slow = session.execute('INSERT INTO a SELECT SLEEP(20)', stepTo('1', 2));
        setTimeout(() => abort.abort(), 200);
        await expect(slow).rejects.toMatchObject({ kind: 'cancelled' });
        await expect(session.execute('INSERT INTO a VALUES (1)', stepTo('1', 2))).rejects.toMatchObject({
          kind: 'cancelled',
        });
      },
      openRequest(url(), { signal: abort.signal }),
    );
    expect(await ask(`SELECT applied FROM \`${name}\`.atlas_schema_revisions`)).toEqual([{ applied: 1 }]);
    expect(await ask(`SELECT * FROM \`${name}\`.a`)).toEqual([]);
    expect(
      await ask(
        `SELECT id FROM information_schema.processlist WHERE info LIKE '%SLEEP(20)%' AND id <> CONNECTION_ID()`,
      ),
    ).toEqual([]);
  });

  it('stops waiting for a lock when the signal is aborted', async () => {
    const abort = new AbortController();
    await inSession(async (first) => {
      await first.lockAndRead(lockOf('target'));
      setTimeout(() => abort.abort(), 200);
      await inSession(
        (second) => expect(second.lockAndRead(lockOf('target', 60_000))).rejects.toMatchObject({ kind: 'cancelled' }),
        openRequest(url(), { signal: abort.signal }),
      );
    });
  });

  it('goes on with a new connection where the server has ended the idle one', async () => {
    await inSession((session) => session.lockAndRead(lockOf('target')));
    for (const row of await ask(
      "SELECT id FROM information_schema.processlist WHERE command = 'Sleep' AND id <> CONNECTION_ID()",
    )) {
      await admin.query(`KILL ${Object(row).id}`);
    }
    await inSession((session) => session.lockAndRead(lockOf('target')));
  });

  it('is transient where the server is away or ends the session, and says so', async () => {
    await expect(driver.open(openRequest(parseDatabaseUrl('mysql://u:p@127.0.0.1:1/x')))).rejects.toMatchObject({
      kind: 'connect',
      class: 'transient',
      code: 'ECONNREFUSED',
    });
    await inSession(async (session) => {
      await session.lockAndRead(lockOf('target'));
      await session.execute('CREATE TABLE a AS SELECT CONNECTION_ID() AS id');
      const [row] = await ask(`SELECT id FROM \`${name}\`.a`);
      setTimeout(() => void admin.query(`KILL ${Object(row).id}`), 200);
      await expect(session.execute('SELECT SLEEP(5)')).rejects.toMatchObject({ class: 'transient', sessionLost: true });
    });
  });

  it('tells a wrong password, a missing database and a missing right apart, without the password', async () => {
    const wrong = base.replace('root:root', 'root:s3cret');
    const refused = await driver
      .open(openRequest(parseDatabaseUrl(`${wrong}${name}`)))
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'auth', class: 'permanent', code: '1045' });
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused))).not.toContain('s3cret');
    await inSession(
      (session) =>
        expect(session.lockAndRead(lockOf('target'))).rejects.toMatchObject({
          kind: 'connect',
          class: 'permanent',
          code: '1049',
        }),
      openRequest(url('nowhere')),
    );
    await admin.query(`CREATE USER \`${name}\`@'127.0.0.1' IDENTIFIED BY 'x'`);
    const poor = parseDatabaseUrl(`${base.replace('root:root', `${name}:x`)}${name}`);
    await inSession(
      (session) =>
        expect(session.lockAndRead(lockOf('target'))).rejects.toMatchObject({
          kind: 'connect',
          class: 'transient',
          code: '1044',
        }),
      openRequest(poor),
    );
    expect(await driver.survey([{ id: 'a', url: poor }], DEFAULT_LIMITS)).toMatchObject([
      { kind: 'connect', class: 'transient' },
    ]);
    await admin.query(`DROP USER \`${name}\`@'127.0.0.1'`);
  });

  it('surveys hundreds of databases together, each with its own answer', async () => {
    const names = Array.from({ length: 230 }, (_, i) => `${name}_s${i}`);
    await inSession((session) => session.createRevisions());
    await admin.query(
      names
        .map(
          (one) =>
            `CREATE DATABASE \`${one}\`; CREATE TABLE \`${one}\`.atlas_schema_revisions LIKE \`${name}\`.atlas_schema_revisions`,
        )
        .join(';'),
    );
    await inSession((session) => session.write([revision('1'), revision('2')]), openRequest(url(names[7])));
    await admin.query(
      `DROP TABLE \`${names[8]}\`.atlas_schema_revisions; ALTER TABLE \`${names[9]}\`.atlas_schema_revisions DROP COLUMN hash; DROP DATABASE \`${names[10]}\``,
    );
    const before = emitted.filter((kind) => kind === 'ConnectionOpened').length;
    const found = await driver.survey(
      names.map((id) => ({ id, url: url(id) })),
      DEFAULT_LIMITS,
    );
    expect(found).toHaveLength(230);
    expect(found[6]).toEqual({ kind: 'history', exists: true, rows: [] });
    expect(found[7]).toMatchObject({
      exists: true,
      rows: [{ version: '1' }, { version: '2', partialHashes: ['h1:x'] }],
    });
    expect(found[8]).toMatchObject({ exists: false });
    expect(found[9]).toMatchObject({ exists: true, rows: [] });
    expect(found[10]).toMatchObject({ kind: 'connect', code: '1049' });
    expect(emitted.filter((kind) => kind === 'ConnectionOpened').length - before).toBeLessThanOrEqual(1);
  });

  it('takes a command that comes after the end of its connection for what may pass', async () => {
    const { hostname, port, username: user, password } = new URL(base);
    const lost = await mysql.createConnection({ host: hostname, port: Number(port), user, password });
    const seen = new Promise((resolve) => lost.on('error', resolve));
    await admin.query(`KILL ${lost.threadId}`);
    await seen;
    const error: unknown = await lost.query('SELECT 1').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining('closed state') });
    expect(classifyMysql(readProblem(error))).toBe('transient');
  });

  it('answers a query with arguments', async () => {
    expect(
      await driver.query(
        url(),
        'SELECT schema_name AS s, 3 AS n FROM information_schema.schemata WHERE schema_name LIKE ?',
        [name],
        DEFAULT_LIMITS,
      ),
    ).toEqual({ columns: ['s', 'n'], rows: [[name, 3]] });
    expect(await driver.query(url(), 'SELECT DATABASE()', [], DEFAULT_LIMITS)).toMatchObject({ rows: [[name]] });
  });
});
