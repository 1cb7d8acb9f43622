import type { Default } from '../../../schema/table.ts';

/** `'it''s'` is the string, `1` the number, all else is SQL. */
export function readDefault(sql: string): Default {
  const text = sql.trim();
  if (/^'(?:[^']|'')*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  if (/^"(?:[^"]|"")*"$/.test(text)) return text.slice(1, -1).replaceAll('""', '"');
  if (/^[+-]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,12})?$/.test(text)) {
    const number = Number(text);
    if (String(number) === text) return number;
  }
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return { sql: text };
}
