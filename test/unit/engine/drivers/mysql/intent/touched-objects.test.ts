import { describe, expect, it } from 'vitest';
import { touchedObjects } from '../../../../../../src/engine/drivers/mysql/intent/touched-objects.ts';

/** `table a, view db.v`, behind the kind of proof. */
const touched = (statement: string): string => {
  const found = touchedObjects(statement);
  if (found.proof === 'definition' || found.proof === 'storage') {
    const names = found.objects.map(
      ({ kind, database, name }) => `${kind} ${database === undefined ? '' : `${database}.`}${name}`,
    );
    return `${found.proof}: ${names.join(', ')}`;
  }
  return found.proof;
};

describe('what a statement touches', () => {
  it.each([
    ['CREATE TABLE a (id int)', 'definition: TABLE a'],
    ['create table if not exists `x y`.`a``b` (id int)', 'definition: TABLE x y.a`b'],
    ['/* why */ -- so\nCREATE OR REPLACE TABLE a (id int)', 'definition: TABLE a'],
    ['/*!40101 CREATE TABLE a (id int) */', 'definition: TABLE a'],
    ['CREATE TEMPORARY TABLE a (id int)', 'repeatable'],
    ['ALTER TABLE db.a ADD COLUMN c int', 'definition: TABLE db.a'],
    ['ALTER ONLINE TABLE IF EXISTS a DROP c', 'definition: TABLE a'],
    ['ALTER TABLE a RENAME COLUMN b TO c, RENAME z', 'definition: TABLE a, TABLE z'],
    ['ALTER TABLE a RENAME INDEX b TO c', 'definition: TABLE a'],
    ["ALTER TABLE a COMMENT 'RENAME TO b'", 'definition: TABLE a'],
    ['ALTER TABLE a TRUNCATE PARTITION p0', 'storage: TABLE a'],
    ['ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b', 'storage: TABLE a, TABLE b'],
    ['ALTER TABLE a DISCARD TABLESPACE', 'none'],
    ['CREATE UNIQUE INDEX i USING BTREE ON a (b)', 'definition: TABLE a'],
    ['DROP INDEX i ON db.a', 'definition: TABLE db.a'],
    ['DROP TABLE a, db.b CASCADE', 'definition: TABLE a, TABLE db.b'],
    ['DROP TABLE IF EXISTS a', 'repeatable'],
    ['RENAME TABLE a TO b, c TO d', 'definition: TABLE a, TABLE b, TABLE c, TABLE d'],
    ['RENAME TABLE a TO t, b TO a, t TO b', 'storage: TABLE a, TABLE t, TABLE b, TABLE a, TABLE t, TABLE b'],
    ['RENAME USER a TO b', 'none'],
    ['TRUNCATE a', 'storage: TABLE a'],
    ['CREATE DEFINER=`trigger`@`%` TRIGGER g BEFORE INSERT ON a FOR EACH ROW SET @event = 1', 'definition: TRIGGER g'],
    ['CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW v AS SELECT 1', 'definition: VIEW v'],
    ['CREATE PROCEDURE f() BEGIN DROP TABLE a; END', 'definition: PROCEDURE f'],
    ['CREATE AGGREGATE FUNCTION f(x int) RETURNS int RETURN 1', 'definition: FUNCTION f'],
    ['ALTER EVENT e RENAME TO z', 'definition: EVENT e, EVENT z'],
    ['ALTER SEQUENCE q RESTART 1', 'none'],
    ['ALTER DATABASE d CHARACTER SET utf8mb4', 'definition: DATABASE d'],
    ['GRANT SELECT ON a.* TO b', 'repeatable'],
    ['CREATE USER a', 'none'],
    ['CALL f()', 'none'],
    ['DROP TABLE "a"', 'none'],
  ])('%s', (statement, wanted) => {
    expect(touched(statement)).toBe(wanted);
  });
});
