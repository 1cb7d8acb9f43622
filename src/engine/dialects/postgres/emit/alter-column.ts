import { AppError } from '../../../../shared/errors.ts';
import type { ModifyColumn } from '../../../changes/change.ts';
import type { Properties } from '../../../schema/property.ts';
import type { Column } from '../../../schema/table.ts';
import { words } from '../../sql-text.ts';
import type { EmitContext } from '../../statement.ts';
import { quote } from '../quote.ts';
import { SERIAL_OF } from '../type-names.ts';
import { collationText } from './collation.ts';
import { defaultText, generationOf, typeText } from './column.ts';

const INTEGER_OF: ReadonlyMap<string, string> = new Map(
  Array.from(SERIAL_OF, ([integer, serial]) => [serial, integer]),
);

/** Clauses of ALTER TABLE that make `from` what `to` is, in Atlas's order: type, null, default, identity, generated. */
export function alterColumn(
  schema: string,
  table: string,
  { from, to, changed }: Pick<ModifyColumn, 'from' | 'to' | 'changed'>,
  context: EmitContext,
): readonly string[] {
  const alter = `ALTER COLUMN ${quote(to.name)}`;
  return [
    ...(changed.includes('type') || changed.includes('collate')
      ? alterType(schema, table, from, to, alter, context)
      : []),
    ...(changed.includes('null') ? [`${alter} ${to.isNullable ? 'DROP' : 'SET'} NOT NULL`] : []),
    ...(changed.includes('default') ? [alterDefault(alter, to)] : []),
    ...(changed.includes('identity') ? alterIdentity(alter, from, to) : []),
    ...(changed.includes('generated') ? [alterGenerated(table, alter, from, to)] : []),
  ];
}

function alterType(
  schema: string,
  table: string,
  from: Column,
  to: Column,
  alter: string,
  context: EmitContext,
): readonly string[] {
  const [before, after] = [INTEGER_OF.get(from.type.text), INTEGER_OF.get(to.type.text)];
  const { collate } = to.properties;
  const type = words(
    after ?? typeText(schema, to.type, context),
    typeof collate === 'string'
      ? `COLLATE ${collationText(collate)}`
      : from.properties.collate !== undefined && 'COLLATE "default"',
  );
  const sequence = `nextval('${context.name(schema, `${table}_${to.name}_seq`).replaceAll("'", "''")}')`;
  return [
    // The default of a serial column is its sequence, which is dropped, or made, beside.
    ...(before !== undefined && after === undefined && to.default === undefined ? [`${alter} DROP DEFAULT`] : []),
    ...(before === undefined && after !== undefined ? [`${alter} SET DEFAULT ${sequence}`] : []),
    ...((before ?? from.type.text) === (after ?? to.type.text) &&
    from.type.object === undefined &&
    to.type.object === undefined &&
    from.properties.collate === to.properties.collate
      ? []
      : [`${alter} TYPE ${type}`]),
  ];
}

const alterDefault = (alter: string, { default: value }: Column): string =>
  value === undefined ? `${alter} DROP DEFAULT` : `${alter} SET DEFAULT ${defaultText(value)}`;

function alterIdentity(alter: string, from: Column, to: Column): readonly string[] {
  const before = from.properties.identity as Properties | undefined;
  const after = to.properties.identity as Properties | undefined;
  if (after === undefined) return [`${alter} DROP IDENTITY`];
  const { start = 1, increment = 1 } = after;
  if (before === undefined)
    return [
      `${alter} ADD GENERATED ${generationOf(after)} AS IDENTITY${start === 1 && increment === 1 ? '' : ` (START WITH ${start} INCREMENT BY ${increment})`}`,
    ];
  const hasMoved = start !== (before.start ?? 1) || increment !== (before.increment ?? 1);
  return [
    words(
      alter,
      `SET GENERATED ${generationOf(after)}`,
      hasMoved && `SET START WITH ${start} SET INCREMENT BY ${increment} RESTART`,
    ),
  ];
}

/** @throws AppError SCHEMA_CHANGE_IMPOSSIBLE */
function alterGenerated(table: string, alter: string, from: Column, to: Column): string {
  if (to.generated === undefined && from.generated?.storage === 'STORED') return `${alter} DROP EXPRESSION`;
  const what =
    from.generated === undefined
      ? `changing column "${to.name}" of table "${table}" to a generated one is not supported`
      : `changing the generation expression for a column "${to.name}" is not supported`;
  throw new AppError('SCHEMA_CHANGE_IMPOSSIBLE', what, {
    next: `drop the column "${to.name}" in one step and add it in another, or add it under a new name`,
  });
}
