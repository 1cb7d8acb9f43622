import type { Change, ModifyObject } from '../../../changes/change.ts';
import type { ObjectReference, SchemaObject } from '../../../schema/object.ts';
import type { Properties } from '../../../schema/property.ts';
import { isReference } from '../../../schema/property-references.ts';
import type { Row } from '../../dialect.ts';
import { words } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { quote } from '../quote.ts';
import { emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { given, readTypeCell, typeOf, typeSql } from './properties.ts';
import { commentOf, typeJson } from './query-parts.ts';

/** The smallest and the largest number of each type that counts (postgresql.org/docs/current/datatype-numeric.html). */
const BOUNDS: Readonly<Record<string, readonly [string, string]>> = {
  smallint: ['-32768', '32767'],
  integer: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
};
const BIGINT = { text: 'bigint' };

/** CREATE SEQUENCE. That of a serial or identity column belongs to the column. */
export const SEQUENCE: PostgresObject = {
  kind: 'sequence',
  spec: {
    isQualified: true,
    readsTables: false,
    attributes: [
      { name: 'type', form: 'type', default: BIGINT },
      { name: 'start', form: 'int' },
      { name: 'increment', form: 'int', default: 1 },
      { name: 'min_value', form: 'int' },
      { name: 'max_value', form: 'int' },
      { name: 'cache', form: 'int', default: 1 },
      { name: 'cycle', form: 'bool' },
      { name: 'owner', form: 'reference', kinds: ['column'] },
      { name: 'comment', form: 'string' },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, c.relname AS name, ${typeJson('s.seqtypid')} AS type, s.seqstart::pg_catalog.text AS start,
      s.seqincrement::pg_catalog.text AS increment, s.seqmin::pg_catalog.text AS min, s.seqmax::pg_catalog.text AS max, s.seqcache::pg_catalog.text AS cache,
      s.seqcycle AS cycle, o.schema AS owner_schema, o.table AS owner_table, o.column AS owner_column, ${commentOf('c.oid', 'pg_class')}
    FROM pg_catalog.pg_sequence AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN LATERAL (SELECT tn.nspname AS schema, t.relname AS table, a.attname AS column, d.deptype = 'i' OR (t.relnamespace = c.relnamespace AND a.attnotnull
            AND c.relname = t.relname || '_' || a.attname || '_seq' AND a.atttypid IN (20, 21, 23)
            AND (SELECT pg_catalog.pg_get_expr(e.adbin, e.adrelid) FROM pg_catalog.pg_attrdef AS e WHERE e.adrelid = t.oid AND e.adnum = a.attnum) LIKE 'nextval(%') AS is_of_column
          FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.deptype IN ('a', 'i') LIMIT 1) AS o ON true
    WHERE o.is_of_column IS NOT TRUE AND ${isOwn('pg_class', 'c.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => ({
      schema: text(row.schema),
      object: { kind: 'sequence', name: text(row.name), properties: propertiesOf(row), dependsOn: [] },
    })),
  emit: emitterOf({
    sort: 'SEQUENCE',
    label: (name) => `sequence "${name}"`,
    text: (schema, { name, properties }, context) =>
      words(`CREATE SEQUENCE ${context.name(schema, name)}`, ...optionsText(schema, {}, properties, context)),
    alter,
  }),
};

function propertiesOf(row: Row): Properties {
  const type = readTypeCell(row.type);
  const isUp = !text(row.increment).startsWith('-');
  const [least, most] = BOUNDS[type.text] ?? ['', ''];
  const [min, max] = isUp ? ['1', most] : [least, '-1'];
  const unless = (cell: unknown, usual: string | undefined): number | string | undefined =>
    text(cell) === usual ? undefined : countOf(text(cell));
  return given({
    type: type.text === BIGINT.text ? undefined : type,
    start: unless(row.start, isUp ? text(row.min) : text(row.max)),
    increment: unless(row.increment, '1'),
    min_value: unless(row.min, min),
    max_value: unless(row.max, max),
    cache: unless(row.cache, '1'),
    cycle: row.cycle,
    owner:
      row.owner_table === null || row.owner_table === undefined
        ? undefined
        : { kind: 'column', schema: text(row.owner_schema), on: text(row.owner_table), name: text(row.owner_column) },
    comment: textOr(row.comment),
  });
}

/** A number where JavaScript has it; text for one that it would round. */
const countOf = (digits: string): number | string => (Number.isSafeInteger(Number(digits)) ? Number(digits) : digits);

/** The options of CREATE and ALTER that differ, in the server's order. What is not said goes back to the type's own. */
function optionsText(schema: string, from: Properties, to: Properties, context: EmitContext): readonly string[] {
  const differs = (name: string): boolean => String(from[name] ?? '') !== String(to[name] ?? '');
  const isTyped = typeOf(from.type ?? (BIGINT as never)).text !== typeOf(to.type ?? (BIGINT as never)).text;
  const isUp = Number(to.increment ?? 1) > 0;
  const start = to.start ?? (isUp ? (to.min_value ?? 1) : (to.max_value ?? -1));
  const isMoved = differs('start') || differs('min_value') || differs('max_value') || isTyped;
  return [
    ...(isTyped ? [`AS ${to.type === undefined ? BIGINT.text : typeSql(schema, to.type, context)}`] : []),
    ...(isMoved && (to.start !== undefined || Object.keys(from).length > 0) ? [`START WITH ${start}`] : []),
    ...(differs('increment') ? [`INCREMENT BY ${to.increment ?? 1}`] : []),
    ...(differs('min_value') ? [to.min_value === undefined ? 'NO MINVALUE' : `MINVALUE ${to.min_value}`] : []),
    ...(differs('max_value') ? [to.max_value === undefined ? 'NO MAXVALUE' : `MAXVALUE ${to.max_value}`] : []),
    ...(differs('cache') ? [`CACHE ${to.cache ?? 1}`] : []),
    ...(differs('cycle') ? [to.cycle === true ? 'CYCLE' : 'NO CYCLE'] : []),
  ];
}

function alter(schema: string, { from, to }: ModifyObject, context: EmitContext): readonly Statement[] {
  const text = (before: Properties, after: Properties): string | undefined => {
    const options = optionsText(schema, before, after, context);
    return options.length === 0 ? undefined : `ALTER SEQUENCE ${context.name(schema, to.name)} ${options.join(' ')}`;
  };
  // Whoever said nothing at all of it has options too: those of the server.
  const [before, after] = [from.properties, to.properties].map((one) => ({ cycle: false, ...one }));
  const forward = text(before ?? {}, after ?? {});
  return forward === undefined
    ? []
    : [{ text: forward, comment: `modify sequence "${to.name}"`, reverse: [text(after ?? {}, before ?? {}) ?? ''] }];
}

/**
 * A sequence is there before the table whose column counts by it, and owned by that column after: ownership has statements of its own, the one
 * that ends it before all others of a plan, the one that begins it after them.
 */
export function ownership(
  changes: readonly Change[],
  context: EmitContext,
): { readonly before: readonly Statement[]; readonly after: readonly Statement[] } {
  const moves = changes.flatMap((change) => {
    if (change.kind === 'AddObject' && change.to.kind === 'sequence')
      return [{ schema: change.schema, name: change.to.name, from: undefined, to: ownerOf(change.to) }];
    // With its owner it would go of itself.
    if (change.kind === 'DropObject' && change.from.kind === 'sequence')
      return [{ schema: change.schema, name: change.from.name, from: ownerOf(change.from), to: undefined }];
    if (change.kind === 'ModifyObject' && change.to.kind === 'sequence' && change.changed.includes('owner'))
      return [{ schema: change.schema, name: change.to.name, from: ownerOf(change.from), to: ownerOf(change.to) }];
    return [];
  });
  const owned = (
    schema: string,
    name: string,
    from: ObjectReference | undefined,
    to: ObjectReference | undefined,
  ): Statement => {
    const text = (owner: ObjectReference | undefined): string =>
      `ALTER SEQUENCE ${context.name(schema, name)} OWNED BY ${
        owner === undefined
          ? 'NONE'
          : `${context.nameFrom(schema, owner.schema ?? schema, owner.on ?? '')}.${quote(owner.name)}`
      }`;
    return { text: text(to), comment: `set owner of sequence "${name}"`, reverse: [text(from)] };
  };
  return {
    before: moves.flatMap(({ schema, name, from }) =>
      from === undefined ? [] : [owned(schema, name, from, undefined)],
    ),
    after: moves.flatMap(({ schema, name, to }) => (to === undefined ? [] : [owned(schema, name, undefined, to)])),
  };
}

const ownerOf = ({ properties: { owner } }: SchemaObject): ObjectReference | undefined =>
  isReference(owner) ? owner : undefined;
