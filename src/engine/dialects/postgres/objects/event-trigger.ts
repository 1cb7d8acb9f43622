import { list, literal, words } from '../../sql-text.ts';
import { json, text, textOr } from '../catalog/cells.ts';
import { isOwn } from '../catalog/queries.ts';
import { commentOn } from '../emit/comment.ts';
import { quote } from '../quote.ts';
import { emitterOf, replace } from './emitter.ts';
import type { PostgresObject } from './postgres-object.ts';
import { given, readFunctionCell, referenceSql, stringsOf } from './properties.ts';
import { commentOf, functionJson, ofRealm } from './query-parts.ts';

const emit = emitterOf({
  sort: 'EVENT TRIGGER',
  label: (name) => `event trigger "${name}"`,
  target: (_schema, { name }) => quote(name),
  text: (schema, { name, properties }, context) =>
    words(
      `CREATE EVENT TRIGGER ${quote(name)} ON ${String(properties.on)}`,
      properties.tags !== undefined && `WHEN TAG IN (${list(stringsOf(properties.tags), literal)})`,
      `EXECUTE FUNCTION ${referenceSql(schema, properties.execute, context)}()`,
    ),
});
const replaceAll = replace(emit);

/** CREATE EVENT TRIGGER (postgresql.org/docs/current/sql-createeventtrigger.html). */
export const EVENT_TRIGGER: PostgresObject = {
  kind: 'event_trigger',
  spec: {
    isQualified: false,
    readsTables: true,
    isOfRealm: true,
    attributes: [
      {
        name: 'on',
        form: 'word',
        values: ['ddl_command_start', 'ddl_command_end', 'table_rewrite', 'sql_drop', 'login'],
        isRequired: true,
      },
      { name: 'tags', form: 'strings' },
      { name: 'execute', form: 'reference', kinds: ['function'], isOpen: true, isRequired: true },
      { name: 'comment', form: 'string' },
    ],
  },
  query: (
    scope,
  ) => `SELECT e.evtname AS name, e.evtevent AS on, pg_catalog.to_json(e.evttags) AS tags, ${functionJson('e.evtfoid')} AS execute,
      ${commentOf('e.oid', 'pg_event_trigger')}
    FROM pg_catalog.pg_event_trigger AS e WHERE ${isOwn('pg_event_trigger', 'e.oid')} AND ${ofRealm(scope)} ORDER BY 1`,
  read: (rows) =>
    rows.map((row) => ({
      schema: '',
      object: {
        kind: 'event_trigger',
        name: text(row.name),
        properties: given({
          on: text(row.on),
          tags: json<readonly string[]>(row.tags),
          execute: readFunctionCell(row.execute),
          comment: textOr(row.comment),
        }),
        dependsOn: [],
      },
    })),
  emit: {
    ...emit,
    modify: (schema, change, context) => {
      const { from, to, changed } = change;
      return changed.every((aspect) => aspect === 'comment')
        ? commentOn(
            'EVENT TRIGGER',
            quote(to.name),
            `event trigger "${to.name}"`,
            from.properties.comment,
            to.properties.comment,
          )
        : replaceAll(schema, change, context);
    },
  },
};
