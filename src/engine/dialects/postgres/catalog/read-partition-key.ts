import type { Properties, Property } from '../../../schema/property.ts';
import { splitAtCommas } from '../../split-at-commas.ts';
import { unwrap } from '../../sql-text.ts';

/** `RANGE (a, lower(b))` of pg_get_partkeydef. */
export function readPartitionKey(definition: string): Properties {
  const [, type = '', inner = ''] = /^(\w+) \((.*)\)$/s.exec(definition) ?? [];
  const parts = splitAtCommas([...inner], (sign) => sign).map((part) => part.join('').trim());
  const names = parts.map(columnName);
  if (names.every((one) => one !== undefined)) return { type, columns: names };
  const by = parts.map((part, i): Property => {
    const column = names[i];
    return column === undefined ? { expr: unwrap(part) } : { column };
  });
  return { type, by };
}

const columnName = (part: string): string | undefined => {
  if (/^[a-z_][a-z0-9_$]*$/.test(part)) return part;
  return /^"(?:[^"]|"")+"$/.test(part) ? part.slice(1, -1).replaceAll('""', '"') : undefined;
};
