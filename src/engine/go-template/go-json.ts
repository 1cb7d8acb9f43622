import { compareStrings, GoFloat } from './go-values.ts';

/** Go writes these three, and the two line separators, as escapes: JSON may stand in HTML and JavaScript. */
const ESCAPED = /[<>&\u2028\u2029]/g;
const LONE_SURROGATE = /\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g;

const quote = (text: string): string =>
  JSON.stringify(text)
    .replace(ESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    // JSON.stringify escapes only what is no well-formed text; Go writes the replacement character.
    .replace(LONE_SURROGATE, '\\ufffd');

interface Layout {
  readonly prefix: string;
  readonly indent: string;
}

/**
 * JSON as Go's encoding/json writes it. Objects keep the order of their keys (fields of a struct), Maps are sorted (Go's maps).
 * `undefined` and functions are left out; toJSON is honoured; null stands for nil slices and pointers.
 */
export function printGoJson(value: unknown, layout?: Layout): string {
  return write(value, layout, layout === undefined ? '' : `\n${layout.prefix}`) ?? 'null';
}

/** The same with every object's keys sorted: what Go prints of a decoded `map[string]any`. */
export const printSortedJson = (value: unknown): string => printGoJson(asMaps(value));

function asMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMaps);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, asMaps(item)]));
}

function write(value: unknown, layout: Layout | undefined, newline: string): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof GoFloat) return String(value.value);
  if (typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value !== 'object') return undefined;
  const inner = layout === undefined ? '' : newline + layout.indent;
  if (Array.isArray(value)) {
    return wrap(
      '[',
      ']',
      value.map((item) => write(item, layout, inner) ?? 'null'),
      inner,
      newline,
    );
  }
  if (!(value instanceof Map) && 'toJSON' in value && typeof value.toJSON === 'function') {
    return write(value.toJSON(), layout, newline);
  }
  const entries: (readonly [string, unknown])[] =
    value instanceof Map
      ? [...value].map(([key, item]) => [String(key), item] as const).sort(([a], [b]) => compareStrings(a, b))
      : Object.entries(value);
  const colon = layout === undefined ? ':' : ': ';
  const members: string[] = [];
  for (const [key, item] of entries) {
    const text = write(item, layout, inner);
    if (text !== undefined) members.push(quote(key) + colon + text);
  }
  return wrap('{', '}', members, inner, newline);
}

function wrap(open: string, close: string, items: readonly string[], inner: string, newline: string): string {
  return items.length === 0 ? open + close : open + inner + items.join(`,${inner}`) + newline + close;
}
