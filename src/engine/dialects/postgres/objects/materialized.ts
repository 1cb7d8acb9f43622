import type { ModifyObject } from '../../../changes/change.ts';
import { type Property, sameProperty } from '../../../schema/property.ts';
import type { Index } from '../../../schema/table.ts';
import type { Row } from '../../dialect.ts';
import { words } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { json, text, textOr } from '../catalog/cells.ts';
import { indexQuery, inScope, isOwn } from '../catalog/queries.ts';
import { readIndex } from '../catalog/read-index.ts';
import { createIndex, dropIndex } from '../emit/index.ts';
import { differsBeyond, emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { given, trimBody } from './properties.ts';
import { commentOf } from './query-parts.ts';
import { columnComments, columnList, readViewColumns, VIEW_COLUMNS, VIEW_COLUMNS_JSON } from './view.ts';

const indexesOf = (value: Property | undefined): readonly Index[] => (value ?? []) as unknown as readonly Index[];

/** CREATE MATERIALIZED VIEW, and its indexes. The query cannot be replaced. */
export const MATERIALIZED: PostgresObject = {
  kind: 'materialized',
  spec: {
    isQualified: true,
    readsTables: true,
    hasDependencies: true,
    attributes: [
      { name: 'as', form: 'body', isRequired: true },
      { name: 'comment', form: 'string' },
      VIEW_COLUMNS,
      { name: 'index', form: 'indexes' },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_get_viewdef(c.oid) AS body, ${VIEW_COLUMNS_JSON} AS columns,
      (SELECT pg_catalog.json_agg(pg_catalog.row_to_json(x) ORDER BY x.name)
        FROM (${indexQuery("c.relkind = 'm'", 'true')}) AS x WHERE x.table = c.oid::pg_catalog.int8) AS indexes, ${commentOf('c.oid', 'pg_class')}
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm' AND ${isOwn('pg_class', 'c.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => ({
      schema: text(row.schema),
      object: {
        kind: 'materialized',
        name: text(row.name),
        properties: given({
          as: trimBody(text(row.body)),
          comment: textOr(row.comment),
          column: readViewColumns(row.columns),
          index: (json<readonly Row[]>(row.indexes) ?? []).map(readIndex),
        }),
        dependsOn: [],
      },
    })),
  emit: emitterOf({
    sort: 'MATERIALIZED VIEW',
    label: (name) => `"${name}" materialized view`,
    text: (schema, { name, properties }, context) =>
      words(
        `CREATE MATERIALIZED VIEW ${context.name(schema, name)}`,
        columnList(properties, context),
        `AS ${trimBody(String(properties.as))}`,
      ),
    after: (schema, object, context) => [
      ...indexesOf(object.properties.index).flatMap((index) => createIndex(schema, object.name, index, context)),
      ...columnComments('MATERIALIZED VIEW', schema, undefined, object, context),
    ],
    alter,
  }),
  needsNew: (change) =>
    differsBeyond(change, 'index', 'comment', 'column') || (change.changed.includes('column') && differInShape(change)),
};

function differInShape({ from, to }: ModifyObject): boolean {
  const shape = (value: Property | undefined): Property =>
    ((value ?? []) as readonly { name: string; type: Property }[]).map(({ name, type }) => ({ name, type }));
  return !sameProperty(shape(from.properties.column), shape(to.properties.column));
}

function alter(schema: string, { from, to }: ModifyObject, context: EmitContext): readonly Statement[] {
  const [old, wanted] = [indexesOf(from.properties.index), indexesOf(to.properties.index)];
  const isIn = (all: readonly Index[]) => (index: Index) =>
    all.some((other) => sameProperty(other as unknown as Property, index as unknown as Property));
  return [
    ...old.filter((index) => !isIn(wanted)(index)).map((index) => dropIndex(schema, to.name, index, context)),
    ...wanted.filter((index) => !isIn(old)(index)).flatMap((index) => createIndex(schema, to.name, index, context)),
    ...columnComments('MATERIALIZED VIEW', schema, from, to, context),
  ];
}
