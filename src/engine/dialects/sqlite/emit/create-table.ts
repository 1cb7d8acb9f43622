import { isSql } from '../../../schema/property.ts';
import type { Column, ForeignKey, Index, Table } from '../../../schema/table.ts';
import { bracket, list, literal, words, wrap } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { quote } from '../quote.ts';

/** CREATE TABLE under a name that may be another than the table's own, without its indexes. */
export function createTable(table: Table, name: string, { indent }: EmitContext): string {
  const automatic = autoIncrementOf(table);
  const keys = table.primaryKey?.parts.map(
    ({ column = '', isDescending }) => `${quote(column)}${isDescending ? ' DESC' : ''}`,
  );
  const items = [
    ...table.columns.map((column) => columnText(column, column === automatic)),
    ...(keys === undefined || automatic !== undefined ? [] : [`PRIMARY KEY (${keys.join(', ')})`]),
    ...table.foreignKeys.map(foreignKeyText),
    ...table.checks.map(({ name: check, expression }) =>
      words(check !== '' && `CONSTRAINT ${quote(check)}`, 'CHECK', wrap(expression)),
    ),
  ];
  const options = [
    ...(table.properties.without_rowid === true ? ['WITHOUT ROWID'] : []),
    ...(table.properties.strict === true ? ['STRICT'] : []),
  ];
  return words('CREATE TABLE', quote(name), bracket(items, indent), options.join(', '));
}

/** A column that counts by itself carries the key. */
const autoIncrementOf = ({ columns }: Table): Column | undefined =>
  columns.find(({ properties }) => properties.auto_increment === true);

export function columnText(column: Column, isKey: boolean): string {
  const { name, type, isNullable, generated, properties } = column;
  const { collate } = properties;
  return words(
    quote(name),
    type.text,
    isNullable ? 'NULL' : 'NOT NULL',
    isKey ? 'PRIMARY KEY AUTOINCREMENT' : undefined,
    defaultText(column),
    typeof collate === 'string' && `COLLATE ${collate}`,
    generated !== undefined && `AS ${wrap(generated.expression)} ${generated.storage}`,
  );
}

/** `DEFAULT …`; undefined where there is none. */
function defaultText(column: Column): string | undefined {
  const text = defaultValue(column);
  return text === undefined ? undefined : `DEFAULT ${text}`;
}

/** SQL of the default. An expression has to stand in parentheses, a literal and CURRENT_TIMESTAMP need not (sqlite.org/lang_createtable.html, 3.2). */
export function defaultValue({ default: value }: Column): string | undefined {
  if (value === undefined) return undefined;
  if (!isSql(value)) return typeof value === 'string' ? literal(value) : String(value);
  const isPlain =
    /^(?:[+-]?[0-9.]+|'(?:[^']|'')*'|x'[0-9a-f]*'|null|true|false|current_(?:time|date|timestamp))$/i.test(value.sql);
  return isPlain ? value.sql : wrap(value.sql);
}

function foreignKeyText({ name, columns, references, onUpdate, onDelete }: ForeignKey): string {
  return words(
    name !== '' && `CONSTRAINT ${quote(name)}`,
    `FOREIGN KEY (${list(columns, quote)})`,
    `REFERENCES ${quote(references.table)} (${list(references.columns, quote)})`,
    `ON UPDATE ${onUpdate}`,
    `ON DELETE ${onDelete}`,
  );
}

/** CREATE INDEX on a table that is there. */
export function createIndex(table: string, index: Index): Statement {
  const { parts, isUnique, properties } = index;
  const name = indexName(table, index);
  const { where } = properties;
  const keys = parts.map(({ column, expression = '', isDescending }) =>
    words(column === undefined ? wrap(expression) : quote(column), isDescending && 'DESC'),
  );
  return {
    text: words(
      'CREATE',
      isUnique && 'UNIQUE',
      `INDEX ${quote(name)} ON ${quote(table)} (${keys.join(', ')})`,
      typeof where === 'string' && `WHERE ${where}`,
    ),
    comment: `create index "${name}" to table: "${table}"`,
    reverse: [`DROP INDEX ${quote(name)}`],
  };
}

export const dropIndex = (table: string, index: Index): Statement => ({
  text: `DROP INDEX ${quote(index.name)}`,
  comment: `drop index "${index.name}" from table: "${table}"`,
  reverse: [createIndex(table, index).text],
});

/** One that the user did not name gets that of its columns. */
const indexName = (table: string, { name, parts }: Index): string =>
  name === '' ? [table, ...parts.map(({ column = 'expr' }) => column)].join('_') : name;
