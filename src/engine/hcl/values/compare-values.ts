import { compareNumbers, printNumber } from './exact-number.ts';
import type { Type } from './type.ts';
import { type CollectionValue, number, string, type Value } from './value.ts';

/** By code points, as Go compares the bytes of UTF-8. JavaScript compares UTF-16 units, which differs above U+FFFF. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates (U+D800 to U+DFFF) stand for code points behind U+FFFF. */
const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** Whether two known values are the same: same types, same contents. Unknowns are equal to nothing. */
export function sameValue(a: Value, b: Value): boolean {
  switch (a.kind) {
    case 'string':
    case 'bool':
      return b.kind === a.kind && a.value === b.value;
    case 'number':
      return b.kind === 'number' && compareNumbers(a.value, b.value) === 0;
    case 'null':
      return b.kind === 'null';
    case 'unknown':
      return false;
    case 'tuple':
    case 'list':
    case 'set':
      return (
        (b.kind === 'tuple' || b.kind === 'list' || b.kind === 'set') &&
        b.kind === a.kind &&
        a.items.length === b.items.length &&
        a.items.every((item, index) => sameAt(item, b.items[index]))
      );
    case 'object':
    case 'map':
      return (
        (b.kind === 'object' || b.kind === 'map') &&
        b.kind === a.kind &&
        a.entries.size === b.entries.size &&
        [...a.entries].every(([name, value]) => sameAt(value, b.entries.get(name)))
      );
    case 'reference':
      return b.kind === 'reference' && a.name === b.name && JSON.stringify(a.path) === JSON.stringify(b.path);
  }
}

function sameAt(a: Value, b: Value | undefined): boolean {
  return b !== undefined && sameValue(a, b);
}

/** The order of the elements of a set: strings by code points, numbers by size, false before true, the rest by a canonical text. */
export function compareValues(a: Value, b: Value): number {
  if (a.kind === 'string' && b.kind === 'string') return compareStrings(a.value, b.value);
  if (a.kind === 'number' && b.kind === 'number') return compareNumbers(a.value, b.value);
  if (a.kind === 'bool' && b.kind === 'bool') return Number(a.value) - Number(b.value);
  return compareStrings(canonicalText(a), canonicalText(b));
}

/** Equal for equal values and different for different ones. */
function canonicalText(value: Value): string {
  switch (value.kind) {
    case 'string':
      return JSON.stringify(value.value);
    case 'number':
      return printNumber(value.value);
    case 'bool':
      return String(value.value);
    case 'null':
      return 'null';
    case 'unknown':
      return '?';
    case 'tuple':
    case 'list':
    case 'set':
      return `${value.kind}[${value.items.map(canonicalText).join(',')}]`;
    case 'object':
    case 'map':
      return `${value.kind}{${sortedKeys(value.entries)
        .map((name) => `${JSON.stringify(name)}:${canonicalText(value.entries.get(name) ?? value)}`)
        .join(',')}}`;
    case 'reference':
      return `${value.name}(${JSON.stringify(value.path)})`;
  }
}

export function sortedKeys(entries: ReadonlyMap<string, unknown>): string[] {
  return [...entries.keys()].sort(compareStrings);
}

/** A set: sorted, each element once. */
export function set(element: Type, items: readonly Value[]): CollectionValue {
  const seen = new Map<string, Value>();
  for (const [index, item] of items.entries()) {
    const text = item.kind === 'unknown' ? `?${index}` : canonicalText(item);
    if (!seen.has(text)) seen.set(text, item);
  }
  return { kind: 'set', element, items: [...seen.values()].sort(compareValues) };
}

/** The pairs that `for` and `for_each` see: index and item; in a set the item twice; by sorted key in objects and maps. Undefined: not a collection. */
export function iterate(value: Value): readonly (readonly [key: Value, value: Value])[] | undefined {
  switch (value.kind) {
    case 'tuple':
    case 'list':
      return value.items.map((item, index) => [number(index), item] as const);
    case 'set':
      return value.items.map((item) => [item, item] as const);
    case 'object':
    case 'map':
      return sortedKeys(value.entries).flatMap((name) => {
        const entry = value.entries.get(name);
        return entry === undefined ? [] : [[string(name), entry] as const];
      });
    default:
      return undefined;
  }
}
