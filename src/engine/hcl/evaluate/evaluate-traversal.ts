import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { GetAttribute, Index, Splat } from '../syntax/nodes.ts';
import { convert, toText } from '../values/convert.ts';
import { floor, printNumber, toSafeInteger } from '../values/exact-number.ts';
import { ANY, NUMBER, type Type, typeName } from '../values/type.ts';
import { unify } from '../values/unify.ts';
import { EMPTY_TUPLE, list, tuple, typeOf, UNKNOWN, unknown, type Value } from '../values/value.ts';
import { type Context, partOf, problem } from './context.ts';

export function evaluateGetAttribute(node: GetAttribute, context: Context): Value {
  const object = context.evaluate(node.object, context);
  const step = partOf(node, node.stepStart);
  const unsupported = (detail: string, hint?: string) =>
    problem(
      context,
      step,
      {
        code: 'HCL_UNKNOWN_ATTRIBUTE',
        summary: 'Unsupported attribute',
        detail,
        ...(hint === undefined ? {} : { hint }),
      },
      node,
    );
  switch (object.kind) {
    case 'object':
    case 'reference': {
      const value = object.entries?.get(node.name);
      if (value !== undefined) return value;
      const near = nearestName(node.name, object.entries?.keys() ?? []);
      return unsupported(
        `This object does not have an attribute named "${node.name}".`,
        near === undefined ? undefined : `Did you mean "${near}"?`,
      );
    }
    case 'map':
      return object.entries.get(node.name) ?? missingElement(node, context, node.name);
    case 'unknown':
      return (
        unknownAttribute(object.type, node.name) ??
        unsupported(`This object does not have an attribute named "${node.name}".`)
      );
    case 'null':
      return problem(
        context,
        step,
        {
          code: 'HCL_UNKNOWN_ATTRIBUTE',
          summary: 'Attempt to get attribute from null value',
          detail: 'This value is null, so it does not have any attributes.',
        },
        node,
      );
    case 'tuple':
    case 'list':
    case 'set':
      return unsupported(ofCollection(object.items, object.kind, node.name));
    default:
      return unsupported(`Can't access attributes on a primitive-typed value (${typeName(typeOf(object))}).`);
  }
}

function ofCollection(items: readonly Value[], kind: string, name: string): string {
  const [first] = items;
  if (kind !== 'list' || first?.kind !== 'object') return 'This value does not have any attributes.';
  return `Can't access attributes on a list of objects. Did you mean to access attribute "${name}" for a specific element of the list, or across all elements of the list?`;
}

/** Undefined: the type is known to have no such attribute. */
function unknownAttribute(type: Type, name: string): Value | undefined {
  if (type.kind === 'object') {
    const attribute = type.attributes.get(name);
    return attribute === undefined ? undefined : unknown(attribute);
  }
  return type.kind === 'map' ? unknown(type.element) : UNKNOWN;
}

function missingElement(node: GetAttribute, context: Context, name: string): Value {
  return problem(
    context,
    partOf(node, node.stepStart),
    {
      code: 'HCL_UNKNOWN_ATTRIBUTE',
      summary: 'Missing map element',
      detail: `This map does not have an element with the key "${name}".`,
    },
    node,
  );
}

const NOT_AN_ELEMENT = 'The given key does not identify an element in this collection value';

export function evaluateIndex(node: Index, context: Context): Value {
  const object = context.evaluate(node.object, context);
  const key = context.evaluate(node.key, context);
  const invalid = (detail: string, summary = 'Invalid index') =>
    problem(context, partOf(node, node.stepStart), { code: 'HCL_INVALID_INDEX', summary, detail }, node);
  if (object.kind === 'null') {
    return invalid('This value is null, so it does not have any indices.', 'Attempt to index null value');
  }
  if (key.kind === 'null') return invalid("Can't use a null value as an indexing key.");
  if (object.kind === 'unknown' || key.kind === 'unknown') return UNKNOWN;
  switch (object.kind) {
    case 'tuple':
    case 'list':
      return elementAt(object.items, key, invalid);
    case 'object':
    case 'map': {
      const text = toText(key);
      if ('problem' in text) return invalid(`${NOT_AN_ELEMENT}: ${text.problem}.`);
      const value = object.entries.get(text.text);
      if (value !== undefined) return value;
      return invalid(`${NOT_AN_ELEMENT}.`);
    }
    case 'set':
      return invalid(
        "Elements of a set are identified only by their value and don't have any separate index or key to select with, so it's only possible to perform operations across all elements of the set.",
      );
    default:
      return invalid('This value does not have any indices.');
  }
}

function elementAt(items: readonly Value[], key: Value, invalid: (detail: string) => Value): Value {
  const converted = convert(key, NUMBER);
  if ('problem' in converted) return invalid(`${NOT_AN_ELEMENT}: ${converted.problem}.`);
  if (converted.value.kind !== 'number') return UNKNOWN;
  const { value } = converted.value;
  if (value.denominator !== 1n) {
    return invalid(
      `${NOT_AN_ELEMENT}: indexing a sequence requires a whole number, but the given index (${printNumber(value)}) has a fractional part.`,
    );
  }
  const index = toSafeInteger(floor(value)) ?? items.length;
  const item = items[index];
  if (item !== undefined) return item;
  if (items.length === 0) return invalid(`${NOT_AN_ELEMENT}: the collection has no elements.`);
  if (value.numerator < 0n) {
    return invalid(`${NOT_AN_ELEMENT}: a negative number is not a valid index for a sequence.`);
  }
  return invalid(`${NOT_AN_ELEMENT}: the given index is greater than or equal to the length of the collection.`);
}

/** `[*]` and `.*`: what is no sequence counts as one with it alone; null as an empty one. */
export function evaluateSplat(node: Splat, context: Context): Value {
  const source = context.evaluate(node.object, context);
  const each = (item: Value) =>
    context.evaluate(node.each, { ...context, splatItems: new Map(context.splatItems).set(node.item, item) });
  switch (source.kind) {
    case 'unknown':
      each(source.type.kind === 'list' || source.type.kind === 'set' ? unknown(source.type.element) : UNKNOWN);
      return UNKNOWN;
    case 'null':
      return nullSplat(node, source.type, context);
    case 'tuple':
      return tuple(source.items.map(each));
    case 'list':
    case 'set': {
      const items = source.items.map(each);
      const element = items.length === 0 ? ANY : unify(items.map(typeOf));
      return element === undefined ? tuple(items) : list(element, items);
    }
    default:
      return tuple([each(source)]);
  }
}

function nullSplat(node: Splat, type: Type, context: Context): Value {
  if (type.kind !== 'list' && type.kind !== 'set' && type.kind !== 'tuple') return EMPTY_TUPLE;
  return problem(
    context,
    node,
    {
      code: 'HCL_INVALID_INDEX',
      summary: 'Splat of null value',
      detail: 'Splat expressions (with the * symbol) cannot be applied to null sequences.',
    },
    node,
  );
}
