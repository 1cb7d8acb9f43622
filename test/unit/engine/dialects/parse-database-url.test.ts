import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../../src/engine/dialects/parse-database-url.ts';
import { AppError } from '../../../../src/shared/errors.ts';

const SECRET = 'hunter2';
const place = (text: string) => {
  const { dialect, host, database, schema, redacted } = parseDatabaseUrl(text);
  return { dialect, host, database, schema, redacted };
};

describe('parseDatabaseUrl', () => {
  it('reads a Postgres URL with search_path', () => {
    expect(place('postgres://app:hunter2@DB-3:6432/shop?search_path=acme&sslmode=disable')).toEqual({
      dialect: 'postgres',
      host: 'db-3:6432',
      database: 'shop',
      schema: 'acme',
      redacted: 'postgres://app@db-3:6432/shop?search_path=acme&sslmode=disable',
    });
  });

  it('reads Postgres without port, with IPv6, and with a socket folder', () => {
    expect(place('postgresql://u@db/x').host).toBe('db:5432');
    expect(place('postgres://u@[::1]:5433/x').host).toBe('[::1]:5433');
    expect(place('postgres:///x?host=/run/postgresql').host).toBe('/run/postgresql/.s.PGSQL.5432');
  });

  it('unquotes a schema that is quoted in search_path', () => {
    expect(place('postgres://u@h/x?search_path=%22My%20Schema%22').schema).toBe('My Schema');
  });

  it('reads MySQL and MariaDB, on the network and by socket', () => {
    expect(place('mysql://root:p@h/shop')).toMatchObject({
      dialect: 'mysql',
      host: 'h:3306',
      database: 'shop',
      schema: 'shop',
    });
    expect(place('maria://root@h:3307')).toMatchObject({
      dialect: 'mariadb',
      host: 'h:3307',
      database: '',
      schema: '',
    });
    expect(place('mariadb+unix://root:p@/run/my.sock?database=shop')).toMatchObject({
      dialect: 'mariadb',
      host: '/run/my.sock',
      database: 'shop',
    });
  });

  it('takes what stands behind sqlite:// as the file', () => {
    expect(place('sqlite://data/shop.db?_fk=1')).toEqual({
      dialect: 'sqlite',
      host: 'data',
      database: 'data/shop.db',
      schema: 'main',
      redacted: 'sqlite://data/shop.db?_fk=1',
    });
    expect(place('sqlite3:///abs/shop.db').host).toBe('/abs');
    expect(place('sqlite://file?mode=memory').host).toBe('.');
  });

  it.each([
    ['in the user info', `postgres://u:${SECRET}@h/x`],
    ['in the user info, encoded', 'postgres://u:%68unter2@h/x'],
    ['in a parameter', `postgres://u@h/x?sslmode=disable&password=${SECRET}`],
    ['in a parameter with an encoded name', `postgres://u@h/x?%70assword=${SECRET}`],
    ['in a parameter in capitals', `postgres://u@h/x?PassWord=${SECRET}`],
    ['in sslpassword', `postgres://u@h/x?sslpassword=${SECRET}`],
    ['in passfile', `postgres://u@h/x?passfile=/${SECRET}`],
    ['of MySQL', `mysql://u:${SECRET}@h/x`],
    ['of a socket', `maria+unix://u:${SECRET}@/s.sock?database=x`],
    ['of SQLite', `sqlite://x.db?_auth_user=a&_auth_pass=${SECRET}`],
    ['in a parameter that cannot be decoded', `postgres://u@h/x?%zz=${SECRET}`],
  ])('shows no password that is %s', (_, text) => {
    const url = parseDatabaseUrl(text);
    for (const shown of [
      url.redacted,
      String(url),
      JSON.stringify({ url }),
      inspect(url),
      inspect({ url }, { showHidden: true, depth: 9 }),
    ]) {
      expect(shown).not.toContain(SECRET);
      expect(shown).not.toContain('%68unter2');
    }
    expect(url.reveal()).toBe(text);
  });

  it('is shown the same with another password', () => {
    expect(parseDatabaseUrl('postgres://u:a@h/x').redacted).toBe(parseDatabaseUrl('postgres://u:b@h/x').redacted);
    expect(parseDatabaseUrl('postgres://u:a@h/x').redacted).toBe(
      parseDatabaseUrl('postgres://u@h/x?password=b').redacted,
    );
  });

  it.each([
    ['no scheme', 'hunter2@h/x', /^missing scheme\. See: https:\/\/atlasgo\.io\/url$/],
    ['an unknown scheme', 'libsql://u:hunter2@h', /scheme "libsql" is not supported, expected one of postgres/],
    ['a slash in the password', 'postgres://u:12/hunter2@h/x', /percent-encoded/],
    ['a slash after letters in the password', 'postgres://u:ab/hunter2@h/x', /percent-encoded/],
    ['a question mark in the password', 'postgres://u:12?hunter2@h/x', /percent-encoded/],
    ['a hash in the password', 'postgres://u:12#hunter2@h/x', /"#"/],
    ['a lone percent sign', 'postgres://u:hunter2%@h/x', /%25/],
    ['a host override', 'postgres://u:hunter2@h/x?host=/tmp', /parameter "host"/],
    ['a host override to another machine', 'postgres:///x?host=evil&password=hunter2', /parameter "host"/],
    ['an override in capitals', 'postgres://u:hunter2@h/x?DbName=y', /parameter "DbName"/],
    ['several hosts', 'postgres://u:hunter2@a,b/x', /several hosts/],
  ])('refuses a URL with %s and names no secret', (_, text, message) => {
    let thrown: unknown;
    try {
      parseDatabaseUrl(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(AppError);
    expect(thrown).toMatchObject({ code: 'TARGET_URL_INVALID', message: expect.stringMatching(message) });
    expect(inspect(thrown)).not.toContain(SECRET);
  });
});
