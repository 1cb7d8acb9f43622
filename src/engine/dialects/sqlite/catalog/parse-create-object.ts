import type { SchemaObject } from '../../../schema/object.ts';
import type { Properties } from '../../../schema/property.ts';
import { TokenReader } from './token-reader.ts';

/** `CREATE VIEW v AS SELECT …` (sqlite.org/lang_createview.html). */
export function parseCreateView(name: string, sql: string): SchemaObject {
  const reader = new TokenReader(sql);
  reader.skipTo('VIEW');
  reader.takes('IF', 'NOT', 'EXISTS');
  reader.qualifiedName();
  const columns = reader.items().map(([token]) => token?.text ?? '');
  reader.takes('AS');
  const properties = { as: reader.rest(), ...(columns.length === 0 ? {} : { columns }) };
  return { kind: 'view', name, properties, dependsOn: [] };
}

/** `CREATE TRIGGER t BEFORE UPDATE OF a ON users WHEN … BEGIN … END` (sqlite.org/lang_createtrigger.html). */
export function parseCreateTrigger(name: string, sql: string): SchemaObject {
  const reader = new TokenReader(sql);
  reader.skipTo('TRIGGER');
  reader.takes('IF', 'NOT', 'EXISTS');
  reader.qualifiedName();
  const time = reader.takes('INSTEAD', 'OF') ? 'instead_of' : reader.takes('AFTER') ? 'after' : 'before';
  reader.takes('BEFORE');
  const event = eventOf(reader);
  reader.takes('ON');
  const on = reader.qualifiedName();
  reader.takes('FOR', 'EACH', 'ROW');
  const when = reader.takes('WHEN') ? upTo(reader, 'BEGIN') : undefined;
  const properties: Properties = {
    [time]: event,
    ...(when === undefined ? {} : { when }),
    as: reader.rest(),
  };
  return { kind: 'trigger', name, on, properties, dependsOn: [] };
}

function eventOf(reader: TokenReader): Properties {
  if (reader.takes('DELETE')) return { delete: true };
  if (reader.takes('INSERT')) return { insert: true };
  reader.takes('UPDATE');
  if (!reader.takes('OF')) return { update: true };
  const columns: string[] = [];
  do columns.push(reader.name());
  while (reader.takes(','));
  return { update_of: columns };
}

/** The text before a word, which is left where it is. */
function upTo(reader: TokenReader, word: string): string {
  const start = reader.peek()?.start ?? 0;
  let end = start;
  while (!reader.isAtEnd && !reader.sees(word)) end = reader.next()?.end ?? end;
  return reader.sql.slice(start, end);
}
