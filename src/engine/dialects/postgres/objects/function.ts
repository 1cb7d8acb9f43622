import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import { sameProperty } from '../../../schema/property.ts';
import { words } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { text } from '../catalog/cells.ts';
import { inScope } from '../catalog/queries.ts';
import { quote } from '../quote.ts';
import { emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { blockOf, blocksOf, given, readTypeCell, typeSql } from './properties.ts';
import { commentOf, typeJson } from './query-parts.ts';
import {
  ARGUMENTS_JSON,
  argumentsText,
  bodyText,
  hasSameArguments,
  IS_OWN_ROUTINE,
  languageText,
  ROUTINE_ATTRIBUTES,
  readArguments,
  readRoutine,
  routineTarget,
  settingsText,
  signatureOf,
} from './routine.ts';

/** Letters of provolatile and proparallel. */
const VOLATILITY: Readonly<Record<string, string>> = { s: 'STABLE', i: 'IMMUTABLE' };
const PARALLEL: Readonly<Record<string, string>> = { s: 'SAFE', r: 'RESTRICTED' };

/** CREATE FUNCTION (postgresql.org/docs/current/sql-createfunction.html). */
export const FUNCTION: PostgresObject = {
  kind: 'function',
  spec: {
    isQualified: true,
    readsTables: true,
    hasDependencies: true,
    signature: signatureOf,
    attributes: [
      ...ROUTINE_ATTRIBUTES.slice(0, 1),
      { name: 'return', form: 'type' },
      { name: 'return_set', form: 'type' },
      ...ROUTINE_ATTRIBUTES.slice(1),
      { name: 'volatility', form: 'word', values: ['VOLATILE', 'STABLE', 'IMMUTABLE'], default: 'VOLATILE' },
      { name: 'strict', form: 'bool' },
      { name: 'leakproof', form: 'bool' },
      { name: 'parallel', form: 'word', values: ['UNSAFE', 'RESTRICTED', 'SAFE'], default: 'UNSAFE' },
      {
        name: 'return_table',
        form: 'block',
        attributes: [
          {
            name: 'column',
            form: 'blocks',
            isLabelled: true,
            attributes: [{ name: 'type', form: 'type', isRequired: true }],
          },
        ],
      },
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, p.proname AS name, l.lanname AS lang, p.prosrc AS body, pg_catalog.pg_get_function_sqlbody(p.oid) AS sql_body,
      p.probin AS library, p.provolatile AS volatility, p.proisstrict AS is_strict, p.proleakproof AS is_leakproof, p.proparallel AS parallel,
      p.prosecdef AS is_definer, pg_catalog.to_json(p.proconfig) AS config, p.proretset AS returns_set, ${typeJson('p.prorettype')} AS return,
      ${ARGUMENTS_JSON} AS args, ${commentOf('p.oid', 'pg_proc')}
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
    WHERE p.prokind IN ('f', 'w') AND ${IS_OWN_ROUTINE} AND ${inScope(scope)} ORDER BY 1, 2, pg_catalog.pg_get_function_identity_arguments(p.oid)`,
  read: (rows) =>
    rows.map((row) => {
      const { args, columns } = readArguments(row.args);
      const type = readTypeCell(row.return);
      const isTable = columns.length > 0;
      return {
        schema: text(row.schema),
        object: {
          kind: 'function',
          name: text(row.name),
          properties: {
            ...readRoutine(row, args),
            ...given({
              return: isTable || row.returns_set === true ? undefined : type,
              return_set: !isTable && row.returns_set === true ? type : undefined,
              return_table: isTable ? { column: columns } : undefined,
              volatility: VOLATILITY[text(row.volatility)],
              strict: row.is_strict,
              leakproof: row.is_leakproof,
              parallel: PARALLEL[text(row.parallel)],
            }),
          },
          dependsOn: [],
        },
      };
    }),
  emit: emitterOf({
    sort: 'FUNCTION',
    label: (name) => `"${name}" function`,
    target: routineTarget,
    text: (schema, object, context) => createText('CREATE', schema, object, context),
    alter,
  }),
  needsNew: (change) => {
    const { from, to, changed } = change;
    const returns = ['return', 'return_set', 'return_table'] as const;
    return (
      (changed.includes('arg') && !hasSameArguments(change)) ||
      returns.some((one) => !sameProperty(from.properties[one], to.properties[one]))
    );
  },
};

function createText(verb: string, schema: string, { name, properties }: SchemaObject, context: EmitContext): string {
  const { volatility, parallel } = properties;
  return words(
    `${verb} FUNCTION ${context.name(schema, name)} ${argumentsText(schema, properties, context)}`,
    returnText(schema, properties, context),
    languageText(properties),
    volatility !== undefined && String(volatility),
    properties.strict === true && 'STRICT',
    properties.leakproof === true && 'LEAKPROOF',
    properties.security === 'DEFINER' && 'SECURITY DEFINER',
    parallel !== undefined && `PARALLEL ${String(parallel)}`,
    ...settingsText(properties),
    bodyText(properties),
  );
}

/** A function with OUT arguments may leave it to them. */
function returnText(schema: string, properties: SchemaObject['properties'], context: EmitContext): string | undefined {
  const { return: one, return_set: many, return_table: table } = properties;
  if (table !== undefined) {
    const columns = blocksOf(blockOf(table).column).map(
      (column) => `${quote(String(column.name))} ${typeSql(schema, column.type, context)}`,
    );
    return `RETURNS TABLE (${columns.join(', ')})`;
  }
  if (many !== undefined) return `RETURNS SETOF ${typeSql(schema, many, context)}`;
  return one === undefined ? undefined : `RETURNS ${typeSql(schema, one, context)}`;
}

function alter(schema: string, { from, to, changed }: ModifyObject, context: EmitContext): readonly Statement[] {
  if (changed.every((aspect) => aspect === 'comment')) return [];
  return [
    {
      text: createText('CREATE OR REPLACE', schema, to, context),
      comment: `modify "${to.name}" function`,
      reverse: [createText('CREATE OR REPLACE', schema, from, { ...context, indent: '' })],
    },
  ];
}
