import type { ModifyObject } from '../../../changes/change.ts';
import type { Properties } from '../../../schema/property.ts';
import { sameProperty } from '../../../schema/property.ts';
import { words } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { json, text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { collationText } from '../emit/collation.ts';
import { quote } from '../quote.ts';
import { emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { blocksOf, given, readTypeCell, typeSql } from './properties.ts';
import { collationOf, commentOf, typeJson } from './query-parts.ts';

interface FieldCell {
  readonly name: string;
  readonly type: unknown;
  readonly collate: string | null;
}

const fieldType = (schema: string, { type, collate }: Properties, context: EmitContext): string =>
  words(typeSql(schema, type, context), typeof collate === 'string' && `COLLATE ${collationText(collate)}`);

const fieldText = (schema: string, field: Properties, context: EmitContext): string =>
  `${quote(String(field.name))} ${fieldType(schema, field, context)}`;

/** CREATE TYPE … AS (postgresql.org/docs/current/sql-createtype.html). */
export const COMPOSITE: PostgresObject = {
  kind: 'composite',
  spec: {
    isQualified: true,
    readsTables: false,
    attributes: [
      { name: 'comment', form: 'string' },
      {
        name: 'field',
        form: 'blocks',
        isLabelled: true,
        attributes: [
          { name: 'type', form: 'type', isRequired: true },
          { name: 'collate', form: 'string' },
        ],
      },
    ],
  },
  query: (scope) => `SELECT n.nspname AS schema, t.typname AS name,
      (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', ${typeJson('a.atttypid', 'a.atttypmod')},
          'collate', ${collationOf('a.attcollation', 'b.typcollation')}) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS b ON b.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS fields, ${commentOf('t.oid', 'pg_type')}
    FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c' JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE ${isOwn('pg_type', 't.oid')} AND ${isOwn('pg_class', 'c.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => ({
      schema: text(row.schema),
      object: {
        kind: 'composite',
        name: text(row.name),
        properties: given({
          comment: textOr(row.comment),
          field: (json<readonly FieldCell[]>(row.fields) ?? []).map((field) => ({
            name: field.name,
            ...given({ type: readTypeCell(field.type), collate: textOr(field.collate) }),
          })),
        }),
        dependsOn: [],
      },
    })),
  emit: emitterOf({
    sort: 'TYPE',
    label: (name) => `composite type "${name}"`,
    text: (schema, { name, properties }, context) =>
      `CREATE TYPE ${context.name(schema, name)} AS (${blocksOf(properties.field)
        .map((field) => fieldText(schema, field, context))
        .join(', ')})`,
    alter,
  }),
  needsNew: ({ from, to }) => !isExtended(blocksOf(from.properties.field), blocksOf(to.properties.field)),
};

/** Attributes may go, and come at the end; one that is kept keeps its place. */
function isExtended(from: readonly Properties[], to: readonly Properties[]): boolean {
  const kept = from.filter(({ name }) => to.some((field) => field.name === name));
  return kept.every(({ name }, i) => to[i]?.name === name);
}

function alter(schema: string, { from, to, changed }: ModifyObject, context: EmitContext): readonly Statement[] {
  if (!changed.includes('field')) return [];
  const [old, wanted] = [blocksOf(from.properties.field), blocksOf(to.properties.field)];
  const actions = (before: readonly Properties[], after: readonly Properties[]): readonly string[] => [
    ...before
      .filter(({ name }) => !after.some((field) => field.name === name))
      .map(({ name }) => `DROP ATTRIBUTE ${quote(String(name))}`),
    ...after.flatMap((field) => {
      const same = before.find(({ name }) => name === field.name);
      if (same === undefined) return [`ADD ATTRIBUTE ${fieldText(schema, field, context)}`];
      return sameProperty(same, field)
        ? []
        : [`ALTER ATTRIBUTE ${quote(String(field.name))} TYPE ${fieldType(schema, field, context)}`];
    }),
  ];
  const name = context.name(schema, to.name);
  // Back again, what was dropped stands at the end: only where nothing was is that the same.
  const isUndone = isExtended(wanted, old);
  return [
    {
      text: `ALTER TYPE ${name} ${actions(old, wanted).join(', ')}`,
      comment: `modify composite type "${to.name}"`,
      reverse: isUndone ? [`ALTER TYPE ${name} ${actions(wanted, old).join(', ')}`] : 'irreversible',
    },
  ];
}
