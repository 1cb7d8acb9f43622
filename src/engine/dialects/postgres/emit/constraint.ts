import type { Properties } from '../../../schema/property.ts';
import type { Check, ForeignKey, Index, PrimaryKey } from '../../../schema/table.ts';
import { list, words, wrap } from '../../sql-text.ts';
import type { EmitContext } from '../../statement.ts';
import { quote } from '../quote.ts';
import { partText, storageText } from './index.ts';

/** Constraints as they stand in CREATE TABLE and behind ADD. */
export function primaryKeyText({ name, parts, properties }: PrimaryKey): string {
  const keys = parts.map(({ column = '' }) =>
    properties.without_overlaps === column ? `${quote(column)} WITHOUT OVERLAPS` : quote(column),
  );
  return words(
    name !== '' && `CONSTRAINT ${quote(name)}`,
    `PRIMARY KEY (${keys.join(', ')})`,
    includeText(properties),
    deferrableText(properties),
  );
}

/** UNIQUE and EXCLUDE. */
export function indexConstraintText({ name, constraint, parts, properties }: Index): string {
  const head = name !== '' && `CONSTRAINT ${quote(name)}`;
  if (constraint === 'exclude') {
    const { where, type } = properties;
    const keys = parts.map((part) => `${partText(part)} WITH ${String(part.properties.op ?? '=')}`);
    return words(
      head,
      `EXCLUDE USING ${String(type ?? 'GIST')} (${keys.join(', ')})`,
      includeText(properties),
      typeof where === 'string' && `WHERE ${wrap(where)}`,
      deferrableText(properties),
    );
  }
  return words(
    head,
    'UNIQUE',
    properties.nulls_distinct === false && 'NULLS NOT DISTINCT',
    `(${parts.map(({ column = '' }) => quote(column)).join(', ')})`,
    includeText(properties),
    storageText(properties),
    deferrableText(properties),
  );
}

export function foreignKeyText(schema: string, key: ForeignKey, context: EmitContext): string {
  const { name, columns, references, onUpdate, onDelete, properties } = key;
  const target = context.nameFrom(schema, references.schema === '' ? schema : references.schema, references.table);
  const isPeriod = properties.period === true;
  return words(
    name !== '' && `CONSTRAINT ${quote(name)}`,
    `FOREIGN KEY (${periodList(columns, isPeriod)})`,
    `REFERENCES ${target} (${periodList(references.columns, isPeriod)})`,
    `ON UPDATE ${onUpdate}`,
    `ON DELETE ${onDelete}`,
    deferrableText(properties),
  );
}

/** The last column is the time of a temporal key. */
const periodList = (columns: readonly string[], isPeriod: boolean): string =>
  columns.map((name, i) => (isPeriod && i === columns.length - 1 ? `PERIOD ${quote(name)}` : quote(name))).join(', ');

export const checkText = ({ name, expression, properties }: Check): string =>
  words(
    name !== '' && `CONSTRAINT ${quote(name)}`,
    `CHECK ${wrap(expression)}`,
    properties.no_inherit === true && 'NO INHERIT',
  );

const includeText = ({ include }: Properties): string | undefined =>
  Array.isArray(include) ? `INCLUDE (${list(include.map(String), quote)})` : undefined;

const deferrableText = ({ deferrable }: Properties): string | undefined =>
  deferrable === undefined ? undefined : `DEFERRABLE ${String(deferrable).replaceAll('_', ' ')}`;
