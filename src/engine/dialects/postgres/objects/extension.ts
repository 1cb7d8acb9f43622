import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import { isReference } from '../../../schema/property-references.ts';
import { literal, words } from '../../sql-text.ts';
import type { Statement } from '../../statement.ts';
import { text } from '../catalog/cells.ts';
import { quote } from '../quote.ts';
import { emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { given } from './properties.ts';
import { ofRealm } from './query-parts.ts';

const schemaOf = ({ properties: { schema } }: SchemaObject): string | undefined =>
  isReference(schema) ? schema.name : typeof schema === 'string' ? schema : undefined;

/** CREATE EXTENSION. That of PL/pgSQL is in every database; the comment is the extension's own (atlas-engine.md 1.3). */
export const EXTENSION: PostgresObject = {
  kind: 'extension',
  spec: {
    isQualified: false,
    readsTables: false,
    isOfRealm: true,
    hasDependencies: true,
    attributes: [
      { name: 'schema', form: 'reference', kinds: ['schema'], isOpen: true, isLearned: true },
      { name: 'version', form: 'string', isLearned: true },
      { name: 'comment', form: 'string', isIgnored: true },
    ],
  },
  query: (scope) => `SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
    FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
    WHERE e.extname <> 'plpgsql' AND ${ofRealm(scope)} ORDER BY 1`,
  read: (rows) =>
    rows.map((row) => {
      const schema = text(row.schema);
      return {
        schema: '',
        object: {
          kind: 'extension',
          name: text(row.name),
          properties: given({
            schema: schema.startsWith('pg_') ? schema : { kind: 'schema', name: schema },
            version: text(row.version),
          }),
          dependsOn: [],
        },
      };
    }),
  emit: emitterOf({
    sort: 'EXTENSION',
    hasOwnComment: true,
    label: (name) => `extension "${name}"`,
    target: (_schema, { name }) => quote(name),
    text: (_schema, object) => {
      const { name, properties } = object;
      const schema = schemaOf(object);
      return words(
        `CREATE EXTENSION ${quote(name)}`,
        schema !== undefined && !schema.startsWith('pg_') && `WITH SCHEMA ${quote(schema)}`,
        properties.version !== undefined && `VERSION ${literal(String(properties.version))}`,
      );
    },
    alter,
  }),
};

function alter(_schema: string, { from, to, changed }: ModifyObject): readonly Statement[] {
  const name = quote(to.name);
  const comment = `modify extension "${to.name}"`;
  const change = (text: (object: SchemaObject) => string): Statement => ({
    text: `ALTER EXTENSION ${name} ${text(to)}`,
    comment,
    reverse: [`ALTER EXTENSION ${name} ${text(from)}`],
  });
  return [
    ...(changed.includes('version')
      ? [change(({ properties }) => `UPDATE TO ${literal(String(properties.version))}`)]
      : []),
    ...(changed.includes('schema') ? [change((object) => `SET SCHEMA ${quote(schemaOf(object) ?? 'public')}`)] : []),
  ];
}
