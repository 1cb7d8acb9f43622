/**
 * What a statement locks while it runs: a note for `rollout plan`, from the first words of the statement. Rules of the servers' documentation:
 * PostgreSQL 17 "Explicit Locking" and the page of each command; MySQL 8.4 "Online DDL Operations"; MariaDB 10.11 "ALTER TABLE"; SQLite "File Locking".
 * Where a server decides by the state of the table (a rewrite or not), the note says "may".
 */
import type { DialectName } from '../../engine/index.ts';

interface LockRule {
  readonly matches: RegExp;
  /** Where this is found too, the rule does not hold. */
  readonly unless?: RegExp;
  readonly note: string;
}

const POSTGRES: readonly LockRule[] = [
  { matches: /^create (unique )?index concurrently\b/, note: '' },
  {
    matches: /^create (unique )?index\b/,
    note: 'SHARE lock: writers of the table wait until the index is built; CONCURRENTLY does not stop them',
  },
  { matches: /^drop index concurrently\b/, note: '' },
  {
    matches: /^drop (table|index|view|materialized view|sequence|type|schema)\b/,
    note: 'ACCESS EXCLUSIVE lock: readers and writers wait',
  },
  { matches: /^truncate\b/, note: 'ACCESS EXCLUSIVE lock: readers and writers wait' },
  { matches: /^reindex\b.* concurrently\b/, note: '' },
  {
    matches: /^reindex\b/,
    note: 'locks the table against writers, and the index against readers, while it is rebuilt',
  },
  { matches: /^(vacuum full|cluster)\b/, note: 'ACCESS EXCLUSIVE lock while the whole table is rewritten' },
  { matches: /^refresh materialized view concurrently\b/, note: '' },
  { matches: /^refresh materialized view\b/, note: 'ACCESS EXCLUSIVE lock: readers of the view wait' },
  { matches: /^alter table\b.*\bvalidate constraint\b/, note: '' },
  {
    matches: /^alter table\b.*\badd (constraint \S+ )?foreign key\b/,
    unless: /\bnot valid\b/,
    note: 'SHARE ROW EXCLUSIVE lock on both tables while all rows are checked; NOT VALID and a later VALIDATE do not stop writers',
  },
  {
    matches: /^alter table\b.*\b(alter|alter column) \S+ (set data )?type\b/,
    note: 'ACCESS EXCLUSIVE lock, and the table may be rewritten: readers and writers wait',
  },
  {
    matches: /^alter table\b.*\bset not null\b/,
    note: 'ACCESS EXCLUSIVE lock while all rows are checked: readers and writers wait',
  },
  {
    matches: /^alter table\b.*\badd (constraint \S+ )?(check|unique|primary key|exclude)\b/,
    unless: /\bnot valid\b/,
    note: 'ACCESS EXCLUSIVE lock while all rows are checked: readers and writers wait',
  },
  {
    matches: /^alter table\b/,
    note: 'ACCESS EXCLUSIVE lock: readers and writers wait, for a moment if the table is not rewritten',
  },
  { matches: /^create trigger\b/, note: 'SHARE ROW EXCLUSIVE lock: writers of the table wait' },
  { matches: /^lock table\b/, note: 'locks the table until the end of the transaction' },
];

const MYSQL: readonly LockRule[] = [
  { matches: /\balgorithm\s*=?\s*instant\b/, note: '' },
  {
    matches: /^alter table\b.*\b(modify|change)\b/,
    note: 'the table may be copied (a changed type always is): writers wait meanwhile',
  },
  { matches: /^alter table\b.*\b(drop|add) primary key\b/, note: 'the table is rebuilt: writers may wait meanwhile' },
  {
    matches: /^alter table\b.*\b(convert to|character set|row_format|engine\s*=|force)\b/,
    note: 'the table is copied or rebuilt: writers may wait meanwhile',
  },
  { matches: /^alter table\b.*\badd (fulltext|spatial)\b/, note: 'SHARED lock: writers wait while the index is built' },
  {
    matches: /^alter table\b.*\badd (constraint \S+ )?foreign key\b/,
    note: 'the table is copied while foreign_key_checks is on: writers wait',
  },
  { matches: /^create (fulltext|spatial) index\b/, note: 'SHARED lock: writers wait while the index is built' },
  {
    matches: /^(alter table|create (unique )?index|drop index|drop table|truncate|rename table)\b/,
    note: 'metadata lock: waits for open transactions on the table, and all later ones wait for it',
  },
  { matches: /^optimize table\b/, note: 'the table is rebuilt' },
  { matches: /^lock tables\b/, note: 'locks the tables until UNLOCK TABLES' },
];

const SQLITE: readonly LockRule[] = [
  { matches: /^vacuum\b/, note: 'rewrites the whole file: nobody else may write meanwhile' },
  {
    matches: /^(create (unique )?index|reindex)\b/,
    note: 'locks the whole file against writers while the index is built',
  },
  { matches: /^(alter|drop) \w+/, note: 'locks the whole file against writers' },
];

const RULES: Readonly<Record<DialectName, readonly LockRule[]>> = {
  postgres: POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
  sqlite: SQLITE,
};

/** What the statement stops while it runs; undefined where it stops nobody for long. */
export function lockNote(dialect: DialectName, sql: string): string | undefined {
  const text = normalize(sql);
  const rule = RULES[dialect].find((one) => one.matches.test(text) && !(one.unless?.test(text) ?? false));
  return rule === undefined || rule.note === '' ? undefined : rule.note;
}

/** One line, lower case, without comments and literals, so that a word in a default value is not taken for a clause. */
const normalize = (sql: string): string =>
  sql
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/--[^\n]*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
