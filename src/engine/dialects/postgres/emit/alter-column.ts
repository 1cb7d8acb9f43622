import { AppError } from '../../../../shared/errors.ts';
import type { ModifyColumn } from '../../../changes/change.ts';
import type { Properties } from '../../../schema/property.ts';
import type { Column } from '../../../schema/table.ts';
import { words } from '../../sql-text.ts';
import type { EmitContext } from '../../statement.ts';
import { quote } from '../quote.ts';
import { SERIAL_OF } from '../type-names.ts';
import { baseOf } from '../types.ts';
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
  const clauses =
    changed.includes('type') || changed.includes('collate') ? alterType(schema, table, from, to, alter, context) : [];
  return [
    ...clauses,
    ...(changed.includes('null') ? [`${alter} ${to.isNullable ? 'DROP' : 'SET'} NOT NULL`] : []),
    ...(changed.includes('default') || isDefaultLost(clauses, to) ? [alterDefault(alter, to)] : []),
    ...(changed.includes('identity') ? alterIdentity(alter, from, to) : []),
    ...(changed.includes('generated') ? [alterGenerated(table, alter, from, to)] : []),
  ];
}

/** The old default had to go for the type, and is wanted again. */
const isDefaultLost = (clauses: readonly string[], { default: value }: Column): boolean =>
  value !== undefined && clauses.some((clause) => clause.endsWith(' DROP DEFAULT'));

function alterType(
  schema: string,
  table: string,
  from: Column,
  to: Column,
  alter: string,
  context: EmitContext,
): readonly string[] {
  const [before, after] = [INTEGER_OF.get(from.type.text), INTEGER_OF.get(to.type.text)];
  const sequence = `nextval('${context.name(schema, `${table}_${to.name}_seq`).replaceAll("'", "''")}')`;
  const isSame = (before ?? from.type.text) === (after ?? to.type.text) && isSameObject(from, to);
  const using = isSame ? undefined : conversion(schema, from, to, context);
  const { collate } = to.properties;
  const type = words(
    `${alter} TYPE`,
    after ?? typeText(schema, to.type, context),
    typeof collate === 'string'
      ? `COLLATE ${collationText(collate)}`
      : from.properties.collate !== undefined && !isSame && isCollated(to)
        ? ''
        : from.properties.collate !== undefined && isCollated(to) && 'COLLATE "default"',
    using,
  );
  // A default that the server cannot turn into the new type stands in the way, also where another one follows.
  const isDropped = using !== undefined && from.default !== undefined;
  return [
    // The default of a serial column is its sequence, which is dropped, or made, beside.
    ...((before !== undefined && after === undefined) || isDropped ? [`${alter} DROP DEFAULT`] : []),
    ...(isSame && from.properties.collate === collate ? [] : [type]),
    ...(before === undefined && after !== undefined ? [`${alter} SET DEFAULT ${sequence}`] : []),
  ];
}

const isSameObject = ({ type: from }: Column, { type: to }: Column): boolean =>
  from.object?.name === to.object?.name && from.object?.schema === to.object?.schema;

const isText = ({ type }: Column): boolean =>
  type.object === undefined && /^(?:text|character|bpchar|name)\b(?!.*\[\])/.test(type.text);
const isCollated = isText;

/** Types that the server turns into each other by itself, where a value of the one is assigned to the other (pg_cast, castcontext `a`, `i`). */
const ASSIGNABLE: readonly (readonly string[])[] = [
  [
    'smallint',
    'integer',
    'bigint',
    'numeric',
    'real',
    'double precision',
    'smallserial',
    'serial',
    'bigserial',
    'money',
  ],
  ['date', 'timestamp', 'timestamptz'],
  ['time', 'timetz'],
  ['json', 'jsonb'],
  ['inet', 'cidr'],
  ['bit', 'bit varying'],
];

/** `USING …` where the server has no cast that it takes by itself; undefined where it has. Through text, which every type can be read from. */
function conversion(schema: string, from: Column, to: Column, context: EmitContext): string | undefined {
  if (isText(to)) return undefined;
  const [left, right] = [baseOf(from.type.text), baseOf(to.type.text)];
  const [family] = ASSIGNABLE.filter((types) => left !== undefined && types.includes(left));
  if (left !== undefined && right !== undefined && (left === right || family?.includes(right) === true))
    return undefined;
  if (/^interval/.test(from.type.text) && /^interval/.test(to.type.text)) return undefined;
  const type = INTEGER_OF.get(to.type.text) ?? typeText(schema, to.type, context);
  const isBetween = (one: string | undefined, other: string | undefined): boolean =>
    one === 'boolean' && other === 'integer';
  const isDirect = isText(from) || isBetween(left, right) || isBetween(right, left);
  return `USING ${quote(to.name)}${isDirect ? '' : '::text'}::${type}`;
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
