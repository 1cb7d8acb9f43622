import { createHash } from 'node:crypto';
import { readRevision } from '../../run/read-revision.ts';
import type { Revision } from '../../run/types.ts';
import { quoteId, quoteText } from './quote.ts';

export const REVISIONS = 'atlas_schema_revisions';

/** The table's columns in order (atlas-config-cli.md 4.5). */
const DEFINITIONS = {
  version: 'character varying NOT NULL',
  description: 'character varying NOT NULL',
  type: 'bigint NOT NULL DEFAULT 2',
  applied: 'bigint NOT NULL DEFAULT 0',
  total: 'bigint NOT NULL DEFAULT 0',
  executed_at: 'timestamptz NOT NULL',
  execution_time: 'bigint NOT NULL',
  error: 'text NULL',
  error_stmt: 'text NULL',
  hash: 'character varying NOT NULL',
  partial_hashes: 'jsonb NULL',
  operator_version: 'character varying NOT NULL',
} as const;
type Column = keyof typeof DEFINITIONS;
/** All that a table of today has. */
export const COLUMNS = Object.keys(DEFINITIONS) as readonly Column[]; // the keys of a literal

/** What a column that an older Atlas did not make gets in the rows that are there: NOT NULL needs a value. */
const FILL: Readonly<Partial<Record<Column, string>>> = {
  description: "''",
  executed_at: 'now()',
  execution_time: '0',
  hash: "''",
  operator_version: "''",
};
/** Never changed once a row is there. */
const KEPT: readonly Column[] = ['version', 'description', 'executed_at'];

/** The quoted name, always with its schema: poolers forget search_path (issue #2509 of Atlas). */
export const revisionsTable = (schema: string): string => `${quoteId(schema)}.${REVISIONS}`;

export const createTable = (schema: string): string =>
  `CREATE TABLE ${revisionsTable(schema)} (${Object.entries(DEFINITIONS)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')}, PRIMARY KEY (version))`;

/** Added as Atlas does; a default that is only there for old rows is dropped again. */
export const addColumns = (schema: string, present: readonly string[]): readonly string[] =>
  COLUMNS.filter((name) => !present.includes(name)).flatMap((name) => {
    const fill = FILL[name];
    const table = revisionsTable(schema);
    const add = `ALTER TABLE ${table} ADD COLUMN ${name} ${DEFINITIONS[name]}`;
    return fill === undefined
      ? [add]
      : [`${add} DEFAULT ${fill}`, `ALTER TABLE ${table} ALTER COLUMN ${name} DROP DEFAULT`];
  });

export const hasAllColumns = (present: readonly string[]): boolean => COLUMNS.every((name) => present.includes(name));

const NANOSECONDS_PER_MS = 1e6;

/** As milliseconds of the epoch: the text of a timestamp depends on DateStyle. */
const EXECUTED_AT = '(extract(epoch FROM executed_at) * 1000)::bigint';

/** All rows. A column that the table lacks comes as NULL. */
export const selectRows = (schema: string, present: readonly string[] = COLUMNS): string => {
  const items = COLUMNS.map((name) => {
    if (!present.includes(name)) return 'NULL';
    return name === 'executed_at' ? EXECUTED_AT : name;
  });
  return `SELECT ${items.join(', ')} FROM ${revisionsTable(schema)} ORDER BY version`;
};

/** A condition: these rows are there, as far as it matters to what is pending, and no others. The text is made once for an array. */
export function hasRows(schema: string, rows: readonly Revision[]): string {
  const known = digests.get(rows) ?? digestOf(rows);
  digests.set(rows, known);
  return `(SELECT sha256(convert_to(coalesce(string_agg(concat_ws(' ', version, type, applied, total), E'\\n' ORDER BY version COLLATE "C"), ''), 'UTF8')) = '\\x${known}' FROM ${revisionsTable(schema)})`;
}

const digests = new WeakMap<readonly Revision[], string>();

function digestOf(rows: readonly Revision[]): string {
  const ordered = rows.toSorted((a, b) => Buffer.compare(Buffer.from(a.version), Buffer.from(b.version)));
  const lines = ordered.map(({ version, type, applied, total }) => `${version} ${type} ${applied} ${total}`);
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** A row of `selectRows`, as the server's texts. */
export const readRow = (values: readonly (string | null)[]): Revision =>
  readRevision(values, (ms) => new Date(Number(ms ?? '')));

/**
 * Nanoseconds since the transaction began, less what had passed by then by our own clock; in floats, which cost less than numeric. The two clocks
 * differ by the way to the server and back: a statement that is quicker than that may come out as less than nothing, and has run all the same.
 */
export const measuredSince = (passedMs: number): string =>
  `greatest(1, date_part('epoch', clock_timestamp() - now()) * 1e9 - ${Math.round(passedMs * NANOSECONDS_PER_MS)})::bigint`;

/** @param executionTime SQL, where the server is to measure */
export function insertRow(schema: string, row: Revision, executionTime: string = String(row.executionTime)): string {
  const values: Readonly<Record<Column, string>> = {
    version: quoteText(row.version),
    description: quoteText(row.description),
    type: String(row.type),
    applied: String(row.applied),
    total: String(row.total),
    executed_at: `'${row.executedAt.toISOString()}'`,
    execution_time: executionTime,
    error: quoteText(row.error),
    error_stmt: quoteText(row.errorStmt),
    hash: quoteText(row.hash),
    partial_hashes: quoteText(JSON.stringify(row.partialHashes)),
    operator_version: quoteText(row.operatorVersion),
  };
  return `INSERT INTO ${revisionsTable(schema)} (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map((name) => values[name]).join(', ')})`;
}

const UPDATES = COLUMNS.filter((name) => !KEPT.includes(name)).map((name) => `${name} = EXCLUDED.${name}`);

/** Inserts a row, or updates all of it but version, description and executed_at. */
export const upsertRow = (...row: Parameters<typeof insertRow>): string =>
  `${insertRow(...row)} ON CONFLICT (version) DO UPDATE SET ${UPDATES.join(', ')}`;

export const deleteRows = (schema: string, versions: readonly string[]): string =>
  `DELETE FROM ${revisionsTable(schema)} WHERE version IN (${versions.map(quoteText).join(', ')})`;
