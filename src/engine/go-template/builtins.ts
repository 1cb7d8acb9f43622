/** The functions that every Go template knows; `and` and `or` are in execute.ts, for they evaluate only what they need. */
import { print, printf, println, printValue } from './go-format.ts';
import { compareStrings, GoFloat, type GoFunction, isFunction, isTrue, typeName } from './go-values.ts';

const badComparison = (a: unknown, b: unknown): Error =>
  new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);

type Basic = { readonly kind: 'int' | 'float' | 'string' | 'bool'; readonly value: string | number | bigint | boolean };

function basic(value: unknown): Basic | undefined {
  if (typeof value === 'string') return { kind: 'string', value };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (typeof value === 'bigint') return { kind: 'int', value };
  if (typeof value === 'number') return { kind: Number.isInteger(value) ? 'int' : 'float', value };
  return value instanceof GoFloat ? { kind: 'float', value: value.value } : undefined;
}

function isEqual(a: unknown, b: unknown): boolean {
  const left = basic(a);
  const right = basic(b);
  if (left === undefined || right === undefined) {
    if (a == null || b == null) return a == null && b == null;
    if (left === undefined && right === undefined) {
      if (Array.isArray(a) || a instanceof Map) throw new Error(`non-comparable type ${printValue(a)}: ${typeName(a)}`);
      return a === b;
    }
    throw badComparison(a, b);
  }
  if (left.kind !== right.kind) throw badComparison(a, b);
  return typeof left.value === 'bigint' || typeof right.value === 'bigint'
    ? BigInt(left.value) === BigInt(right.value)
    : left.value === right.value;
}

function eq(first: unknown, ...others: readonly unknown[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  return others.some((other) => isEqual(first, other));
}

function compare(a: unknown, b: unknown): number {
  const left = basic(a);
  const right = basic(b);
  if (left === undefined || right === undefined) throw new Error('invalid type for comparison');
  if (left.kind === 'bool' || right.kind === 'bool') throw new Error('invalid type for comparison');
  if (left.kind !== right.kind) throw badComparison(a, b);
  if (typeof left.value === 'string' && typeof right.value === 'string') return compareStrings(left.value, right.value);
  return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function len(value: unknown): number {
  if (value === undefined) throw new Error('len of nil pointer');
  if (value === null) return 0;
  if (typeof value === 'string') return bytes(value).length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  throw new Error(`len of type ${typeName(value)}`);
}

function position(index: unknown, length: number): number {
  if (index == null) throw new Error('cannot index slice/array with nil');
  if (typeof index !== 'number' || !Number.isInteger(index)) {
    throw new Error(`cannot index slice/array with type ${typeName(index)}`);
  }
  if (index < 0 || index > length) throw new Error(`index out of range: ${index}`);
  return index;
}

function index(value: unknown, ...keys: readonly unknown[]): unknown {
  let found = value;
  for (const key of keys) {
    if (found instanceof Map) {
      if (typeof key !== 'string') throw new Error(`value has type ${typeName(key)}; should be string`);
      found = found.get(key);
    } else if (Array.isArray(found) || typeof found === 'string') {
      const list = typeof found === 'string' ? bytes(found) : found;
      const at = position(key, list.length);
      if (at >= list.length) throw new Error(`index out of range: ${at}`);
      found = list[at];
    } else if (found == null) throw new Error('index of untyped nil');
    else throw new Error(`can't index item of type ${typeName(found)}`);
  }
  return found;
}

function slice(value: unknown, ...bounds: readonly unknown[]): unknown {
  if (value == null) throw new Error('slice of untyped nil');
  if (bounds.length > 3) throw new Error(`too many slice indexes: ${bounds.length}`);
  if (typeof value !== 'string' && !Array.isArray(value)) {
    throw new Error(`can't slice item of type ${typeName(value)}`);
  }
  if (typeof value === 'string' && bounds.length === 3) throw new Error('cannot 3-index slice a string');
  const list = typeof value === 'string' ? bytes(value) : value;
  const [from = 0, to = list.length] = bounds.map((bound) => position(bound, list.length));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  return Array.isArray(value)
    ? value.slice(from, to)
    : new TextDecoder().decode(bytes(String(value)).subarray(from, to));
}

const HTML: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\uFFFD',
};

const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

/** Text functions take any values and work on their `print`. */
const ofText =
  (map: (text: string) => string): GoFunction =>
  (...values) =>
    map(values.length === 1 && typeof values[0] === 'string' ? values[0] : print(...values));

const queryEscape = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

const escapeJs = (text: string): string =>
  text.replace(/[\\'"<>&=\p{C}\p{Z}]/gu, (character) => {
    if (character === ' ') return character;
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return JS[character] ?? `\\u${code}`;
  });

function call(callee: unknown, ...values: readonly unknown[]): unknown {
  if (callee == null) throw new Error('call of nil');
  if (!isFunction(callee)) throw new Error(`non-function of type ${typeName(callee)}`);
  return callee(...values);
}

export const BUILTINS: Readonly<Record<string, GoFunction>> = {
  call,
  eq,
  ne: (a, b) => !isEqual(a, b),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  html: ofText((value) => value.replace(/["'&<>\0]/g, (character) => HTML[character] ?? character)),
  index,
  js: ofText(escapeJs),
  len,
  not: (value) => !isTrue(value),
  print,
  printf: (format, ...values) => printf(String(format), ...values),
  println,
  slice,
  urlquery: ofText(queryEscape),
};

/** How many arguments a built-in takes; the others take any number. */
export const BUILTIN_ARITY: Readonly<Record<string, number>> = { ne: 2, lt: 2, le: 2, gt: 2, ge: 2, len: 1, not: 1 };
