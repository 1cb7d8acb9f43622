import { AppError } from '../../../../shared/errors.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import { literal } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { json, text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { commentOn } from '../emit/comment.ts';
import type { PostgresObject } from './postgres-object.ts';

const valuesOf = ({ properties }: SchemaObject): readonly string[] =>
  Array.isArray(properties.values) ? properties.values.map(String) : [];

const create = (schema: string, object: SchemaObject, context: EmitContext): readonly Statement[] => {
  const name = context.name(schema, object.name);
  return [
    {
      text: `CREATE TYPE ${name} AS ENUM (${valuesOf(object).map(literal).join(', ')})`,
      comment: `create enum type "${object.name}"`,
      reverse: [`DROP TYPE ${name}`],
    },
    ...commentOn('TYPE', name, `enum type: "${object.name}"`, undefined, object.properties.comment),
  ];
};

/** CREATE TYPE … AS ENUM. Values are only ever added: the server can neither drop nor move one (atlas-engine.md 2.3). */
export const ENUM: PostgresObject = {
  kind: 'enum',
  spec: {
    isQualified: true,
    readsTables: false,
    attributes: [
      { name: 'values', form: 'strings', isRequired: true },
      { name: 'comment', form: 'string' },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, t.typname AS name, pg_catalog.obj_description(t.oid, 'pg_type') AS comment,
      (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid) AS values
    FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.typtype = 'e' AND ${isOwn('pg_type', 't.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => {
      const comment = textOr(row.comment);
      return {
        schema: text(row.schema),
        object: {
          kind: 'enum',
          name: text(row.name),
          properties: {
            values: json<readonly string[]>(row.values) ?? [],
            ...(comment === undefined ? {} : { comment }),
          },
          dependsOn: [],
        },
      };
    }),
  emit: {
    create,
    drop: (schema, object, context) => {
      const name = context.name(schema, object.name);
      return [
        {
          text: `DROP TYPE ${name}`,
          comment: `drop enum type "${object.name}"`,
          reverse: create(schema, object, context).map((statement) => statement.text),
        },
      ];
    },
    modify: (schema, { from, to, changed }, context) => {
      const name = context.name(schema, to.name);
      return [
        ...(changed.includes('values') ? addValues(name, from, to) : []),
        ...(changed.includes('comment')
          ? commentOn('TYPE', name, `enum type: "${to.name}"`, from.properties.comment, to.properties.comment)
          : []),
      ];
    },
  },
};

/** @throws AppError SCHEMA_CHANGE_IMPOSSIBLE */
function addValues(name: string, from: SchemaObject, to: SchemaObject): readonly Statement[] {
  const [old, wanted] = [valuesOf(from), valuesOf(to)];
  const next = { next: `make a new enum, change the columns to it and drop "${from.name}"` };
  for (const value of old)
    if (!wanted.includes(value))
      throw new AppError(
        'SCHEMA_CHANGE_IMPOSSIBLE',
        `dropping value "${value}" from enum "${from.name}" is not supported`,
        next,
      );
  const kept = wanted.filter((value) => old.includes(value));
  const moved = kept.find((value, i) => value !== old[i]);
  if (moved !== undefined)
    throw new AppError(
      'SCHEMA_CHANGE_IMPOSSIBLE',
      `reordering enum "${from.name}" value "${moved}" is not supported`,
      next,
    );
  const there = new Set(old);
  return wanted.flatMap((value, i): readonly Statement[] => {
    if (there.has(value)) return [];
    const before = wanted[i - 1];
    const after = wanted.slice(i + 1).find((one) => there.has(one));
    there.add(value);
    // Behind the one before it, which is there by now; no place where it is the last.
    const place =
      after === undefined ? '' : before === undefined ? ` BEFORE ${literal(after)}` : ` AFTER ${literal(before)}`;
    return [
      {
        text: `ALTER TYPE ${name} ADD VALUE ${literal(value)}${place}`,
        comment: `add value to enum type: "${to.name}"`,
        reverse: 'irreversible',
      },
    ];
  });
}
