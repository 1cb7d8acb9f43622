import type { Properties } from '../../../schema/property.ts';
import type { Column, ColumnType } from '../../../schema/table.ts';
import type { Row } from '../../dialect.ts';
import { SERIAL_OF } from '../type-names.ts';
import { POSTGRES_TYPES } from '../types.ts';
import { text, textOr } from './cells.ts';
import { readDefault } from './read-default.ts';

/** typtype of pg_type, and the kind of object that has it. */
const KINDS: Readonly<Record<string, string>> = { e: 'enum', d: 'domain', r: 'range', m: 'range', c: 'composite' };

/** A row of the columns' query. */
export function readColumn(row: Row, table: { readonly schema: string; readonly name: string }): Column {
  const type = readType(row);
  const expression = textOr(row.default);
  const isGenerated = text(row.generated) !== '';
  const identity = text(row.identity);
  const serial = identity === '' ? serialOf(row, table, type.text) : undefined;
  const comment = textOr(row.comment);
  const collate = textOr(row.collate);
  const properties: Properties = {
    ...(collate === undefined ? {} : { collate }),
    ...(comment === undefined ? {} : { comment }),
    ...(identity === '' ? {} : { identity: readIdentity(row, identity) }),
  };
  return {
    name: text(row.name),
    type: serial === undefined ? type : { text: serial },
    isNullable: row.is_required !== true,
    ...(expression === undefined || isGenerated || serial !== undefined
      ? {}
      : { default: readDefault(type.text, expression) }),
    ...(isGenerated
      ? { generated: { expression: expression ?? '', storage: row.generated === 'v' ? 'VIRTUAL' : 'STORED' } as const }
      : {}),
    properties,
  };
}

/** The catalog's type: of the server, of an extension, or an object of the user's. */
export function readType(row: Row): ColumnType {
  const { type_schema: schema, type_name: name } = row;
  const written = text(row.type);
  if (schema === 'pg_catalog') return { text: POSTGRES_TYPES.canonical(written) };
  const suffix = written.endsWith('[]') ? '[]' : '';
  // A type of an extension stands wherever that was put: its schema is no part of it.
  if (row.is_extension === true)
    return { text: POSTGRES_TYPES.canonical(written.replace(/^(?:"(?:[^"]|"")+"|\w+)\.(?=\w|")/, '')) };
  const kind = text(row.sort) === 'c' && row.row_of !== 'c' ? 'table' : (KINDS[text(row.sort)] ?? 'composite');
  return { text: `${text(name)}${suffix}`, object: { kind, schema: text(schema), name: text(name) } };
}

function readIdentity(row: Row, identity: string): Properties {
  const [start, increment] = [Number(row.start), Number(row.increment)];
  return {
    ...(identity === 'a' ? { generated: 'ALWAYS' } : {}),
    ...(start === 1 ? {} : { start }),
    ...(increment === 1 ? {} : { increment }),
  };
}

/** An integer that counts by a sequence of its own, under the name that `serial` gives it. */
function serialOf(
  row: Row,
  { schema, name }: { readonly schema: string; readonly name: string },
  type: string,
): string | undefined {
  const serial = SERIAL_OF.get(type);
  const isOwned = row.sequence === `${name}_${text(row.name)}_seq` && row.sequence_schema === schema;
  return serial !== undefined && isOwned && row.is_required === true && /^nextval\(/.test(text(row.default))
    ? serial
    : undefined;
}
