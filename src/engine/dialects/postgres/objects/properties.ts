import type { ObjectReference } from '../../../schema/object.ts';
import type { Properties, Property } from '../../../schema/property.ts';
import { isReference } from '../../../schema/property-references.ts';
import type { ColumnType, Default } from '../../../schema/table.ts';
import type { Row } from '../../dialect.ts';
import { literal } from '../../sql-text.ts';
import type { EmitContext } from '../../statement.ts';
import { json, text } from '../catalog/cells.ts';
import { readType } from '../catalog/read-column.ts';
import { readDefault } from '../catalog/read-default.ts';
import { typeText } from '../emit/column.ts';

/** Properties are JSON: what a form of attribute keeps in them, and back. */
export type Given = Readonly<Record<string, unknown>>;

/** Without what is missing: undefined, NULL, false, and an empty list. */
export function given(properties: Given): Properties {
  const kept = Object.entries(properties).filter(
    ([, value]) =>
      value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept) as Properties;
}

/** Of an attribute of form `type`. */
export const typeOf = (value: Property | undefined): ColumnType => value as unknown as ColumnType;

export const typeSql = (schema: string, value: Property | undefined, context: EmitContext): string =>
  typeText(schema, typeOf(value), context);

/** @param cell made by `typeJson` */
export const readTypeCell = (cell: unknown): ColumnType => readType(json<Row>(cell) ?? {});

export const blocksOf = (value: Property | undefined): readonly Properties[] =>
  Array.isArray(value) ? (value as readonly Properties[]) : [];

export const stringsOf = (value: Property | undefined): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [];

export const blockOf = (value: Property | undefined): Properties => (value ?? {}) as Properties;

/** A default of the catalog's, undefined for none. */
export const defaultOf = (type: ColumnType, cell: unknown): Default | undefined =>
  cell === null || cell === undefined ? undefined : readDefault(type.text, text(cell));

/** The name of what an attribute of form `reference` leads to, as a statement has it. */
export const referenceSql = (schema: string, value: Property | undefined, context: EmitContext): string =>
  isReference(value) ? context.nameFrom(schema, value.schema ?? '', value.name) : String(value ?? '');

const referenceOf = (kind: string, schema: unknown, name: unknown): ObjectReference => ({
  kind,
  schema: text(schema),
  name: text(name),
});

/** A function of the server's own by its name alone, one of the user's as a reference. @param cell JSON of `functionJson` */
export function readFunctionCell(cell: unknown): ObjectReference | string | undefined {
  const found = json<{ schema: string; name: string; kind: string; isOwn: boolean }>(cell);
  if (found === undefined) return undefined;
  return found.isOwn ? referenceOf(found.kind, found.schema, found.name) : found.name;
}

/** `OPTIONS ("host" 'x')` of foreign data. */
export const optionsText = (options: Properties, quote: (name: string) => string): string | undefined => {
  const items = Object.entries(options).map(([name, value]) => `${quote(name)} ${literal(String(value))}`);
  return items.length === 0 ? undefined : `OPTIONS (${items.join(', ')})`;
};

/** What brings options from one state to the other: `OPTIONS (SET …, ADD …, DROP …)`. */
export function optionsChange(from: Properties, to: Properties, quote: (name: string) => string): string | undefined {
  const items = [
    ...Object.entries(to)
      .filter(([name, value]) => String(from[name]) !== String(value))
      .map(([name, value]) => `${from[name] === undefined ? 'ADD' : 'SET'} ${quote(name)} ${literal(String(value))}`),
    ...Object.keys(from)
      .filter((name) => to[name] === undefined)
      .map((name) => `DROP ${quote(name)}`),
  ];
  return items.length === 0 ? undefined : `OPTIONS (${items.join(', ')})`;
}

/** White space at both ends, and a semicolon, are no part of a body. */
export const trimBody = (body: string): string => body.replaceAll(/^\s+|[\s;]+$/g, '');
