import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import { words } from '../../sql-text.ts';
import type { EmitContext, Statement } from '../../statement.ts';
import { text } from '../catalog/cells.ts';
import { inScope } from '../catalog/queries.ts';
import { emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { commentOf } from './query-parts.ts';
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

/** CREATE PROCEDURE (postgresql.org/docs/current/sql-createprocedure.html). */
export const PROCEDURE: PostgresObject = {
  kind: 'procedure',
  spec: {
    isQualified: true,
    readsTables: true,
    hasDependencies: true,
    signature: signatureOf,
    attributes: ROUTINE_ATTRIBUTES,
  },
  query: (
    scope,
  ) => `SELECT n.nspname AS schema, p.proname AS name, l.lanname AS lang, p.prosrc AS body, pg_catalog.pg_get_function_sqlbody(p.oid) AS sql_body,
      p.probin AS library, p.prosecdef AS is_definer, pg_catalog.to_json(p.proconfig) AS config, ${ARGUMENTS_JSON} AS args, ${commentOf('p.oid', 'pg_proc')}
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
    WHERE p.prokind = 'p' AND ${IS_OWN_ROUTINE} AND ${inScope(scope)} ORDER BY 1, 2, pg_catalog.pg_get_function_identity_arguments(p.oid)`,
  read: (rows) =>
    rows.map((row) => ({
      schema: text(row.schema),
      object: {
        kind: 'procedure',
        name: text(row.name),
        properties: readRoutine(row, readArguments(row.args).args),
        dependsOn: [],
      },
    })),
  emit: emitterOf({
    sort: 'PROCEDURE',
    label: (name) => `"${name}" procedure`,
    target: routineTarget,
    text: (schema, object, context) => createText('CREATE', schema, object, context),
    alter,
  }),
  needsNew: (change) => change.changed.includes('arg') && !hasSameArguments(change),
};

const createText = (verb: string, schema: string, { name, properties }: SchemaObject, context: EmitContext): string =>
  words(
    `${verb} PROCEDURE ${context.name(schema, name)} ${argumentsText(schema, properties, context)}`,
    languageText(properties),
    properties.security === 'DEFINER' && 'SECURITY DEFINER',
    ...settingsText(properties),
    bodyText(properties),
  );

function alter(schema: string, { from, to, changed }: ModifyObject, context: EmitContext): readonly Statement[] {
  if (changed.every((aspect) => aspect === 'comment')) return [];
  return [
    {
      text: createText('CREATE OR REPLACE', schema, to, context),
      comment: `modify "${to.name}" procedure`,
      reverse: [createText('CREATE OR REPLACE', schema, from, { ...context, indent: '' })],
    },
  ];
}
