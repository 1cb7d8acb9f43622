import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../../../src/engine/dialects/parse-database-url.ts';
import { readAddress } from '../../../../../src/engine/drivers/mysql/connection-options.ts';
import { classifyMysql, printProblem } from '../../../../../src/engine/drivers/mysql/mysql-errors.ts';
import { readFeatures } from '../../../../../src/engine/drivers/mysql/mysql-features.ts';
import { quoteText } from '../../../../../src/engine/drivers/mysql/quote.ts';
import { sessionSettings } from '../../../../../src/engine/drivers/mysql/session-settings.ts';
import { isTransactional, mayBeSeveral } from '../../../../../src/engine/drivers/mysql/statement-kind.ts';
import { targetLockName } from '../../../../../src/engine/drivers/mysql/target-lock-name.ts';
import { DEFAULT_LIMITS } from '../../../../../src/engine/run/types.ts';

describe('readFeatures', () => {
  it.each([
    [
      '5.6.51-log',
      {
        flavour: 'mysql',
        canHoldSeveralLocks: false,
        hasJson: false,
        hasLongIndexKeys: false,
        canResetConnection: false,
        statementLimit: undefined,
      },
    ],
    [
      '5.7.44',
      {
        flavour: 'mysql',
        canHoldSeveralLocks: true,
        hasJson: true,
        statementLimit: 'max_execution_time',
        metadataLocks: 'performance_schema',
      },
    ],
    ['9.1.0', { flavour: 'mysql', hasIdleTransactionTimeout: false, canResetConnection: true }],
    [
      '10.2.44-MariaDB-log',
      { flavour: 'mariadb', hasJson: true, hasIdleTransactionTimeout: false, statementLimit: 'max_statement_time' },
    ],
    [
      '5.5.5-10.11.6-MariaDB-0+deb12u1',
      { flavour: 'mariadb', hasIdleTransactionTimeout: true, metadataLocks: 'metadata_lock_info' },
    ],
  ])('knows what %s can do', (version, wanted) => expect(readFeatures(version)).toMatchObject(wanted));
});

describe('sessionSettings', () => {
  it('counts lock waits in whole seconds, at least one, and statements with fractions', () => {
    expect(
      sessionSettings({ ...DEFAULT_LIMITS, statementTimeoutMs: 1500 }, readFeatures('10.11.6-MariaDB'), [
        "SET x = 'y'",
      ]),
    ).toEqual([
      'SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, max_statement_time = 1.500, wait_timeout = 60, idle_transaction_timeout = 60',
      "SET x = 'y'",
    ]);
  });
  it('leaves alone what is switched off, or what the server does not know', () => {
    expect(
      sessionSettings(
        { connectTimeoutMs: 0, lockTimeoutMs: 0, statementTimeoutMs: 0, idleInTransactionTimeoutMs: 0, keepaliveMs: 0 },
        readFeatures('8.0.36'),
        [],
      ),
    ).toEqual([]);
    expect(sessionSettings(DEFAULT_LIMITS, readFeatures('5.6.51'), [])).toEqual([
      'SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, wait_timeout = 60',
    ]);
  });
});

describe('errors', () => {
  const of = (errno: number, sqlState = '', code = '') => ({ errno, code, sqlState, message: 'm', fatal: false });
  it.each([
    [of(1040), 'transient'],
    [of(1203), 'transient'],
    [of(1226), 'transient'],
    [of(0, '', 'ECONNREFUSED'), 'transient'],
    [of(0, '', 'PROTOCOL_CONNECTION_LOST'), 'transient'],
    [of(1205), 'lock'],
    [of(1213, '40001'), 'lock'],
    [of(1044, '42000'), 'permanent'],
    [of(1045, '28000'), 'permanent'],
    [of(1146, '42S02'), 'permanent'],
    [of(1064, '42000'), 'permanent'],
    [of(3819, '23000'), 'permanent'],
    [of(3024, 'HY000'), 'unknown'],
    [of(1969, '70100'), 'unknown'],
    [of(1105, 'HY000'), 'unknown'],
  ])('%o is %s', (problem, wanted) => expect(classifyMysql(problem)).toBe(wanted));
  it('are printed as the Go driver prints them', () => {
    expect(printProblem({ ...of(1146, '42S02'), message: "Table 'x.y' doesn't exist" })).toBe(
      "Error 1146 (42S02): Table 'x.y' doesn't exist",
    );
    expect(printProblem({ ...of(0, '', 'ECONNREFUSED'), message: '' })).toBe('ECONNREFUSED');
  });
});

describe('isTransactional', () => {
  it.each([
    'INSERT INTO a VALUES (1)',
    '-- x\n# y\n/* z */ update a set b = 1;',
    '(SELECT 1) UNION (SELECT 2)',
    'WITH c AS (SELECT 1) SELECT 1',
    'SET @a = 1',
    '/*!40101 SET NAMES utf8 */',
    'DO SLEEP(1)',
  ])('holds for %s', (sql) => {
    expect(isTransactional(sql)).toBe(true);
  });
  it.each([
    'CREATE TABLE a (id int)',
    'ALTER TABLE a ADD b int',
    'TRUNCATE a',
    'SET autocommit = 1',
    'SET @a = 1, @@autocommit = 0',
    "SET PASSWORD = 'x'",
    'COMMIT',
    'CALL p()',
    '/*!50001 CREATE VIEW v AS SELECT 1 */',
    'LOCK TABLES a WRITE',
    'updates',
  ])('does not hold for %s', (sql) => {
    expect(isTransactional(sql)).toBe(false);
  });
  it('looks for a semicolon that is not the last sign', () => {
    expect(mayBeSeveral('SELECT 1;\n')).toBe(false);
    expect(mayBeSeveral('SELECT 1; SELECT 2')).toBe(true);
    expect(mayBeSeveral("SELECT ';'")).toBe(true);
  });
});

describe('names and texts', () => {
  it('of locks fit in 64 characters, one for each database', () => {
    expect(targetLockName('shop')).toBe('flotilla/shop');
    expect(targetLockName('')).toBe('flotilla/*');
    const [a, b] = [targetLockName(`${'x'.repeat(63)}a`), targetLockName(`${'x'.repeat(63)}b`)];
    expect(a.length).toBeLessThanOrEqual(64);
    expect(a).not.toBe(b);
  });
  it('mean the same whether or not a backslash escapes', () => {
    expect(quoteText("it's")).toBe("'it''s'");
    expect(quoteText('a\\')).toBe('_utf8mb4 0x615c');
  });
});

describe('readAddress', () => {
  const read = (url: string) =>
    readAddress(parseDatabaseUrl(url), 'flotilla x', { connectTimeoutMs: 1000, keepaliveMs: 0 });
  it('reads hosts, sockets, users and what is no parameter of the driver', () => {
    expect(read('mysql://u:p%40ss@db:3307/shop?parseTime=true&sql_mode=%27ANSI%27').options).toMatchObject({
      host: 'db',
      port: 3307,
      user: 'u',
      password: 'p@ss',
      connectTimeout: 1000,
      connectAttributes: { program_name: 'flotilla x' },
    });
    expect(read('mysql://u@db/shop?parseTime=true&sql_mode=%27ANSI%27').settings).toEqual(["SET sql_mode = 'ANSI'"]);
    expect(read('maria+unix:///run/m.sock?database=shop').options).toMatchObject({ socketPath: '/run/m.sock' });
    expect(read('mariadb://db/').options).toMatchObject({ host: 'db', port: 3306 });
  });
  it.each([
    ['', undefined],
    ['?tls=false', undefined],
    ['?tls=true', { rejectUnauthorized: true, verifyIdentity: true }],
    ['?tls=skip-verify', { rejectUnauthorized: false }],
    ['?tls=preferred', { rejectUnauthorized: false }],
    ['?ssl-mode=VERIFY_CA', { rejectUnauthorized: true }],
  ])('reads the TLS of %s', (query, ssl) => expect(read(`mysql://db/x${query}`).options.ssl).toEqual(ssl));
  it('shares sessions of one user on one server, and of no other', () => {
    expect(read('mysql://u:p@db/a').key).toBe(read('mysql://u:p@db:3306/b?sql_mode=1').key);
    for (const other of [
      'mysql://u:q@db/a',
      'mysql://v:p@db/a',
      'mysql://u:p@db2/a',
      'mysql://u:p@db/',
      'mysql://u:p@db/a?tls=true',
    ]) {
      expect(read(other).key).not.toBe(read('mysql://u:p@db/a').key);
    }
  });
  it('refuses what would be more than a value, and unknown TLS', () => {
    expect(() => read('mysql://u:s3cret@db/a?x=1;DROP+TABLE+a')).toThrow('not a plain value');
    expect(() => read('mysql://u:s3cret@db/a?x%20y=1')).toThrow('not the name of a system variable');
    expect(() => read('mysql://u:s3cret@db/a?tls=maybe')).toThrow(/expected tls=true/);
    expect(() => read('mysql://db/a?ssl-ca=/nowhere/ca.pem')).toThrow('cannot be read');
  });
});
