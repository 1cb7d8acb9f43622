import type { SchemaObject } from '../../../schema/object.ts';
import { literal } from '../../sql-text.ts';
import type { EmitContext } from '../../statement.ts';
import { text, textOr } from '../catalog/cells.ts';
import { inScope } from '../catalog/queries.ts';
import { differsBeyond, emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { blocksOf, given, readFunctionCell, readTypeCell, referenceSql, typeSql } from './properties.ts';
import { commentOf, functionJson, typeJson } from './query-parts.ts';
import {
  ARGUMENTS,
  ARGUMENTS_JSON,
  argumentsText,
  IS_OWN_ROUTINE,
  readArguments,
  routineTarget,
  signatureOf,
} from './routine.ts';

const PARALLEL: Readonly<Record<string, string>> = { s: 'SAFE', r: 'RESTRICTED' };
const FUNCTION = { form: 'reference', kinds: ['function'], isOpen: true } as const;

/** CREATE AGGREGATE, plain ones (postgresql.org/docs/current/sql-createaggregate.html). */
export const AGGREGATE: PostgresObject = {
  kind: 'aggregate',
  spec: {
    isQualified: true,
    readsTables: true,
    hasDependencies: true,
    signature: signatureOf,
    attributes: [
      { name: 'state_type', form: 'type', isRequired: true },
      { name: 'state_func', isRequired: true, ...FUNCTION },
      { name: 'initial_value', form: 'string' },
      { name: 'final_func', ...FUNCTION },
      { name: 'combine_func', ...FUNCTION },
      { name: 'parallel', form: 'word', values: ['UNSAFE', 'RESTRICTED', 'SAFE'], default: 'UNSAFE' },
      { name: 'comment', form: 'string' },
      ARGUMENTS,
    ],
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, p.proname AS name, ${typeJson('g.aggtranstype')} AS state_type, ${functionJson('g.aggtransfn')} AS state_func,
      g.agginitval AS initial_value, ${functionJson('g.aggfinalfn')} AS final_func, ${functionJson('g.aggcombinefn')} AS combine_func,
      p.proparallel AS parallel, ${ARGUMENTS_JSON} AS args, ${commentOf('p.oid', 'pg_proc')}
    FROM pg_catalog.pg_aggregate AS g JOIN pg_catalog.pg_proc AS p ON p.oid = g.aggfnoid JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE g.aggkind = 'n' AND ${IS_OWN_ROUTINE} AND ${inScope(scope)} ORDER BY 1, 2, pg_catalog.pg_get_function_identity_arguments(p.oid)`,
  read: (rows) =>
    rows.map((row) => ({
      schema: text(row.schema),
      object: {
        kind: 'aggregate',
        name: text(row.name),
        properties: given({
          state_type: readTypeCell(row.state_type),
          state_func: readFunctionCell(row.state_func),
          initial_value: textOr(row.initial_value),
          final_func: readFunctionCell(row.final_func),
          combine_func: readFunctionCell(row.combine_func),
          parallel: PARALLEL[text(row.parallel)],
          comment: textOr(row.comment),
          arg: readArguments(row.args).args,
        }),
        dependsOn: [],
      },
    })),
  emit: emitterOf({
    sort: 'AGGREGATE',
    label: (name) => `"${name}" aggregate`,
    // One that takes any rows has a star in the place of arguments.
    target: (schema, object, context) =>
      blocksOf(object.properties.arg).length === 0
        ? `${context.name(schema, object.name)} (*)`
        : routineTarget(schema, object, context),
    text: createText,
  }),
  needsNew: (change) => differsBeyond(change, 'comment'),
};

function createText(schema: string, { name, properties }: SchemaObject, context: EmitContext): string {
  const { initial_value: initial, final_func: final, combine_func: combine, parallel, arg } = properties;
  const options = [
    `SFUNC = ${referenceSql(schema, properties.state_func, context)}`,
    `STYPE = ${typeSql(schema, properties.state_type, context)}`,
    ...(final === undefined ? [] : [`FINALFUNC = ${referenceSql(schema, final, context)}`]),
    ...(combine === undefined ? [] : [`COMBINEFUNC = ${referenceSql(schema, combine, context)}`]),
    ...(initial === undefined ? [] : [`INITCOND = ${literal(String(initial))}`]),
    ...(parallel === undefined ? [] : [`PARALLEL = ${String(parallel)}`]),
  ];
  const args = blocksOf(arg).length === 0 ? '(*)' : argumentsText(schema, properties, context);
  return `CREATE AGGREGATE ${context.name(schema, name)} ${args} (${options.join(', ')})`;
}
