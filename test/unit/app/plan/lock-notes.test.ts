import { describe, expect, it } from 'vitest';
import { lockNote } from '../../../../src/app/plan/lock-notes.ts';

describe('lock notes', () => {
  it.each([
    ['ALTER TABLE t ADD COLUMN c int', /ACCESS EXCLUSIVE/],
    ['-- add a column\nALTER TABLE t\n  ADD COLUMN c int', /ACCESS EXCLUSIVE/],
    ['alter table t alter column c type bigint', /rewritten/],
    ['ALTER TABLE t ALTER c SET NOT NULL', /all rows are checked/],
    ['ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES b', /SHARE ROW EXCLUSIVE/],
    ['CREATE INDEX i ON t (c)', /^SHARE lock/],
    ['CREATE UNIQUE INDEX i ON t (c)', /^SHARE lock/],
    ['DROP TABLE t', /ACCESS EXCLUSIVE/],
    ['TRUNCATE t', /ACCESS EXCLUSIVE/],
  ])('Postgres: %s', (sql, note) => {
    expect(lockNote('postgres', sql)).toMatch(note);
  });

  it.each([
    'CREATE INDEX CONCURRENTLY i ON t (c)',
    'CREATE TABLE t (id int)',
    'INSERT INTO t VALUES (1)',
    "INSERT INTO t VALUES ('ALTER TABLE t')",
    'ALTER TABLE t VALIDATE CONSTRAINT f',
    'DROP INDEX CONCURRENTLY i',
  ])('Postgres lets others go on: %s', (sql) => {
    expect(lockNote('postgres', sql)).toBeUndefined();
  });

  it('Postgres: NOT VALID needs a short lock only', () => {
    expect(lockNote('postgres', 'ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES b NOT VALID')).toMatch(/for a moment/);
  });

  it('MySQL: tells a copy from a metadata lock', () => {
    expect(lockNote('mysql', 'ALTER TABLE t MODIFY COLUMN c bigint')).toMatch(/copied/);
    expect(lockNote('mariadb', 'ALTER TABLE t ADD COLUMN c int')).toMatch(/metadata lock/);
    expect(lockNote('mysql', 'ALTER TABLE t ADD COLUMN c int, ALGORITHM=INSTANT')).toBeUndefined();
    expect(lockNote('mysql', 'UPDATE t SET c = 1')).toBeUndefined();
  });

  it('SQLite: the whole file', () => {
    expect(lockNote('sqlite', 'CREATE INDEX i ON t (c)')).toMatch(/whole file/);
    expect(lockNote('sqlite', 'CREATE TABLE t (c)')).toBeUndefined();
  });
});
