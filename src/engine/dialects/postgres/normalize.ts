import type { ObjectReference, SchemaObject } from '../../schema/object.ts';
import { isSql, type Properties, type Property } from '../../schema/property.ts';
import type { Realm, Schema } from '../../schema/realm.ts';
import type { Column, ColumnType, Default, Index, IndexPart, Table } from '../../schema/table.ts';
import { readDefault } from './catalog/read-default.ts';
import { defaultText } from './emit/column.ts';
import { inferNeeds } from './infer-needs.ts';
import { castName } from './objects/cast.ts';
import { mappingName } from './objects/user-mapping.ts';
import { elementOf, POSTGRES_TYPES } from './types.ts';

/** Kinds of objects that a column may have as its type. */
const TYPES = new Set(['enum', 'domain', 'composite', 'range']);

/** Types, defaults and index parts as the catalog gives them. What only the server can say (expressions) stays as it is written. */
export function normalize(realm: Realm): Realm {
  const types = new Map(
    realm.schemas.flatMap((schema) =>
      schema.objects
        .filter(({ kind }) => TYPES.has(kind))
        .map(
          (object) =>
            [key(schema.name, object.name), { kind: object.kind, schema: schema.name, name: object.name }] as const,
        ),
    ),
  );
  return inferNeeds(
    {
      ...realm,
      objects: realm.objects.map((object) => normalizeObject(object, '', types)),
      schemas: realm.schemas.map((schema) => normalizeSchema(schema, types)),
    },
    { isWritten: true },
  );
}

type TypeObjects = ReadonlyMap<string, ObjectReference>;

const key = (schema: string, name: string): string => JSON.stringify([schema, name]);

const normalizeSchema = (schema: Schema, types: TypeObjects): Schema => ({
  ...schema,
  objects: schema.objects.map((object) => normalizeObject(object, schema.name, types)),
  tables: schema.tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) => normalizeColumn(column, schema.name, types)),
    indexes: table.indexes.map(normalizeIndex),
    ...(table.primaryKey === undefined || table.primaryKey.name !== `${table.name}_pkey`
      ? {}
      : { primaryKey: { ...table.primaryKey, name: '' } }),
    foreignKeys: table.foreignKeys.map((one) => ({
      ...one,
      name: one.name === '' ? keyName(table, one.columns) : one.name,
    })),
  })),
});

/** Types in attributes, literals of domains; a cast and a user mapping have no name but the one that the catalog makes up. */
function normalizeObject(object: SchemaObject, schema: string, types: TypeObjects): SchemaObject {
  const visit = (value: Property): Property => {
    if (isType(value)) return normalizeType(value as unknown as ColumnType, schema, types) as unknown as Property;
    if (Array.isArray(value)) return value.map(visit);
    return typeof value === 'object' ? (mapValues(value as Properties, visit) as Property) : value;
  };
  const one = { ...object, properties: withLiterals(object.kind, mapValues(object.properties, visit)) };
  if (one.kind === 'cast') return { ...one, name: castName(one) };
  return one.kind === 'user_mapping' ? { ...one, name: mappingName(one) } : one;
}

const mapValues = (properties: Properties, change: (value: Property) => Property): Properties =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, change(value)]));

const isType = (value: Property): boolean =>
  typeof value === 'object' &&
  'text' in value &&
  typeof value.text === 'string' &&
  Object.keys(value).every((name) => name === 'text' || name === 'object');

/** The default of a domain, and of a column of a foreign table, in the form of the catalog's. */
function withLiterals(kind: string, properties: Properties): Properties {
  const literal = (one: Properties): Properties => {
    const { type, default: value } = one;
    if (type === undefined || value === undefined) return one;
    const written = value as Default;
    const sql = isSql(written) ? written.sql : defaultText(written);
    return { ...one, default: readDefault((type as unknown as ColumnType).text, sql) };
  };
  if (kind === 'domain') return literal(properties);
  if (kind !== 'foreign_table' || !Array.isArray(properties.column)) return properties;
  return { ...properties, column: (properties.column as readonly Properties[]).map(literal) };
}

/** As the server names it (postgresql.org/docs/current/ddl-constraints.html does not say; ChooseConstraintName of 14 to 18). */
const keyName = ({ name }: Table, columns: readonly string[]): string => `${name}_${columns.join('_')}_fkey`;

function normalizeColumn(column: Column, schema: string, types: TypeObjects): Column {
  const type = normalizeType(column.type, schema, types);
  const { default: value } = column;
  return {
    ...column,
    type,
    ...(value === undefined ? {} : { default: readDefault(type.text, isSql(value) ? value.sql : defaultText(value)) }),
  };
}

/** `status`, `public.status[]`: the enum of that name, where there is one. */
function normalizeType(type: ColumnType, schema: string, types: TypeObjects): ColumnType {
  if (type.object !== undefined) return type;
  const text = POSTGRES_TYPES.canonical(type.text);
  const { element, isArray } = elementOf(text);
  const [, qualifier, name = ''] = /^(?:("(?:[^"]|"")+"|[\w$]+)\.)?("(?:[^"]|"")+"|[\w$]+)$/.exec(element) ?? [];
  const object = types.get(key(qualifier === undefined ? schema : unquote(qualifier), unquote(name)));
  return object === undefined ? { ...type, text } : { text: `${object.name}${isArray ? '[]' : ''}`, object };
}

const unquote = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);

function normalizeIndex(index: Index): Index {
  const { type } = index.properties;
  const own = index.constraint === 'exclude' ? 'GIST' : 'BTREE';
  const method = typeof type === 'string' ? type.toUpperCase() : own;
  const { type: _, ...properties } = index.properties;
  return {
    ...index,
    properties: method === own ? properties : { ...properties, type: method },
    parts: index.parts.map(normalizePart),
  };
}

/** NULLs come last, or first where the order is turned round: saying so changes nothing. */
function normalizePart(part: IndexPart): IndexPart {
  const usual = part.isDescending ? 'nulls_first' : 'nulls_last';
  const kept = Object.entries(part.properties).filter(([name]) => name !== usual);
  return { ...part, properties: Object.fromEntries(kept) as Readonly<Record<string, Property>> satisfies Properties };
}
