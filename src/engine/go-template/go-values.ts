/**
 * How JavaScript values stand for Go's: whole numbers are ints, others (and GoFloat) float64; arrays are slices, null a nil slice or
 * pointer, a Map is a map (unknown keys are `<no value>`), any other object a struct (unknown fields are errors) whose functions are methods.
 */
export class GoFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** An object may carry its Go type here, for error texts: `*cmdlog.MigrateApply`. */
export const GO_TYPE = Symbol('goType');

export type GoFunction = (...values: readonly unknown[]) => unknown;

export const isFunction = (value: unknown): value is GoFunction => typeof value === 'function';

export const isStruct = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Map) &&
  !(value instanceof GoFloat);

export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (value instanceof GoFloat) return 'float64';
  if (Array.isArray(value)) return '[]interface {}';
  if (value instanceof Map) return 'map[string]interface {}';
  if (typeof value === 'function') return 'func';
  if (isStruct(value)) {
    const name = value[GO_TYPE];
    if (typeof name === 'string') return name;
  }
  return 'struct';
}

/** Go's truth: not false, 0, "", nil or an empty slice or map. A struct is always true. */
export function isTrue(value: unknown): boolean {
  if (value instanceof GoFloat) return value.value !== 0;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return typeof value === 'number' || typeof value === 'bigint' ? value !== 0 && value !== 0n : Boolean(value);
}

/** By code points, as Go's byte order of UTF-8 is; `<` on strings compares UTF-16 units. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  for (let i = 0; ; ) {
    const left = a.codePointAt(i);
    const right = b.codePointAt(i);
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    if (left !== right) return left - right;
    i += left > 0xffff ? 2 : 1;
  }
}

/** Keys of maps in the order in which Go ranges over them: numbers before strings, each ascending. */
export const sortedEntries = (map: ReadonlyMap<unknown, unknown>): (readonly [unknown, unknown])[] =>
  [...map].sort(([a], [b]) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
    return typeof a === 'number' ? -1 : 1;
  });

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** A field or method of a struct: own properties, and those of its class. undefined where there is none. */
export function structMember(
  value: Readonly<Record<PropertyKey, unknown>>,
  name: string,
): { readonly value: unknown } | undefined {
  if (FORBIDDEN.has(name)) return undefined;
  for (
    let holder: unknown = value;
    holder !== null && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder)
  ) {
    if (Object.hasOwn(Object(holder), name)) return { value: value[name] };
  }
  return undefined;
}
