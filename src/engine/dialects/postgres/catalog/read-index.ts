import type { Properties } from '../../../schema/property.ts';
import type { Index, IndexPart, PrimaryKey } from '../../../schema/table.ts';
import type { Row } from '../../dialect.ts';
import { json, options, text, textOr } from './cells.ts';

/** Bits of indoption (postgresql.org/docs/current/catalog-pg-index.html). */
const DESCENDING = 1;
const NULLS_FIRST = 2;

interface Part {
  readonly column: string | null;
  readonly isKey: boolean;
  readonly expression: string | null;
  readonly option: number | null;
  readonly class: string | null;
  readonly isDefaultClass: boolean | null;
  readonly classSchema: string | null;
  readonly classOptions: readonly string[] | null;
  readonly operator: string | null;
  readonly collate: string | null;
}

/** A row of the indexes' query that keeps no primary key. */
export function readIndex(row: Row): Index {
  const { keys, properties } = readKeys(row);
  const constraint = row.constraint === 'u' ? 'unique' : row.constraint === 'x' ? 'exclude' : undefined;
  const where = textOr(row.where);
  const { pages_per_range: pages, ...storage } = options(row.options);
  const method = text(row.method).toUpperCase();
  return {
    name: text(row.name),
    isUnique: row.is_unique === true && constraint !== 'exclude',
    ...(constraint === undefined ? {} : { constraint }),
    parts: keys,
    properties: {
      ...(method === (constraint === 'exclude' ? 'GIST' : 'BTREE') ? {} : { type: method }),
      ...properties,
      ...(row.nulls_not_distinct === true ? { nulls_distinct: false } : {}),
      ...(where === undefined ? {} : { where }),
      ...(pages === undefined ? {} : { page_per_range: Number(pages) }),
      ...(Object.keys(storage).length === 0 ? {} : { storage_params: storage }),
    },
  };
}

export function readPrimaryKey(row: Row, table: string): PrimaryKey {
  const { keys, properties } = readKeys(row);
  const name = text(row.name);
  const last = keys.at(-1)?.column;
  return {
    name: name === `${table}_pkey` ? '' : name,
    parts: keys,
    properties: { ...properties, ...(row.is_period === true && last !== undefined ? { without_overlaps: last } : {}) },
  };
}

function readKeys(row: Row): { readonly keys: readonly IndexPart[]; readonly properties: Properties } {
  const parts = json<readonly Part[]>(row.parts) ?? [];
  const include = parts.filter(({ isKey }) => !isKey).map(({ column }) => column ?? '');
  const comment = textOr(row.comment);
  return {
    keys: parts.filter(({ isKey }) => isKey).map(readPart),
    properties: {
      ...(include.length === 0 ? {} : { include }),
      ...deferrable(row),
      ...(comment === undefined ? {} : { comment }),
    },
  };
}

function readPart(part: Part): IndexPart {
  const option = part.option ?? 0;
  const isDescending = (option & DESCENDING) !== 0;
  const isNullsFirst = (option & NULLS_FIRST) !== 0;
  const ops = operatorClass(part);
  return {
    ...(part.expression === null ? { column: part.column ?? '' } : { expression: part.expression }),
    isDescending,
    properties: {
      ...(ops === undefined ? {} : { ops }),
      ...(part.collate === null ? {} : { collate: part.collate }),
      // NULLs come last, or first where the order is turned round, unless something else is said.
      ...(isNullsFirst && !isDescending ? { nulls_first: true } : {}),
      ...(!isNullsFirst && isDescending ? { nulls_last: true } : {}),
      ...(part.operator === null ? {} : { op: part.operator }),
    },
  };
}

/** Only where it is not the type's own: `jsonb_path_ops`, `tsvector_ops(siglen=8)`. */
function operatorClass({ class: name, isDefaultClass, classOptions }: Part): string | undefined {
  if (name === null || (isDefaultClass === true && classOptions === null)) return undefined;
  return classOptions === null ? name : `${name}(${classOptions.join(',')})`;
}

export function deferrable(row: Row): Properties {
  if (row.is_deferrable !== true) return {};
  return { deferrable: row.is_deferred === true ? 'INITIALLY_DEFERRED' : 'INITIALLY_IMMEDIATE' };
}
