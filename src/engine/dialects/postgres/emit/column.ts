import { isSql, type Properties } from '../../../schema/property.ts';
import type { Column, ColumnType, Default } from '../../../schema/table.ts';
import { literal, words, wrap } from '../../sql-text.ts';
import type { EmitContext } from '../../statement.ts';
import { quote } from '../quote.ts';
import { collationText } from './collation.ts';

/** `"c" character varying(255) NOT NULL DEFAULT 'x'` (atlas-engine.md 2.6). */
export function columnText(schema: string, column: Column, context: EmitContext): string {
  const { name, isNullable, default: value, generated, properties } = column;
  const { collate } = properties;
  const identity = properties.identity as Properties | undefined;
  return words(
    quote(name),
    typeText(schema, column.type, context),
    isNullable ? 'NULL' : 'NOT NULL',
    value !== undefined && `DEFAULT ${defaultText(value)}`,
    typeof collate === 'string' && `COLLATE ${collationText(collate)}`,
    identity !== undefined && `GENERATED ${generationOf(identity)} AS IDENTITY${sequenceOptions(identity)}`,
    generated !== undefined && `GENERATED ALWAYS AS ${wrap(generated.expression)} ${generated.storage}`,
  );
}

/** A type of the user's is qualified as its schema asks for. */
export function typeText(schema: string, { text, object }: ColumnType, context: EmitContext): string {
  if (object === undefined) return text;
  const name = context.nameFrom(schema, object.schema ?? schema, object.name);
  return text.endsWith('[]') ? `${name}[]` : name;
}

export function defaultText(value: Default): string {
  if (isSql(value)) return value.sql;
  return typeof value === 'string' ? literal(value) : String(value);
}

export const generationOf = ({ generated }: Properties): string => (generated === 'ALWAYS' ? 'ALWAYS' : 'BY DEFAULT');

function sequenceOptions({ start, increment }: Properties): string {
  const options = [
    ...(start === undefined ? [] : [`START WITH ${start}`]),
    ...(increment === undefined ? [] : [`INCREMENT BY ${increment}`]),
  ];
  return options.length === 0 ? '' : ` (${options.join(' ')})`;
}
