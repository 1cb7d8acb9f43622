import type { StatementCase } from './statement-case.ts';

const TABLE = 'CREATE TABLE a (id int PRIMARY KEY, n int); INSERT INTO a SELECT i, i FROM generate_series(1, 500) i;';
const PARTS =
  'CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p0 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (10) TO (20);';

/** Statements that Postgres runs in no transaction but their own, and ones that share it with their progress. */
export const STATEMENTS: readonly StatementCase[] = [
  {
    kind: 'CREATE INDEX CONCURRENTLY',
    before: TABLE,
    statement: 'CREATE INDEX CONCURRENTLY i ON a (n)',
    isAlone: true,
  },
  {
    kind: 'CREATE INDEX CONCURRENTLY without a name',
    before: TABLE,
    statement: 'CREATE INDEX CONCURRENTLY ON a (n)',
    isAlone: true,
  },
  {
    kind: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS',
    before: TABLE,
    statement: 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY a USING btree (n)',
    isAlone: true,
  },
  {
    kind: 'DROP INDEX CONCURRENTLY',
    before: `${TABLE} CREATE INDEX i ON a (n);`,
    statement: 'DROP INDEX CONCURRENTLY i',
    isAlone: true,
  },
  {
    kind: 'REINDEX CONCURRENTLY',
    before: `${TABLE} CREATE INDEX i ON a (n);`,
    statement: 'REINDEX TABLE CONCURRENTLY a',
    isAlone: true,
  },
  {
    kind: 'DETACH PARTITION CONCURRENTLY',
    before: PARTS,
    statement: 'ALTER TABLE p DETACH PARTITION p0 CONCURRENTLY',
    isAlone: true,
  },
  { kind: 'VACUUM', before: TABLE, statement: 'VACUUM a', isAlone: true },
  { kind: 'ALTER TYPE ADD VALUE', before: "CREATE TYPE t AS ENUM ('x');", statement: "ALTER TYPE t ADD VALUE 'y'" },
  { kind: 'ALTER TABLE', before: TABLE, statement: 'ALTER TABLE a ADD COLUMN c int' },
  { kind: 'INSERT', before: TABLE, statement: 'INSERT INTO a VALUES (1000, 1)' },
];
