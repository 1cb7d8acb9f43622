import { DriverError } from '../../run/ports.ts';
import type { MigrationTarget } from '../../run/types.ts';
import type { CommandResult } from './exchange.ts';
import { INVALID_SCHEMA_NAME } from './postgres-errors.ts';
import { quoteText } from './quote.ts';
import { REVISIONS } from './revision-rows.ts';

/** Where the revisions are unless the URL or `--revisions-schema` says otherwise. */
const DEFAULT_SCHEMA = 'atlas_schema_revisions';

/** Where a target's revisions are (atlas-config-cli.md 4.5, "Location"). */
export interface RevisionsPlace {
  /** Of the URL; '' for a whole database. */
  readonly target: string;
  readonly revisions: string;
  /** Refuse where a table is in the default schema only: it may be meant, or belong to another target. */
  readonly guardsAmbiguity: boolean;
}

/** @throws DriverError of kind `url` */
export function placeOfRevisions({ url, revisionsSchema = '' }: MigrationTarget): RevisionsPlace {
  if (/^[^"]*,/.test(url.schema) || url.schema === '$user') {
    throw new DriverError('url', 'search_path of the URL must name exactly one schema to migrate it', {
      class: 'permanent',
    });
  }
  const named = revisionsSchema !== '' ? revisionsSchema : url.schema;
  return {
    target: url.schema,
    revisions: named === '' ? DEFAULT_SCHEMA : named,
    guardsAmbiguity: url.schema !== '' && revisionsSchema === '' && url.schema !== DEFAULT_SCHEMA,
  };
}

/** What is there of the table: undefined: not even its schema; no columns: no table. */
export type TableShape = readonly string[] | undefined;

const schemasOf = (place: RevisionsPlace): readonly string[] => [
  ...new Set([place.revisions, DEFAULT_SCHEMA, ...(place.target === '' ? [] : [place.target])]),
];

/** Asks the catalog, which never fails for what is missing. */
export const selectShapes = (place: RevisionsPlace): string =>
  `SELECT n.nspname, a.attname FROM pg_catalog.pg_namespace n
  LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = '${REVISIONS}' AND c.relkind IN ('r', 'p')
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE n.nspname IN (${schemasOf(place).map(quoteText).join(', ')})`;

/**
 * Reads the answer of `selectShapes`.
 * @throws DriverError where the schema of the URL is missing: a target is never made by migrating it
 */
export function readShapes(
  place: RevisionsPlace,
  result: CommandResult | undefined,
): { readonly shape: TableShape; readonly isAmbiguous: boolean } {
  const shapes = new Map<string, string[]>();
  for (const [schema, column] of result?.rows ?? []) {
    if (typeof schema !== 'string') continue;
    const columns = shapes.get(schema) ?? [];
    if (typeof column === 'string') columns.push(column);
    shapes.set(schema, columns);
  }
  if (place.target !== '' && !shapes.has(place.target)) {
    throw new DriverError('statement', `pq: schema "${place.target}" does not exist`, {
      class: 'permanent',
      code: INVALID_SCHEMA_NAME,
    });
  }
  const shape = shapes.get(place.revisions);
  const hasTable = shape !== undefined && shape.length > 0;
  const hasOther = (shapes.get(DEFAULT_SCHEMA) ?? []).length > 0;
  return { shape, isAmbiguous: place.guardsAmbiguity && !hasTable && hasOther };
}
