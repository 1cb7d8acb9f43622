import { readRevision as readValues, textOf } from '../../run/read-revision.ts';
import type { Revision } from '../../run/types.ts';
import type { MysqlFeatures } from './mysql-features.ts';
import { quoteId, quoteText } from './quote.ts';

export const REVISIONS = 'atlas_schema_revisions';

const NAMES = [
  'version',
  'description',
  'type',
  'applied',
  'total',
  'executed_at',
  'execution_time',
  'error',
  'error_stmt',
  'hash',
  'partial_hashes',
  'operator_version',
] as const;
type Column = (typeof NAMES)[number];

/** Never changed once a row is there. */
const KEPT: readonly Column[] = ['version', 'description', 'executed_at'];

/** The table's columns in order (atlas-config-cli.md 4.5). */
const definitions = (features: MysqlFeatures): Readonly<Record<Column, string>> => ({
  version: `varchar(${features.hasLongIndexKeys ? 255 : 191}) NOT NULL`,
  description: 'varchar(255) NOT NULL',
  type: 'bigint unsigned NOT NULL DEFAULT 2',
  applied: 'bigint NOT NULL DEFAULT 0',
  total: 'bigint NOT NULL DEFAULT 0',
  executed_at: 'timestamp NOT NULL',
  execution_time: 'bigint NOT NULL',
  error: 'longtext NULL',
  error_stmt: 'longtext NULL',
  hash: 'varchar(255) NOT NULL',
  partial_hashes: features.hasJson ? 'json NULL' : 'longblob NULL',
  operator_version: 'varchar(255) NOT NULL',
});

/** `table`: quoted, with its database where that is not the session's. */
export const createRevisions = (table: string, features: MysqlFeatures): string => {
  const columns = Object.entries(definitions(features)).map(([name, type]) => `\`${name}\` ${type}`);
  return `CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')}, PRIMARY KEY (\`version\`)) CHARSET utf8mb4 COLLATE utf8mb4_bin`;
};

/** A table of an older Atlas lacks columns: as Atlas does, they are added. */
export const addMissingColumns = (
  table: string,
  features: MysqlFeatures,
  present: readonly string[],
): readonly string[] => {
  const missing = Object.entries(definitions(features)).filter(([name]) => !present.includes(name));
  return missing.map(([name, type]) => `ALTER TABLE ${table} ADD COLUMN \`${name}\` ${type}`);
};

export const selectRevisions = (table: string): string =>
  `SELECT ${NAMES.map(quoteId).join(', ')} FROM ${table} ORDER BY \`version\``;

/** For a table that lacks columns. */
export const selectPresent = (table: string, present: readonly string[]): string =>
  `SELECT ${NAMES.map((name) => (present.includes(name) ? quoteId(name) : 'NULL')).join(', ')} FROM ${table} ORDER BY \`version\``;

export const selectColumns = (database: string): string =>
  `SELECT column_name FROM information_schema.columns WHERE table_schema = ${quoteText(database)} AND table_name = '${REVISIONS}'`;

/** Inserts the row, or updates all but what is kept. */
export function upsertRevision(table: string, row: Revision): string {
  const values = literals(row);
  const updates = NAMES.map((name) =>
    // Before MySQL 8 and MariaDB 10.10 the first timestamp column of a table follows each UPDATE, unless it is named in it.
    KEPT.includes(name) ? `\`${name}\` = \`${name}\`` : `\`${name}\` = VALUES(\`${name}\`)`,
  );
  return `INSERT INTO ${table} (${NAMES.map(quoteId).join(', ')}) VALUES (${NAMES.map((name) => values[name]).join(', ')}) ON DUPLICATE KEY UPDATE ${updates.filter((_, i) => NAMES[i] !== 'version' && NAMES[i] !== 'description').join(', ')}`;
}

export const deleteRevisions = (table: string, versions: readonly string[]): string =>
  `DELETE FROM ${table} WHERE \`version\` IN (${versions.map(quoteText).join(', ')})`;

const literals = (row: Revision): Readonly<Record<Column, string>> => ({
  version: quoteText(row.version),
  description: quoteText(row.description),
  type: String(row.type),
  applied: String(row.applied),
  total: String(row.total),
  executed_at: quoteText(formatTime(row.executedAt)),
  execution_time: String(row.executionTime),
  error: quoteText(row.error),
  error_stmt: quoteText(row.errorStmt),
  hash: quoteText(row.hash),
  partial_hashes: quoteText(JSON.stringify(row.partialHashes)),
  operator_version: quoteText(row.operatorVersion),
});

/** The clock of UTC without a zone, as the Go driver writes it: the session's time zone is left alone, so it reads back the same. */
const formatTime = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');

/** A row of `selectRevisions`, by position; dates come as texts. */
export const readRevision = (values: readonly unknown[]): Revision => readValues(values, parseTime);

const parseTime = (value: unknown): Date => {
  const at = new Date(`${textOf(value).slice(0, 23).replace(' ', 'T')}Z`);
  return Number.isNaN(at.getTime()) ? new Date(0) : at;
};
