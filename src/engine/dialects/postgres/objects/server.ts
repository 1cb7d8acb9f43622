import type { Properties } from '../../../schema/property.ts';
import { literal, words } from '../../sql-text.ts';
import { options, text, textOr } from '../catalog/cells.ts';
import { isOwn } from '../catalog/queries.ts';
import { quote } from '../quote.ts';
import { alter, differsBeyond, emitterOf } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { blockOf, given, optionsChange, optionsText } from './properties.ts';
import { commentOf, ofRealm } from './query-parts.ts';

/** CREATE SERVER (postgresql.org/docs/current/sql-createserver.html). */
export const SERVER: PostgresObject = {
  kind: 'server',
  spec: {
    isQualified: false,
    readsTables: false,
    isOfRealm: true,
    hasDependencies: true,
    attributes: [
      { name: 'wrapper', form: 'string', isRequired: true },
      { name: 'type', form: 'string' },
      { name: 'version', form: 'string' },
      { name: 'comment', form: 'string' },
      { name: 'options', form: 'map' },
    ],
  },
  query: (
    scope,
  ) => `SELECT s.srvname AS name, w.fdwname AS wrapper, s.srvtype AS type, s.srvversion AS version, pg_catalog.to_json(s.srvoptions) AS options,
      ${commentOf('s.oid', 'pg_foreign_server')}
    FROM pg_catalog.pg_foreign_server AS s JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
    WHERE ${isOwn('pg_foreign_server', 's.oid')} AND ${ofRealm(scope)} ORDER BY 1`,
  read: (rows) =>
    rows.map((row) => ({
      schema: '',
      object: {
        kind: 'server',
        name: text(row.name),
        properties: given({
          wrapper: text(row.wrapper),
          type: textOr(row.type),
          version: textOr(row.version),
          comment: textOr(row.comment),
          options: optionsOf(row.options),
        }),
        dependsOn: [],
      },
    })),
  emit: emitterOf({
    sort: 'SERVER',
    label: (name) => `server "${name}"`,
    target: (_schema, { name }) => quote(name),
    text: (_schema, { name, properties }) =>
      words(
        `CREATE SERVER ${quote(name)}`,
        properties.type !== undefined && `TYPE ${literal(String(properties.type))}`,
        properties.version !== undefined && `VERSION ${literal(String(properties.version))}`,
        `FOREIGN DATA WRAPPER ${quote(String(properties.wrapper))}`,
        optionsText(blockOf(properties.options), quote),
      ),
    alter: (_schema, { from, to }) => {
      const change = (before: Properties, after: Properties): string | undefined => {
        const text = words(
          before.version !== after.version &&
            `VERSION ${after.version === undefined ? 'NULL' : literal(String(after.version))}`,
          optionsChange(blockOf(before.options), blockOf(after.options), quote),
        );
        return text === '' ? undefined : `ALTER SERVER ${quote(to.name)} ${text}`;
      };
      const [before, after] = [from.properties, to.properties];
      return alter(`modify server "${to.name}"`, change(before, after), change(after, before));
    },
  }),
  needsNew: (change) => differsBeyond(change, 'version', 'options', 'comment'),
};

/** Options of foreign data, undefined for none. */
export const optionsOf = (cell: unknown): Properties | undefined => {
  const found = options(cell);
  return Object.keys(found).length === 0 ? undefined : found;
};
