import type { Properties } from '../../../schema/property.ts';
import type { Index, Table } from '../../../schema/table.ts';
import { bracket, list, words, wrap } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { quote } from '../quote.ts';
import { columnText } from './column.ts';
import { commentOn } from './comment.ts';
import { checkText, foreignKeyText, indexConstraintText, primaryKeyText } from './constraint.ts';
import { createIndex, storageText } from './index.ts';

/** CREATE TABLE, then its indexes, then what is said of it (atlas-engine.md 2.6). */
export function createTable(schema: string, table: Table, context: EmitContext): readonly Statement[] {
  const name = context.name(schema, table.name);
  return [
    {
      text: createTableText(schema, table, context),
      comment: `create "${table.name}" table`,
      reverse: [`DROP TABLE ${name}`],
    },
    ...table.indexes.filter(isPlain).flatMap((index) => createIndex(schema, table.name, index, context)),
    ...tableSettings(name, table),
    ...comments(schema, table, context),
  ];
}

export const dropTable = (schema: string, table: Table, context: EmitContext): Statement => ({
  text: `DROP TABLE ${context.name(schema, table.name)}`,
  comment: `drop "${table.name}" table`,
  reverse: createTable(schema, table, { ...context, indent: '' }).map(({ text }) => text),
});

export const isPlain = ({ constraint }: Index): boolean => constraint === undefined;

function createTableText(schema: string, table: Table, context: EmitContext): string {
  const { columns, primaryKey, indexes, foreignKeys, checks, properties } = table;
  const { access_method: method } = properties;
  const items = [
    ...columns.map((column) => columnText(schema, column, context)),
    ...(primaryKey === undefined ? [] : [primaryKeyText(primaryKey)]),
    ...indexes.filter((index) => !isPlain(index)).map(indexConstraintText),
    ...foreignKeys.map((key) => foreignKeyText(schema, key, context)),
    ...checks.map(checkText),
  ];
  return words(
    'CREATE',
    properties.unlogged === true && 'UNLOGGED',
    'TABLE',
    context.name(schema, table.name),
    bracket(items, context.indent),
    partitionText(properties.partition as Properties | undefined),
    typeof method === 'string' && `USING ${quote(method)}`,
    storageText(properties),
  );
}

export function partitionText(partition: Properties | undefined): string | undefined {
  if (partition === undefined) return undefined;
  const { type, columns, by } = partition;
  const keys = Array.isArray(columns)
    ? list(columns.map(String), quote)
    : ((by ?? []) as readonly Properties[])
        .map(({ column, expr }) => (column === undefined ? wrap(String(expr)) : quote(String(column))))
        .join(', ');
  return `PARTITION BY ${String(type)} (${keys})`;
}

/** What CREATE TABLE has no words for. */
function tableSettings(name: string, table: Table): readonly Statement[] {
  const { replica_identity: replica, row_security: security } = table.properties;
  return [
    ...rowSecurity(name, table.name, undefined, security as Properties | undefined),
    ...replicaIdentity(name, table.name, undefined, replica === undefined ? undefined : String(replica)),
  ];
}

export function replicaIdentity(
  name: string,
  table: string,
  from: string | undefined,
  to: string | undefined,
): readonly Statement[] {
  if (from === to) return [];
  const text = (identity = 'DEFAULT'): string =>
    `ALTER TABLE ${name} REPLICA IDENTITY ${/^(?:DEFAULT|FULL|NOTHING)$/.test(identity) ? identity : `USING INDEX ${quote(identity)}`}`;
  return [{ text: text(to), comment: `set replica identity of "${table}" table`, reverse: [text(from)] }];
}

export function rowSecurity(
  name: string,
  table: string,
  from: Properties | undefined,
  to: Properties | undefined,
): readonly Statement[] {
  const alter = (action: string, undo: string, comment: string): Statement => ({
    text: `ALTER TABLE ${name} ${action} ROW LEVEL SECURITY`,
    comment: `${comment} row-level security for "${table}" table`,
    reverse: [`ALTER TABLE ${name} ${undo} ROW LEVEL SECURITY`],
  });
  const turned = (aspect: string): boolean | undefined => {
    const [before, after] = [from?.[aspect] === true, to?.[aspect] === true];
    return before === after ? undefined : after;
  };
  const [enabled, enforced] = [turned('enabled'), turned('enforced')];
  return [
    ...(enabled === undefined
      ? []
      : [enabled ? alter('ENABLE', 'DISABLE', 'enable') : alter('DISABLE', 'ENABLE', 'disable')]),
    ...(enforced === undefined
      ? []
      : [enforced ? alter('FORCE', 'NO FORCE', 'force') : alter('NO FORCE', 'FORCE', 'no longer force')]),
  ];
}

function comments(schema: string, table: Table, context: EmitContext): readonly Statement[] {
  const name = context.name(schema, table.name);
  const constraints = [...table.indexes.filter((index) => !isPlain(index)), ...table.foreignKeys, ...table.checks];
  return [
    ...commentOn('TABLE', name, `table: "${table.name}"`, undefined, table.properties.comment),
    ...table.columns.flatMap((column) =>
      commentOn(
        'COLUMN',
        `${name}.${quote(column.name)}`,
        `column: "${column.name}" on table: "${table.name}"`,
        undefined,
        column.properties.comment,
      ),
    ),
    ...(table.primaryKey === undefined ? [] : [{ ...table.primaryKey, name: keyName(table) }])
      .concat(constraints as never)
      .flatMap((one) => constraintComment(name, table.name, one.name, undefined, one.properties.comment)),
  ];
}

/** Of the primary key, also where the server has named it. */
export const keyName = ({ name, primaryKey }: Table): string =>
  primaryKey === undefined || primaryKey.name === '' ? `${name}_pkey` : primaryKey.name;

export const constraintComment = (
  table: string,
  tableName: string,
  constraint: string,
  from: Properties[string] | undefined,
  to: Properties[string] | undefined,
): readonly Statement[] =>
  commentOn(
    'CONSTRAINT',
    `${quote(constraint)} ON ${table}`,
    `constraint: "${constraint}" on table: "${tableName}"`,
    from,
    to,
  );
