/** Conversion between types by cty's rules: primitives through their texts, tuples to lists, objects to maps, and back where it fits. */
import { set } from './compare-values.ts';
import { parseNumber, printNumber } from './exact-number.ts';
import { ANY, STRING, sameType, type Type, typeName } from './type.ts';
import { unify } from './unify.ts';
import { bool, list, map, nullOf, number, string, typeOf, unknown, type Value } from './value.ts';

/** `problem` reads as cty's errors do: "a number is required", "element 0: string required". */
export type Converted = { readonly value: Value } | { readonly problem: string };

export function convert(value: Value, type: Type): Converted {
  if (type.kind === 'any') return { value };
  if (value.kind === 'null') return { value: nullOf(type) };
  if (value.kind === 'unknown') {
    return canConvert(value.type, type) ? { value: unknown(type) } : { problem: mismatch(value.type, type) };
  }
  switch (type.kind) {
    case 'string':
      return toStringValue(value);
    case 'number':
      return toNumberValue(value);
    case 'bool':
      return toBoolValue(value);
    case 'list':
    case 'set':
      return toCollection(value, type.kind, type.element);
    case 'map':
      return toMap(value, type.element);
    case 'tuple':
      return toTuple(value, type.elements);
    case 'object':
      return toObject(value, type);
    case 'reference':
      return value.kind === 'reference' && value.name === type.name
        ? { value }
        : { problem: mismatch(typeOf(value), type) };
  }
}

function toStringValue(value: Value): Converted {
  if (value.kind === 'string') return { value };
  if (value.kind === 'number') return { value: string(printNumber(value.value)) };
  if (value.kind === 'bool') return { value: string(String(value.value)) };
  return { problem: 'string required' };
}

function toNumberValue(value: Value): Converted {
  if (value.kind === 'number') return { value };
  if (value.kind !== 'string') return { problem: 'number required' };
  const parsed = parseNumber(value.value);
  return parsed === undefined ? { problem: 'a number is required' } : { value: number(parsed) };
}

function toBoolValue(value: Value): Converted {
  if (value.kind === 'bool') return { value };
  if (value.kind !== 'string') return { problem: 'bool required' };
  if (value.value === 'true' || value.value === '1') return { value: bool(true) };
  if (value.value === 'false' || value.value === '0') return { value: bool(false) };
  const lower = value.value.toLowerCase();
  const isCase = lower === 'true' || lower === 'false';
  return {
    problem: isCase ? `a bool is required; to convert from string, use lowercase "${lower}"` : 'a bool is required',
  };
}

function toCollection(value: Value, kind: 'list' | 'set', element: Type): Converted {
  if (value.kind !== 'tuple' && value.kind !== 'list' && value.kind !== 'set') {
    return { problem: mismatch(typeOf(value), { kind, element }) };
  }
  const target = elementType(element, value.items);
  if (target === undefined) return { problem: `all ${kind} elements must have the same type` };
  const items: Value[] = [];
  for (const [index, item] of value.items.entries()) {
    const converted = convert(item, target);
    if ('problem' in converted) return { problem: `element ${index}: ${converted.problem}` };
    items.push(converted.value);
  }
  return { value: kind === 'list' ? list(target, items) : set(target, items) };
}

/** With `any` in it the element type is what all items have in common. */
function elementType(wanted: Type, items: readonly Value[]): Type | undefined {
  if (wanted.kind !== 'any') return wanted;
  return items.length === 0 ? ANY : unify(items.map(typeOf));
}

function toMap(value: Value, element: Type): Converted {
  if (value.kind !== 'object' && value.kind !== 'map')
    return { problem: mismatch(typeOf(value), { kind: 'map', element }) };
  const target = elementType(element, [...value.entries.values()]);
  if (target === undefined) return { problem: 'all map elements must have the same type' };
  const entries = new Map<string, Value>();
  for (const [name, entry] of value.entries) {
    const converted = convert(entry, target);
    if ('problem' in converted) return { problem: `element "${name}": ${converted.problem}` };
    entries.set(name, converted.value);
  }
  return { value: map(target, entries) };
}

function toTuple(value: Value, elements: readonly Type[]): Converted {
  if (value.kind !== 'tuple' && value.kind !== 'list') return { problem: 'tuple required' };
  if (value.items.length !== elements.length) {
    return { problem: `tuple of ${elements.length} elements required` };
  }
  const items: Value[] = [];
  for (const [index, item] of value.items.entries()) {
    const converted = convert(item, elements[index] ?? ANY);
    if ('problem' in converted) return { problem: `element ${index}: ${converted.problem}` };
    items.push(converted.value);
  }
  return { value: { kind: 'tuple', items } };
}

function toObject(value: Value, type: Type & { kind: 'object' }): Converted {
  if (value.kind !== 'object' && value.kind !== 'map') return { problem: 'object required' };
  const missing = [...type.attributes.keys()].filter((name) => !value.entries.has(name));
  if (missing.length > 0) return { problem: missingAttributes(missing) };
  const entries = new Map<string, Value>();
  for (const [name, wanted] of type.attributes) {
    const converted = convert(value.entries.get(name) ?? nullOf(wanted), wanted);
    if ('problem' in converted) return { problem: `attribute "${name}": ${converted.problem}` };
    entries.set(name, converted.value);
  }
  return { value: { kind: 'object', entries } };
}

function missingAttributes(names: readonly string[]): string {
  const quoted = [...names].sort().map((name) => `"${name}"`);
  if (quoted.length === 1) return `attribute ${quoted[0]} is required`;
  return `attributes ${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)} are required`;
}

function mismatch(given: Type, wanted: Type): string {
  const isCollection = wanted.kind === 'list' || wanted.kind === 'set' || wanted.kind === 'map';
  if (isCollection && given.kind === wanted.kind)
    return `incorrect ${wanted.kind} element type: ${typeName(wanted.element)} required`;
  return `${typeName(wanted)} required`;
}

/** Whether some value of one type converts to the other. */
function canConvert(from: Type, to: Type): boolean {
  if (from.kind === 'any' || to.kind === 'any' || sameType(from, to)) return true;
  switch (to.kind) {
    case 'string':
      return from.kind === 'number' || from.kind === 'bool';
    case 'number':
    case 'bool':
      return from.kind === 'string';
    case 'list':
    case 'set':
      if (from.kind === 'tuple') return from.elements.every((element) => canConvert(element, to.element));
      return (from.kind === 'list' || from.kind === 'set') && canConvert(from.element, to.element);
    case 'map':
      if (from.kind === 'object') return [...from.attributes.values()].every((type) => canConvert(type, to.element));
      return from.kind === 'map' && canConvert(from.element, to.element);
    case 'object':
      return from.kind === 'object' || from.kind === 'map';
    case 'tuple':
      return from.kind === 'tuple' || from.kind === 'list';
    default:
      return false;
  }
}

/** A string for a template or a key. */
export function toText(value: Value): { readonly text: string } | { readonly problem: string } {
  const converted = convert(value, STRING);
  if ('problem' in converted) return converted;
  return converted.value.kind === 'string' ? { text: converted.value.value } : { problem: 'string required' };
}
