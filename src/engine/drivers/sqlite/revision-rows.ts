import { readRevision as readValues, textOf } from '../../run/read-revision.ts';
import type { Revision } from '../../run/types.ts';
import type { SqlValue, Step } from './worker-protocol.ts';

/** In the order of the table (atlas-config-cli.md 4.5). */
const COLUMNS = [
  ['version', 'text NOT NULL'],
  ['description', 'text NOT NULL'],
  ['type', 'integer NOT NULL DEFAULT 2'],
  ['applied', 'integer NOT NULL DEFAULT 0'],
  ['total', 'integer NOT NULL DEFAULT 0'],
  ['executed_at', 'datetime NOT NULL'],
  ['execution_time', 'integer NOT NULL'],
  ['error', 'text NULL'],
  ['error_stmt', 'text NULL'],
  ['hash', 'text NOT NULL'],
  ['partial_hashes', 'json NULL'],
  ['operator_version', 'text NOT NULL'],
] as const;

/** Never changed once a row is there. */
const KEPT = new Set(['version', 'description', 'executed_at']);
const NAMES = COLUMNS.map(([name]) => `\`${name}\``);

export const CREATE_REVISIONS = `CREATE TABLE IF NOT EXISTS \`atlas_schema_revisions\` (${COLUMNS.map(([name, type]) => `\`${name}\` ${type}`).join(', ')}, PRIMARY KEY (\`version\`))`;
export const SELECT_REVISIONS = `SELECT ${NAMES.join(', ')} FROM \`atlas_schema_revisions\` ORDER BY \`version\``;
export const SELECT_COLUMNS = "SELECT name FROM pragma_table_info('atlas_schema_revisions')";
/** For a table that lacks columns. */
export const selectPresent = (present: readonly string[]): string =>
  `SELECT ${COLUMNS.map(([name]) => (present.includes(name) ? `\`${name}\`` : 'NULL')).join(', ')} FROM \`atlas_schema_revisions\` ORDER BY \`version\``;
const UPSERT = `INSERT INTO \`atlas_schema_revisions\` (${NAMES.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')}) ON CONFLICT (\`version\`) DO UPDATE SET ${COLUMNS.filter(
  ([name]) => !KEPT.has(name),
)
  .map(([name]) => `\`${name}\` = excluded.\`${name}\``)
  .join(', ')}`;

/** A table of an older Atlas lacks columns: as Atlas does, they are added, with a default where one is needed. */
export const addMissingColumns = (present: readonly string[]): readonly string[] =>
  COLUMNS.filter(([name]) => !present.includes(name)).map(([name, type]) => {
    const withDefault = /NOT NULL$/.test(type) ? `${type} DEFAULT ''` : type;
    return `ALTER TABLE \`atlas_schema_revisions\` ADD COLUMN \`${name}\` ${withDefault}`;
  });

export const writeRevision = (row: Revision): Step => ({
  kind: 'write',
  sql: UPSERT,
  args: [
    row.version,
    row.description,
    row.type,
    row.applied,
    row.total,
    formatTime(row.executedAt),
    row.executionTime,
    row.error,
    row.errorStmt,
    row.hash,
    JSON.stringify(row.partialHashes),
    row.operatorVersion,
  ],
});

export const removeRevision = (version: string): Step => ({
  kind: 'write',
  sql: 'DELETE FROM `atlas_schema_revisions` WHERE `version` = ?',
  args: [version],
});

/** A row of SELECT_REVISIONS. */
export const readRevision = (values: readonly SqlValue[]): Revision => readValues(values, parseTime);

/** As the Go driver writes a time: `2006-01-02 15:04:05.999-07:00`, trailing zeros left out. */
const formatTime = (at: Date): string => {
  const iso = at.toISOString();
  const fraction = iso.slice(20, 23).replace(/0+$/, '');
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction === '' ? '' : `.${fraction}`}+00:00`;
};

/** What the Go driver reads from a `datetime` column: a text with or without a zone (then UTC), or seconds since the epoch. */
const parseTime = (value: unknown): Date => {
  if (typeof value === 'bigint') return new Date(Number(value) * (value > 100_000_000_000n ? 1 : 1000));
  const parts = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)(\.\d{1,3})?\d*\s*(Z|[+-]\d{2}:\d{2})?/.exec(
    textOf(value),
  );
  if (parts === null) return new Date(0);
  return new Date(`${parts[1]}T${parts[2]}${parts[3] ?? ''}${parts[4] ?? 'Z'}`);
};
