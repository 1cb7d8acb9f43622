import type { Properties } from '../../../schema/property.ts';
import type { Index, IndexPart } from '../../../schema/table.ts';
import { list, words, wrap } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { quote } from '../quote.ts';
import { collationText } from './collation.ts';
import { commentOn } from './comment.ts';

/** CREATE INDEX, and its comment. */
export function createIndex(schema: string, table: string, index: Index, context: EmitContext): readonly Statement[] {
  const { name } = index;
  return [
    {
      text: createIndexText(schema, table, index, context),
      comment: `create index "${name}" to table: "${table}"`,
      reverse: [`DROP INDEX ${context.name(schema, name)}`],
    },
    ...commentOn(
      'INDEX',
      context.name(schema, name),
      `index: "${name}" on table: "${table}"`,
      undefined,
      index.properties.comment,
    ),
  ];
}

function createIndexText(schema: string, table: string, index: Index, context: EmitContext): string {
  const { name, isUnique, parts, properties } = index;
  const { type, where, include } = properties;
  return words(
    'CREATE',
    isUnique && 'UNIQUE',
    'INDEX',
    name !== '' && quote(name),
    `ON ${context.name(schema, table)}`,
    type !== undefined && `USING ${String(type)}`,
    `(${parts.map(partText).join(', ')})`,
    Array.isArray(include) && `INCLUDE (${list(include.map(String), quote)})`,
    properties.nulls_distinct === false && 'NULLS NOT DISTINCT',
    storageText(properties),
    typeof where === 'string' && `WHERE ${where}`,
  );
}

export const dropIndex = (schema: string, table: string, index: Index, context: EmitContext): Statement => ({
  text: `DROP INDEX ${context.name(schema, index.name)}`,
  comment: `drop index "${index.name}" from table: "${table}"`,
  reverse: createIndex(schema, table, index, context).map(({ text }) => text),
});

/** A column or an expression, with what is not usual about it. */
export function partText({ column, expression = '', isDescending, properties }: IndexPart): string {
  const { collate, ops, nulls_first: first, nulls_last: last } = properties;
  return words(
    column === undefined ? wrap(expression) : quote(column),
    typeof collate === 'string' && `COLLATE ${collationText(collate)}`,
    typeof ops === 'string' && ops,
    isDescending && 'DESC',
    first === true && !isDescending && 'NULLS FIRST',
    last === true && isDescending && 'NULLS LAST',
  );
}

/** `WITH (fillfactor = 70)`. */
export function storageText({ page_per_range: pages, storage_params: params }: Properties): string | undefined {
  const items = [
    ...(pages === undefined ? [] : [`pages_per_range = ${String(pages)}`]),
    ...Object.entries((params ?? {}) as Properties).map(([name, value]) => `${name} = ${String(value)}`),
  ];
  return items.length === 0 ? undefined : `WITH (${items.join(', ')})`;
}
