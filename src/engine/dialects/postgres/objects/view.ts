import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import { type Properties, sameProperty } from '../../../schema/property.ts';
import type { AttributeSpec } from '../../dialect.ts';
import { bracket, words } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { json, options, text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { commentOn } from '../emit/comment.ts';
import { quote } from '../quote.ts';
import { emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { blockOf, blocksOf, given, readTypeCell, trimBody } from './properties.ts';
import { commentOf, typeJson } from './query-parts.ts';

/** What the server makes of the query: nobody has to write them. */
export const VIEW_COLUMNS: AttributeSpec = {
  name: 'column',
  form: 'blocks',
  isLabelled: true,
  isLearned: true,
  attributes: [
    { name: 'type', form: 'type', isRequired: true },
    { name: 'null', form: 'bool', isIgnored: true },
    { name: 'comment', form: 'string' },
  ],
};

/** JSON of the columns of relation `c`, for `readViewColumns`. */
export const VIEW_COLUMNS_JSON = `(SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', ${typeJson('a.atttypid', 'a.atttypmod')},
    'comment', pg_catalog.col_description(a.attrelid, a.attnum)) ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

interface ColumnCell {
  readonly name: string;
  readonly type: unknown;
  readonly comment: string | null;
}

export const readViewColumns = (cell: unknown): readonly Properties[] =>
  (json<readonly ColumnCell[]>(cell) ?? []).map(({ name, type, comment }) => ({
    name,
    ...given({ type: readTypeCell(type), comment }),
  }));

/** CREATE VIEW (postgresql.org/docs/current/sql-createview.html). */
export const VIEW: PostgresObject = {
  kind: 'view',
  spec: {
    isQualified: true,
    readsTables: true,
    hasDependencies: true,
    attributes: [
      { name: 'as', form: 'body', isRequired: true },
      { name: 'check_option', form: 'word', values: ['LOCAL', 'CASCADED'] },
      { name: 'comment', form: 'string' },
      VIEW_COLUMNS,
      {
        name: 'security',
        form: 'block',
        attributes: [
          { name: 'invoker', form: 'bool' },
          { name: 'barrier', form: 'bool' },
        ],
      },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_get_viewdef(c.oid) AS body, pg_catalog.to_json(c.reloptions) AS options,
      ${VIEW_COLUMNS_JSON} AS columns, ${commentOf('c.oid', 'pg_class')}
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'v' AND ${isOwn('pg_class', 'c.oid')} AND ${inScope(scope)} ORDER BY 1, 2`,
  read: (rows) =>
    rows.map((row) => {
      const { check_option: check, security_barrier: barrier, security_invoker: invoker } = options(row.options);
      const security = given({ invoker: isOn(invoker), barrier: isOn(barrier) });
      return {
        schema: text(row.schema),
        object: {
          kind: 'view',
          name: text(row.name),
          properties: given({
            as: trimBody(text(row.body)),
            check_option: check?.toUpperCase(),
            security: Object.keys(security).length === 0 ? undefined : security,
            comment: textOr(row.comment),
            column: readViewColumns(row.columns),
          }),
          dependsOn: [],
        },
      };
    }),
  emit: emitterOf({
    sort: 'VIEW',
    label: (name) => `"${name}" view`,
    text: (schema, object, context) => createText('CREATE VIEW', schema, object, context),
    after: (schema, object, context) => columnComments('VIEW', schema, undefined, object, context),
    alter,
  }),
  needsNew: ({ from, to, changed }) => changed.includes('column') && !isExtended(from, to),
};

const isOn = (value: string | undefined): boolean => value !== undefined && /^(?:true|on|yes|1)$/i.test(value);

function createText(verb: string, schema: string, { name, properties }: SchemaObject, context: EmitContext): string {
  const { invoker, barrier } = blockOf(properties.security);
  const settings = [
    ...(invoker === true ? ['security_invoker = true'] : []),
    ...(barrier === true ? ['security_barrier = true'] : []),
  ];
  return words(
    `${verb} ${context.name(schema, name)}`,
    columnList(properties, context),
    settings.length > 0 && `WITH (${settings.join(', ')})`,
    `AS ${trimBody(String(properties.as))}`,
    properties.check_option !== undefined && `WITH ${String(properties.check_option)} CHECK OPTION`,
  );
}

export function columnList(properties: Properties, { indent }: EmitContext): string | undefined {
  const names = blocksOf(properties.column).map(({ name }) => quote(String(name)));
  return names.length === 0 ? undefined : bracket(names, indent);
}

export const columnComments = (
  sort: string,
  schema: string,
  from: SchemaObject | undefined,
  to: SchemaObject,
  context: EmitContext,
): readonly Statement[] =>
  blocksOf(to.properties.column).flatMap(({ name, comment }) => {
    const before = blocksOf(from?.properties.column).find((column) => column.name === name);
    return commentOn(
      'COLUMN',
      `${context.name(schema, to.name)}.${quote(String(name))}`,
      `column: "${String(name)}" on ${sort.toLowerCase()}: "${to.name}"`,
      before?.comment,
      comment,
    );
  });

/** CREATE OR REPLACE keeps the columns that are there, in name, type and place, and may add some at the end. */
function isExtended(from: SchemaObject, to: SchemaObject): boolean {
  const wanted = blocksOf(to.properties.column);
  return blocksOf(from.properties.column).every(
    ({ name, type }, i) => wanted[i]?.name === name && sameProperty(wanted[i]?.type, type),
  );
}

function alter(schema: string, { from, to, changed }: ModifyObject, context: EmitContext): readonly Statement[] {
  const isReplaced = changed.some((aspect) => aspect !== 'comment' && aspect !== 'column') || isLonger(from, to);
  const way = (object: SchemaObject, verb: string): string =>
    createText(verb, schema, object, { ...context, indent: '' });
  // The columns that came would have to go: OR REPLACE does not do that.
  const back = !isLonger(from, to)
    ? [way(from, 'CREATE OR REPLACE VIEW')]
    : hasReaders(schema, to.name, context)
      ? ('irreversible' as const)
      : [`DROP VIEW ${context.name(schema, to.name)}`, way(from, 'CREATE VIEW')];
  return [
    ...(isReplaced
      ? [
          {
            text: createText('CREATE OR REPLACE VIEW', schema, to, context),
            comment: `modify "${to.name}" view`,
            reverse: back,
          },
        ]
      : []),
    ...columnComments('VIEW', schema, from, to, context),
  ];
}

/** Whether anything stands on the view, before or after: then it cannot be dropped alone. */
const hasReaders = (schema: string, name: string, { from, to }: EmitContext): boolean =>
  [from, to].some(({ schemas }) =>
    schemas.some((one) =>
      one.objects.some(
        ({ on, dependsOn }) =>
          (on === name && one.name === schema) ||
          dependsOn.some((needed) => needed.kind === 'view' && needed.schema === schema && needed.name === name),
      ),
    ),
  );

const isLonger = (from: SchemaObject, to: SchemaObject): boolean =>
  blocksOf(to.properties.column).length > blocksOf(from.properties.column).length &&
  blocksOf(from.properties.column).length > 0;
