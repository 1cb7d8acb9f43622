import { describe, expect, it } from 'vitest';
import { parseSqliteDsn } from '../../../../../src/engine/drivers/sqlite/sqlite-dsn.ts';

const parse = (url: string) => {
  const dsn = parseSqliteDsn(url, '/base');
  if ('problem' in dsn) throw new Error(dsn.problem);
  return dsn;
};

describe('parseSqliteDsn', () => {
  it.each([
    ['sqlite://shop.db', '/base/shop.db', 'file:/base/shop.db'],
    ['sqlite3://data/shop.db', '/base/data/shop.db', 'file:/base/data/shop.db'],
    ['sqlite:///var/shop.db?_fk=1', '/var/shop.db', 'file:/var/shop.db'],
    ['sqlite://file:shop.db?mode=ro&_fk=1', '/base/shop.db', 'file:/base/shop.db?mode=ro'],
    ['sqlite://file:///var/shop.db?cache=shared', '/var/shop.db', 'file:/var/shop.db?cache=shared'],
    ['file:a%20b.db', '/base/a b.db', 'file:/base/a%20b.db'],
    ['sqlite://50%25#1.db', '/base/50%25#1.db', 'file:/base/50%2525%231.db'],
  ])('%s is the file %s', (url, file, uri) => {
    expect(parse(url)).toMatchObject({ file, uri });
  });

  it('keeps nothing on disk with mode=memory', () => {
    const dsn = parse('sqlite://dev?mode=memory');
    expect(dsn.file).toBeUndefined();
    expect(dsn.text).toBe('file:dev?mode=memory');
  });

  it('reads the parameters of the Go driver by both of their names', () => {
    expect(parse('sqlite://a.db?_fk=true&_timeout=750&_journal=WAL').foreignKeys).toBe(true);
    expect(parse('sqlite://a.db?_foreign_keys=0').foreignKeys).toBe(false);
    expect(parse('sqlite://a.db?_busy_timeout=750').busyTimeoutMs).toBe(750);
    expect(parse('sqlite://a.db?_journal=WAL&_sync=1').pragmas).toEqual([
      'PRAGMA journal_mode = WAL',
      'PRAGMA synchronous = 1',
    ]);
  });

  it('refuses a value that would end the pragma', () => {
    expect(parseSqliteDsn('sqlite://a.db?_journal=WAL;DROP', '/')).toHaveProperty('problem');
    expect(parseSqliteDsn('sqlite://', '/')).toHaveProperty('problem');
  });
});
