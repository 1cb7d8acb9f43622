import type { Properties } from '../../../schema/property.ts';
import type { Default } from '../../../schema/table.ts';
import { unwrap, words, wrap } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { json, text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { defaultText } from '../emit/column.ts';
import { commentOn } from '../emit/comment.ts';
import { quote } from '../quote.ts';
import { defaultProperty } from './domain.ts';
import { alter, differsBeyond, emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import {
  blockOf,
  blocksOf,
  defaultOf,
  given,
  optionsChange,
  optionsText,
  readTypeCell,
  referenceSql,
  typeSql,
} from './properties.ts';
import { commentOf, typeJson } from './query-parts.ts';
import { optionsOf } from './server.ts';

interface ColumnCell {
  readonly name: string;
  readonly type: unknown;
  readonly isRequired: boolean;
  readonly default: string | null;
  readonly comment: string | null;
  readonly options: unknown;
}

/** CREATE FOREIGN TABLE (postgresql.org/docs/current/sql-createforeigntable.html). It holds no rows: other columns make it anew. */
export const FOREIGN_TABLE: PostgresObject = {
  kind: 'foreign_table',
  spec: {
    isQualified: true,
    readsTables: true,
    hasDependencies: true,
    attributes: [
      { name: 'server', form: 'reference', kinds: ['server'], isOpen: true, isRequired: true },
      { name: 'comment', form: 'string' },
      {
        name: 'column',
        form: 'blocks',
        isLabelled: true,
        attributes: [
          { name: 'null', form: 'bool', default: false, isPrinted: true },
          { name: 'type', form: 'type', isRequired: true },
          { name: 'default', form: 'default' },
          { name: 'comment', form: 'string' },
          { name: 'options', form: 'map' },
        ],
      },
      {
        name: 'check',
        form: 'blocks',
        isLabelled: true,
        attributes: [{ name: 'expr', form: 'sql', isRequired: true }],
      },
      { name: 'options', form: 'map' },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, c.relname AS name, s.srvname AS server, pg_catalog.to_json(f.ftoptions) AS options, ${commentOf('c.oid', 'pg_class')},
      (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', ${typeJson('a.atttypid', 'a.atttypmod')}, 'isRequired', a.attnotnull,
          'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'comment', pg_catalog.col_description(a.attrelid, a.attnum), 'options', a.attfdwoptions) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'expr', pg_catalog.pg_get_expr(k.conbin, k.conrelid)) ORDER BY k.conname)
        FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks
    FROM pg_catalog.pg_foreign_table AS f JOIN pg_catalog.pg_class AS c ON c.oid = f.ftrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver
    WHERE NOT c.relispartition AND ${isOwn('pg_class', 'c.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => ({
      schema: text(row.schema),
      object: {
        kind: 'foreign_table',
        name: text(row.name),
        properties: given({
          server: { kind: 'server', name: text(row.server) },
          comment: textOr(row.comment),
          column: (json<readonly ColumnCell[]>(row.columns) ?? []).map(readColumn),
          check: (json<readonly { name: string; expr: string }[]>(row.checks) ?? []).map(({ name, expr }) => ({
            name,
            expr: unwrap(expr),
          })),
          options: optionsOf(row.options),
        }),
        dependsOn: [],
      },
    })),
  emit: emitterOf({
    sort: 'FOREIGN TABLE',
    label: (name) => `"${name}" foreign table`,
    text: createText,
    after: (schema, { name, properties }, context) =>
      blocksOf(properties.column).flatMap((column) => columnComment(schema, name, undefined, column, context)),
    alter: (schema, { from, to }, context) => {
      const change = (before: Properties, after: Properties): string | undefined => {
        const options = optionsChange(blockOf(before.options), blockOf(after.options), quote);
        return options === undefined ? undefined : `ALTER FOREIGN TABLE ${context.name(schema, to.name)} ${options}`;
      };
      return alter(
        `modify "${to.name}" foreign table`,
        change(from.properties, to.properties),
        change(to.properties, from.properties),
      );
    },
  }),
  needsNew: (change) => differsBeyond(change, 'options', 'comment'),
};

function readColumn({ name, type, isRequired, default: value, comment, options }: ColumnCell): Properties {
  const read = readTypeCell(type);
  return {
    name,
    ...given({ type: read, null: !isRequired, comment, options: optionsOf(options) }),
    ...defaultProperty(defaultOf(read, value)),
  };
}

function createText(
  schema: string,
  { name, properties }: { readonly name: string; readonly properties: Properties },
  context: EmitContext,
): string {
  const columns = blocksOf(properties.column).map((column) =>
    words(
      quote(String(column.name)),
      typeSql(schema, column.type, context),
      optionsText(blockOf(column.options), quote),
      column.null === true ? 'NULL' : 'NOT NULL',
      column.default !== undefined && `DEFAULT ${defaultText(column.default as Default)}`,
    ),
  );
  const checks = blocksOf(properties.check).map((check) =>
    words(check.name !== '' && `CONSTRAINT ${quote(String(check.name))}`, `CHECK ${wrap(String(check.expr))}`),
  );
  return words(
    `CREATE FOREIGN TABLE ${context.name(schema, name)} (${[...columns, ...checks].join(', ')})`,
    `SERVER ${typeof properties.server === 'string' ? quote(properties.server) : referenceSql(schema, properties.server, context)}`,
    optionsText(blockOf(properties.options), quote),
  );
}

const columnComment = (
  schema: string,
  table: string,
  from: Properties | undefined,
  { name, comment }: Properties,
  context: EmitContext,
): readonly Statement[] =>
  commentOn(
    'COLUMN',
    `${context.name(schema, table)}.${quote(String(name))}`,
    `column: "${String(name)}" on foreign table: "${table}"`,
    from?.comment,
    comment,
  );
