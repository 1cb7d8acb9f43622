import { type ExactNumber, fromDouble, integer, ZERO } from './exact-number.ts';
import { ANY, BOOL, NUMBER, STRING, type Type } from './type.ts';

export interface StringValue {
  readonly kind: 'string';
  readonly value: string;
}
export interface NumberValue {
  readonly kind: 'number';
  readonly value: ExactNumber;
}
export interface BoolValue {
  readonly kind: 'bool';
  readonly value: boolean;
}
export interface NullValue {
  readonly kind: 'null';
  readonly type: Type;
}
/** A thing that is known only later. */
export interface UnknownValue {
  readonly kind: 'unknown';
  readonly type: Type;
}
export interface TupleValue {
  readonly kind: 'tuple';
  readonly items: readonly Value[];
}
/** Items of a set are sorted and different. */
export interface CollectionValue {
  readonly kind: 'list' | 'set';
  readonly element: Type;
  readonly items: readonly Value[];
}
export interface ObjectValue {
  readonly kind: 'object';
  /** As written. `for` and `for_each` go by sorted keys: see `iterate`. May compute on demand: see `lazyObject`. */
  readonly entries: ReadonlyMap<string, Value>;
}
export interface MapValue {
  readonly kind: 'map';
  readonly element: Type;
  readonly entries: ReadonlyMap<string, Value>;
}
/** An opaque thing of the caller's: `deployment.fleet`, `group.canary`, `LINEAR`, `sql("now()")`. */
export interface ReferenceValue {
  readonly kind: 'reference';
  /** Of which sort: `deployment`, `group`, `enum`, `sql`. */
  readonly name: string;
  /** What it stands for: `['fleet']`. Two references of one name with equal paths are equal. */
  readonly path: readonly string[];
  /** Readable as `.name`. */
  readonly entries?: ReadonlyMap<string, Value>;
}

export type Value =
  | StringValue
  | NumberValue
  | BoolValue
  | NullValue
  | UnknownValue
  | TupleValue
  | CollectionValue
  | ObjectValue
  | MapValue
  | ReferenceValue;

export const TRUE: Value = { kind: 'bool', value: true };
export const FALSE: Value = { kind: 'bool', value: false };
export const NULL: Value = { kind: 'null', type: ANY };
export const UNKNOWN: Value = { kind: 'unknown', type: ANY };
export const EMPTY_TUPLE: Value = { kind: 'tuple', items: [] };

export const string = (value: string): StringValue => ({ kind: 'string', value });
/** A double must be finite. */
export const number = (value: number | ExactNumber): NumberValue => ({
  kind: 'number',
  value: typeof value === 'number' ? exact(value) : value,
});
export const bool = (value: boolean): Value => (value ? TRUE : FALSE);
export const unknown = (type: Type): Value => ({ kind: 'unknown', type });
export const nullOf = (type: Type): Value => ({ kind: 'null', type });
export const tuple = (items: readonly Value[]): TupleValue => ({ kind: 'tuple', items });
export const list = (element: Type, items: readonly Value[]): CollectionValue => ({ kind: 'list', element, items });
export const map = (element: Type, entries: ReadonlyMap<string, Value>): MapValue => ({
  kind: 'map',
  element,
  entries,
});

function exact(value: number): ExactNumber {
  if (Number.isSafeInteger(value)) return integer(value);
  return fromDouble(value) ?? ZERO;
}

export function object(entries: ReadonlyMap<string, Value> | Readonly<Record<string, Value>>): ObjectValue {
  return { kind: 'object', entries: entries instanceof Map ? entries : new Map(Object.entries(entries)) };
}

export function reference(name: string, path: readonly string[], entries?: ReadonlyMap<string, Value>): ReferenceValue {
  return entries === undefined ? { kind: 'reference', name, path } : { kind: 'reference', name, path, entries };
}

export function typeOf(value: Value): Type {
  switch (value.kind) {
    case 'string':
      return STRING;
    case 'number':
      return NUMBER;
    case 'bool':
      return BOOL;
    case 'null':
    case 'unknown':
      return value.type;
    case 'tuple':
      return { kind: 'tuple', elements: value.items.map(typeOf) };
    case 'list':
    case 'set':
    case 'map':
      return { kind: value.kind, element: value.element };
    case 'object':
      return {
        kind: 'object',
        attributes: new Map(Array.from(value.entries, ([name, entry]) => [name, typeOf(entry)])),
      };
    case 'reference':
      return { kind: 'reference', name: value.name };
  }
}

/** Whether nothing in it is unknown. */
export function isWhollyKnown(value: Value): boolean {
  switch (value.kind) {
    case 'unknown':
      return false;
    case 'tuple':
    case 'list':
    case 'set':
      return value.items.every(isWhollyKnown);
    case 'object':
    case 'map':
      for (const entry of value.entries.values()) if (!isWhollyKnown(entry)) return false;
      return true;
    default:
      return true;
  }
}
