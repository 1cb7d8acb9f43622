import type { StatementCase } from './statement-case.ts';

const TABLE =
  'CREATE TABLE a (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, n int, s varchar(20)); INSERT INTO a (n) VALUES (1), (2);';
const PARTS =
  'CREATE TABLE p (id int NOT NULL PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20)); INSERT INTO p VALUES (1), (11);';

/** Statements of every kind that MariaDB commits by itself, and DML between them. */
export const STATEMENTS: readonly StatementCase[] = [
  { kind: 'CREATE TABLE', statement: 'CREATE TABLE b (id int)' },
  { kind: 'CREATE TABLE AS', before: TABLE, statement: 'CREATE TABLE b AS SELECT * FROM a' },
  { kind: 'CREATE TABLE LIKE', before: TABLE, statement: 'CREATE TABLE b LIKE a' },
  { kind: 'ALTER TABLE ADD COLUMN', before: TABLE, statement: 'ALTER TABLE a ADD COLUMN c int' },
  {
    kind: 'ALTER TABLE ADD COLUMN twice the same',
    before: TABLE,
    statement: 'ALTER TABLE `a` ADD COLUMN IF NOT EXISTS n int',
  },
  { kind: 'ALTER TABLE DROP COLUMN', before: TABLE, statement: 'ALTER TABLE a DROP COLUMN s' },
  { kind: 'ALTER TABLE MODIFY', before: TABLE, statement: 'ALTER TABLE a MODIFY n bigint NOT NULL DEFAULT 7' },
  { kind: 'ALTER TABLE RENAME COLUMN', before: TABLE, statement: 'ALTER TABLE a RENAME COLUMN n TO m' },
  { kind: 'ALTER TABLE ADD INDEX', before: TABLE, statement: 'ALTER TABLE a ADD INDEX i (n)' },
  { kind: 'ALTER TABLE RENAME', before: TABLE, statement: 'ALTER TABLE a RENAME TO z' },
  { kind: 'ALTER TABLE FORCE', before: TABLE, statement: 'ALTER TABLE a FORCE' },
  { kind: 'CREATE INDEX', before: TABLE, statement: 'CREATE UNIQUE INDEX i ON a (n)' },
  { kind: 'DROP INDEX', before: `${TABLE} CREATE INDEX i ON a (n);`, statement: 'DROP INDEX i ON a' },
  { kind: 'DROP TABLE', before: TABLE, statement: 'DROP TABLE a' },
  { kind: 'DROP TABLE, several', before: `${TABLE} CREATE TABLE b (id int);`, statement: 'DROP TABLE a, b' },
  { kind: 'RENAME TABLE', before: TABLE, statement: 'RENAME TABLE a TO z' },
  {
    kind: 'RENAME TABLE, two change places',
    before: `${TABLE} CREATE TABLE b LIKE a;`,
    statement: 'RENAME TABLE a TO t, b TO a, t TO b',
    needsProcess: true,
  },
  { kind: 'TRUNCATE', before: TABLE, statement: 'TRUNCATE TABLE a', needsProcess: true },
  { kind: 'TRUNCATE of an empty table', before: 'CREATE TABLE e (id int);', statement: 'TRUNCATE e' },
  { kind: 'CREATE VIEW', before: TABLE, statement: 'CREATE VIEW v AS SELECT id FROM a' },
  {
    kind: 'CREATE OR REPLACE VIEW',
    before: `${TABLE} CREATE VIEW v AS SELECT id FROM a;`,
    statement: 'CREATE OR REPLACE VIEW v AS SELECT n FROM a',
  },
  { kind: 'DROP VIEW', before: `${TABLE} CREATE VIEW v AS SELECT id FROM a;`, statement: 'DROP VIEW v' },
  { kind: 'CREATE PROCEDURE', statement: 'CREATE PROCEDURE f(IN x int) BEGIN SELECT x; END' },
  { kind: 'DROP PROCEDURE', before: 'CREATE PROCEDURE f() SELECT 1;', statement: 'DROP PROCEDURE f' },
  { kind: 'CREATE FUNCTION', statement: 'CREATE FUNCTION f(x int) RETURNS int DETERMINISTIC RETURN x + 1' },
  {
    kind: 'CREATE TRIGGER',
    before: TABLE,
    statement: 'CREATE TRIGGER g BEFORE INSERT ON a FOR EACH ROW SET NEW.n = 1',
  },
  {
    kind: 'DROP TRIGGER',
    before: `${TABLE} CREATE TRIGGER g BEFORE INSERT ON a FOR EACH ROW SET NEW.n = 1;`,
    statement: 'DROP TRIGGER g',
  },
  { kind: 'CREATE SEQUENCE', statement: 'CREATE SEQUENCE q START WITH 5' },
  {
    kind: 'ADD PARTITION',
    before: PARTS,
    statement: 'ALTER TABLE p ADD PARTITION (PARTITION p2 VALUES LESS THAN (30))',
  },
  { kind: 'DROP PARTITION', before: PARTS, statement: 'ALTER TABLE p DROP PARTITION p0' },
  { kind: 'TRUNCATE PARTITION', before: PARTS, statement: 'ALTER TABLE p TRUNCATE PARTITION p0', needsProcess: true },
  {
    kind: 'EXCHANGE PARTITION',
    before: `${PARTS} CREATE TABLE x (id int NOT NULL PRIMARY KEY); INSERT INTO x VALUES (2);`,
    statement: 'ALTER TABLE p EXCHANGE PARTITION p0 WITH TABLE x',
    needsProcess: true,
  },
  { kind: 'INSERT', before: TABLE, statement: "INSERT INTO a VALUES (7, 3, 'x')" },
  { kind: 'UPDATE', before: TABLE, statement: 'UPDATE a SET n = n + 1' },
  { kind: 'ANALYZE', before: TABLE, statement: 'ANALYZE TABLE a' },
];
