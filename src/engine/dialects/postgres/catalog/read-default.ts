import type { Default } from '../../../schema/table.ts';
import { baseOf, elementOf } from '../types.ts';

const NUMBERS = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);
const NUMBER = /^-?\d+(?:\.\d+)?$/;
/** A string literal, perhaps with the type that the server gives it: `'x'::character varying`. */
const QUOTED = /^'((?:[^']|'')*)'(?:::(.+))?$/s;

/**
 * A default as HCL has it: literals as such, all else as SQL (atlas-engine.md 1.7).
 * @param type canonical; of the user's own a name
 */
export function readDefault(type: string, sql: string): Default {
  const text = sql.trim();
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const base = baseOf(type);
  const [, quoted, cast] = QUOTED.exec(text) ?? [];
  const value = quoted?.replaceAll("''", "'");
  const number = value === undefined ? text : value;
  if (base !== undefined && NUMBERS.has(base) && NUMBER.test(number)) return numberOf(number) ?? { sql: text };
  if (value === undefined) return NUMBER.test(text) ? (numberOf(text) ?? { sql: text }) : { sql: text };
  if (base === 'boolean')
    return /^t(?:rue)?$/i.test(value) ? true : /^f(?:alse)?$/i.test(value) ? false : { sql: text };
  return isLiteralOf(type, base) && hasOwnCast(cast) ? value : { sql: text };
}

/** A number that JavaScript prints as it was written. */
const numberOf = (text: string): number | undefined => (String(Number(text)) === text ? Number(text) : undefined);

/** The server prints an interval, a bit string or a money in its own way: what was written is not what stands there. */
const isLiteralOf = (type: string, base: string | undefined): boolean =>
  base === undefined || elementOf(type).isArray || !/^(?:interval|bit|money)/.test(base);

/** `'x'::text` is a literal; `('x'::text || 'y')` or a call has been sorted out by its shape. */
const hasOwnCast = (cast: string | undefined): boolean =>
  cast === undefined || /^[\w." ]+(?:\([\d, ]*\))?[\w ]*(?:\[\])*$/.test(cast);
