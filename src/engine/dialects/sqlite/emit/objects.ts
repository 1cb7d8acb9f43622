import type { SchemaObject } from '../../../schema/object.ts';
import type { Properties, Property } from '../../../schema/property.ts';
import { list, words, wrap } from '../../sql-text.ts';
import type { Statement } from '../../statement.ts';
import { quote } from '../quote.ts';

export function createView({ name, properties }: SchemaObject): Statement {
  const columns = Array.isArray(properties.columns) ? ` (${list(properties.columns as string[], quote)})` : '';
  return {
    text: `CREATE VIEW ${quote(name)}${columns} AS ${textOf(properties.as)}`,
    comment: `create "${name}" view`,
    reverse: [`DROP VIEW ${quote(name)}`],
  };
}

export const dropView = (view: SchemaObject): Statement => ({
  text: `DROP VIEW ${quote(view.name)}`,
  comment: `drop "${view.name}" view`,
  reverse: [createView(view).text],
});

export function createTrigger({ name, on = '', properties }: SchemaObject): Statement {
  const { when } = properties;
  return {
    text: words(
      `CREATE TRIGGER ${quote(name)}`,
      timeOf(properties),
      `ON ${quote(on)} FOR EACH ROW`,
      typeof when === 'string' && `WHEN ${wrap(when)}`,
      textOf(properties.as),
    ),
    comment: `create trigger "${name}"`,
    reverse: [`DROP TRIGGER ${quote(name)}`],
  };
}

export const dropTrigger = (trigger: SchemaObject): Statement => ({
  text: `DROP TRIGGER ${quote(trigger.name)}`,
  comment: `drop "${trigger.name}" trigger`,
  reverse: [createTrigger(trigger).text],
});

const textOf = (value: Property | undefined): string => (typeof value === 'string' ? value : '');

function timeOf(properties: Properties): string {
  for (const [time, said] of [
    ['before', 'BEFORE'],
    ['after', 'AFTER'],
    ['instead_of', 'INSTEAD OF'],
  ] as const) {
    const event = properties[time] as Properties | undefined;
    if (event === undefined) continue;
    if (event.insert === true) return `${said} INSERT`;
    if (event.delete === true) return `${said} DELETE`;
    const { update_of: columns } = event;
    return Array.isArray(columns) ? `${said} UPDATE OF ${list(columns as string[], quote)}` : `${said} UPDATE`;
  }
  return 'BEFORE INSERT';
}
