import type { SchemaObject } from '../../../schema/object.ts';
import { words } from '../../sql-text.ts';
import type { EmitContext } from '../../statement.ts';
import { text, textOr } from '../catalog/cells.ts';
import { isOwn } from '../catalog/queries.ts';
import { differsBeyond, emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { given, readFunctionCell, readTypeCell, referenceSql, typeOf, typeSql } from './properties.ts';
import { commentOf, functionJson, ofRealm, typeJson } from './query-parts.ts';

/** The first object id that is no part of the server itself (FirstNormalObjectId). */
const FIRST_OF_USER = 16384;
/** Letters of castcontext. */
const CONTEXTS: Readonly<Record<string, string>> = { a: 'ASSIGNMENT', i: 'IMPLICIT' };

const target = (schema: string, { properties }: SchemaObject, context: EmitContext): string =>
  `(${typeSql(schema, properties.source, context)} AS ${typeSql(schema, properties.target, context)})`;

/** CREATE CAST (postgresql.org/docs/current/sql-createcast.html). A cast has no name of its own: it is told by its types. */
export const CAST: PostgresObject = {
  kind: 'cast',
  spec: {
    isQualified: false,
    readsTables: true,
    isOfRealm: true,
    attributes: [
      { name: 'source', form: 'type', isRequired: true },
      { name: 'target', form: 'type', isRequired: true },
      { name: 'function', form: 'reference', kinds: ['function'], isOpen: true },
      { name: 'inout', form: 'bool' },
      { name: 'as', form: 'word', values: ['ASSIGNMENT', 'IMPLICIT'] },
      { name: 'comment', form: 'string' },
    ],
  },
  query: (
    scope,
  ) => `SELECT ${typeJson('c.castsource')} AS source, ${typeJson('c.casttarget')} AS target, ${functionJson('c.castfunc')} AS function,
      c.castmethod = 'i' AS is_inout, c.castcontext AS context, ${commentOf('c.oid', 'pg_cast')}
    FROM pg_catalog.pg_cast AS c WHERE c.oid::pg_catalog.int8 >= ${FIRST_OF_USER} AND ${isOwn('pg_cast', 'c.oid')}
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS y WHERE y.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND y.objid = c.oid AND y.deptype = 'i')
      AND ${ofRealm(scope)} ORDER BY c.castsource, c.casttarget`,
  read: (rows) =>
    rows.map((row) => {
      const [source, into] = [readTypeCell(row.source), readTypeCell(row.target)];
      return {
        schema: '',
        object: {
          kind: 'cast',
          name: `${source.text}_${into.text}`,
          properties: given({
            source,
            target: into,
            function: readFunctionCell(row.function),
            inout: row.is_inout,
            as: CONTEXTS[text(row.context)],
            comment: textOr(row.comment),
          }),
          dependsOn: [],
        },
      };
    }),
  emit: emitterOf({
    sort: 'CAST',
    label: (name) => `cast "${name}"`,
    target,
    text: (schema, object, context) => {
      const { properties } = object;
      const { function: by, source } = properties;
      return words(
        `CREATE CAST ${target(schema, object, context)}`,
        by !== undefined
          ? `WITH FUNCTION ${referenceSql(schema, by, context)}${typeof by === 'string' && by.includes('(') ? '' : `(${typeSql(schema, source, context)})`}`
          : properties.inout === true
            ? 'WITH INOUT'
            : 'WITHOUT FUNCTION',
        properties.as !== undefined && `AS ${String(properties.as)}`,
      );
    },
  }),
  needsNew: (change) => differsBeyond(change, 'comment'),
};

/** A cast that was written under a name of the user's has the one that the catalog gives it. */
export const castName = ({ properties }: SchemaObject): string =>
  `${typeOf(properties.source)?.text}_${typeOf(properties.target)?.text}`;
