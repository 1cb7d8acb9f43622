/** Short forms in which the function tables are written. */
import { FunctionFailure, type HclFunction, type Parameter } from '../evaluate/hcl-function.ts';
import { type ExactNumber, toSafeInteger } from '../values/exact-number.ts';
import { ANY, NUMBER, STRING, type Type } from '../values/type.ts';
import type { Value } from '../values/value.ts';

export type FunctionTable = Readonly<Record<string, HclFunction>>;

export const parameter = (name: string, type: Type = ANY): Parameter => ({ name, type });
export const text = (name: string): Parameter => ({ name, type: STRING });
export const num = (name: string): Parameter => ({ name, type: NUMBER });
export const nullable = (from: Parameter): Parameter => ({ ...from, allowNull: true });

export function define(
  parameters: readonly Parameter[],
  returns: Type,
  call: (args: readonly Value[]) => Value,
  more: { readonly variadic?: Parameter; readonly takesUnknown?: boolean } = {},
): HclFunction {
  return { parameters, returns, call, ...more };
}

/** The text of an argument whose parameter is a string. */
export function textAt(args: readonly Value[], index: number): string {
  const value = args[index];
  if (value?.kind !== 'string') throw new FunctionFailure('string required', index);
  return value.value;
}

export function numberAt(args: readonly Value[], index: number): ExactNumber {
  const value = args[index];
  if (value?.kind !== 'number') throw new FunctionFailure('number required', index);
  return value.value;
}

export function integerAt(args: readonly Value[], index: number): number {
  const value = toSafeInteger(numberAt(args, index));
  if (value === undefined) throw new FunctionFailure('a whole number is required', index);
  return value;
}

export function valueAt(args: readonly Value[], index: number): Value {
  const value = args[index];
  if (value === undefined) throw new FunctionFailure('a value is required', index);
  return value;
}

/** The items of a list, tuple or set. */
export function itemsAt(args: readonly Value[], index: number): readonly Value[] {
  const value = valueAt(args, index);
  if (value.kind === 'tuple' || value.kind === 'list' || value.kind === 'set') return value.items;
  throw new FunctionFailure('list, tuple or set required', index);
}

/** The entries of an object or map. */
export function entriesAt(args: readonly Value[], index: number): ReadonlyMap<string, Value> {
  const value = valueAt(args, index);
  if (value.kind === 'object' || value.kind === 'map') return value.entries;
  throw new FunctionFailure('map or object required', index);
}
