import type { SchemaObject } from '../../../schema/object.ts';
import type { Properties } from '../../../schema/property.ts';
import type { AttributeSpec, Row } from '../../dialect.ts';
import { list, literal, unwrap, words, wrap } from '../../sql-text.ts';
import type { EmitContext } from '../../statement.ts';
import { json, text, textOr } from '../catalog/cells.ts';
import { inScope, isOwn } from '../catalog/queries.ts';
import { commentOn } from '../emit/comment.ts';
import { quote } from '../quote.ts';
import { emitterOf, onText, quotedOn, replace } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { blockOf, given, readFunctionCell, referenceSql, stringsOf } from './properties.ts';
import { commentOf, functionJson } from './query-parts.ts';

/** Bits of tgtype (pg_trigger.h of the server). */
const [ROW, BEFORE, INSERT, DELETE, UPDATE, TRUNCATE, INSTEAD] = [1, 2, 4, 8, 16, 32, 64];
const TIMES = [
  ['before', 'BEFORE'],
  ['after', 'AFTER'],
  ['instead_of', 'INSTEAD OF'],
] as const;

const EVENTS: readonly AttributeSpec[] = [
  { name: 'insert', form: 'bool' },
  { name: 'update', form: 'bool' },
  { name: 'update_of', form: 'columns' },
  { name: 'delete', form: 'bool' },
  { name: 'truncate', form: 'bool' },
];

const emit = emitterOf({
  sort: 'TRIGGER',
  label: (name) => `trigger "${name}"`,
  target: quotedOn,
  text: createText,
});

/** CREATE TRIGGER (postgresql.org/docs/current/sql-createtrigger.html). Nothing depends on one: a changed one is made anew. */
export const TRIGGER: PostgresObject = {
  kind: 'trigger',
  spec: {
    isQualified: false,
    readsTables: true,
    standsOn: ['table', 'view', 'foreign_table', 'partition'],
    hasDependencies: true,
    attributes: [
      {
        name: 'foreach',
        alias: 'for',
        form: 'word',
        values: ['ROW', 'STATEMENT'],
        default: 'STATEMENT',
        isPrinted: true,
      },
      { name: 'when', form: 'sql' },
      { name: 'constraint', form: 'bool' },
      { name: 'deferrable', form: 'word', values: ['INITIALLY_IMMEDIATE', 'INITIALLY_DEFERRED'] },
      { name: 'from', form: 'reference', kinds: ['table'] },
      { name: 'comment', form: 'string' },
      ...TIMES.map(([name]): AttributeSpec => ({ name, form: 'block', attributes: EVENTS })),
      {
        name: 'referencing',
        form: 'block',
        attributes: [
          { name: 'old_table', form: 'string' },
          { name: 'new_table', form: 'string' },
        ],
      },
      {
        name: 'execute',
        form: 'block',
        isRequired: true,
        attributes: [
          {
            name: 'function',
            alias: 'procedure',
            form: 'reference',
            kinds: ['function', 'procedure'],
            isOpen: true,
            isRequired: true,
          },
          { name: 'args', form: 'strings' },
        ],
      },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, g.tgname AS name, c.relname AS on, g.tgtype AS type, ${functionJson('g.tgfoid')} AS function,
      pg_catalog.encode(g.tgargs, 'hex') AS args, pg_catalog.pg_get_triggerdef(g.oid) AS definition, g.tgconstraint <> 0 AS is_constraint,
      g.tgdeferrable AS is_deferrable, g.tginitdeferred AS is_deferred, g.tgoldtable AS old_table, g.tgnewtable AS new_table,
      fn.nspname AS from_schema, f.relname AS from_table,
      (SELECT pg_catalog.json_agg(a.attname ORDER BY k.at) FROM pg_catalog.unnest(g.tgattr::pg_catalog.int2[]) WITH ORDINALITY AS k(attnum, at)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS columns, ${commentOf('g.oid', 'pg_trigger')}
    FROM pg_catalog.pg_trigger AS g JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_class AS f ON f.oid = g.tgconstrrelid LEFT JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace
    WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND ${isOwn('pg_class', 'c.oid')} AND ${isOwn('pg_trigger', 'g.oid')} AND ${inScope(scope)} ORDER BY 1, 3, 2`,
  read: (rows) =>
    rows.map((row) => ({
      schema: text(row.schema),
      object: {
        kind: 'trigger',
        name: text(row.name),
        on: text(row.on),
        properties: propertiesOf(row),
        dependsOn: [],
      },
    })),
  emit: {
    ...emit,
    modify: (schema, change, context) =>
      change.changed.every((aspect) => aspect === 'comment')
        ? commentOn(
            'TRIGGER',
            quotedOn(schema, change.to, context),
            `trigger "${change.to.name}"`,
            change.from.properties.comment,
            change.to.properties.comment,
          )
        : replaceTrigger(schema, change, context),
  },
};

const replaceTrigger = replace(emit);

function propertiesOf(row: Row): Properties {
  const type = Number(row.type);
  const has = (bit: number | undefined): boolean => (type & (bit ?? 0)) !== 0;
  const columns = json<readonly string[]>(row.columns);
  const time = has(INSTEAD) ? 'instead_of' : has(BEFORE) ? 'before' : 'after';
  const [, when] = /FOR EACH (?:ROW|STATEMENT) WHEN \((.*)\) EXECUTE FUNCTION /s.exec(text(row.definition)) ?? [];
  const args = readTriggerArguments(text(row.args));
  const referencing = given({ old_table: textOr(row.old_table), new_table: textOr(row.new_table) });
  return given({
    foreach: has(ROW) ? 'ROW' : undefined,
    when: when === undefined ? undefined : unwrap(when),
    constraint: row.is_constraint,
    deferrable:
      row.is_deferrable === true
        ? row.is_deferred === true
          ? 'INITIALLY_DEFERRED'
          : 'INITIALLY_IMMEDIATE'
        : undefined,
    from:
      row.from_table === null || row.from_table === undefined
        ? undefined
        : { kind: 'table', schema: text(row.from_schema), name: text(row.from_table) },
    comment: textOr(row.comment),
    [time]: given({
      insert: has(INSERT),
      update: has(UPDATE) && columns === undefined,
      update_of: columns,
      delete: has(DELETE),
      truncate: has(TRUNCATE),
    }),
    referencing: Object.keys(referencing).length === 0 ? undefined : referencing,
    execute: given({ function: readFunctionCell(row.function), args }),
  });
}

/** Strings that each end in a zero byte. */
function readTriggerArguments(hex: string): readonly string[] {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return new TextDecoder().decode(bytes).split('\0').slice(0, -1);
}

function createText(schema: string, object: SchemaObject, context: EmitContext): string {
  const { properties } = object;
  const { when, deferrable, from, foreach } = properties;
  const execute = blockOf(properties.execute);
  return words(
    `CREATE ${properties.constraint === true ? 'CONSTRAINT ' : ''}TRIGGER ${quote(object.name)}`,
    timeText(properties),
    onText(schema, object, context),
    from !== undefined && `FROM ${referenceSql(schema, from, context)}`,
    deferrable !== undefined && `DEFERRABLE ${String(deferrable).replaceAll('_', ' ')}`,
    referencingText(blockOf(properties.referencing)),
    `FOR EACH ${String(foreach ?? 'STATEMENT')}`,
    typeof when === 'string' && `WHEN ${wrap(when)}`,
    `EXECUTE FUNCTION ${referenceSql(schema, execute.function, context)}(${list(stringsOf(execute.args), literal)})`,
  );
}

function referencingText({ old_table: before, new_table: after }: Properties): string | undefined {
  const tables = [
    ...(before === undefined ? [] : [`OLD TABLE AS ${quote(String(before))}`]),
    ...(after === undefined ? [] : [`NEW TABLE AS ${quote(String(after))}`]),
  ];
  return tables.length === 0 ? undefined : `REFERENCING ${tables.join(' ')}`;
}

function timeText(properties: Properties): string {
  for (const [name, said] of TIMES) {
    const events = properties[name];
    if (events === undefined) continue;
    const { insert, update, update_of: columns, delete: remove, truncate } = blockOf(events);
    const texts = [
      ...(insert === true ? ['INSERT'] : []),
      ...(columns !== undefined ? [`UPDATE OF ${list(stringsOf(columns), quote)}`] : update === true ? ['UPDATE'] : []),
      ...(remove === true ? ['DELETE'] : []),
      ...(truncate === true ? ['TRUNCATE'] : []),
    ];
    return `${said} ${texts.join(' OR ')}`;
  }
  return 'AFTER INSERT';
}
