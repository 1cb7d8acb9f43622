import type { Expression, For } from '../syntax/nodes.ts';
import { iterate } from '../values/compare-values.ts';
import { convert, toText } from '../values/convert.ts';
import { BOOL, typeName } from '../values/type.ts';
import { object, tuple, typeOf, UNKNOWN, type Value } from '../values/value.ts';
import { type Context, problem } from './context.ts';
import { type Scope, scopeOf } from './scope.ts';

export function evaluateFor(node: For, context: Context): Value {
  const elements = elementsOf(node.collection, context);
  if (elements === undefined) {
    // Once with unknowns, so that mistakes within are found although the collection is not known.
    const scope = loopScope(node, UNKNOWN, UNKNOWN, context.scope);
    for (const part of [node.condition, node.key, node.value]) {
      if (part !== undefined) context.evaluate(part, { ...context, scope });
    }
    return UNKNOWN;
  }
  const result: Result = { items: [], groups: new Map(), isKnown: true };
  for (const [key, value] of elements) {
    addElement(node, { ...context, scope: loopScope(node, key, value, context.scope) }, result);
  }
  if (!result.isKnown) return UNKNOWN;
  if (node.key === undefined) return tuple(result.items);
  return object(
    new Map(
      Array.from(result.groups, ([key, values]) => [key, node.isGrouping ? tuple(values) : (values[0] ?? UNKNOWN)]),
    ),
  );
}

interface Result {
  readonly items: Value[];
  readonly groups: Map<string, Value[]>;
  isKnown: boolean;
}

function addElement(node: For, context: Context, result: Result): void {
  const isIncluded = node.condition === undefined ? true : filterOf(node.condition, context);
  if (isIncluded === undefined) result.isKnown = false;
  if (isIncluded !== true) return;
  const value = context.evaluate(node.value, context);
  if (node.key === undefined) {
    result.items.push(value);
    return;
  }
  const key = keyOf(node.key, context);
  if (key === undefined) {
    result.isKnown = false;
    return;
  }
  const group = result.groups.get(key);
  if (group === undefined) {
    result.groups.set(key, [value]);
  } else if (node.isGrouping) {
    group.push(value);
  } else {
    problem(
      context,
      node.key,
      {
        code: 'HCL_INVALID_FOR',
        summary: 'Duplicate object key',
        detail: `Two different items produced the key "${key}" in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.`,
      },
      node,
    );
  }
}

function filterOf(condition: Expression, context: Context): boolean | undefined {
  const value = context.evaluate(condition, context);
  const converted = convert(value, BOOL);
  if ('value' in converted && converted.value.kind === 'bool') return converted.value.value;
  if ('value' in converted && converted.value.kind === 'unknown') return undefined;
  const isNull = value.kind === 'null';
  problem(context, condition, {
    code: 'HCL_INVALID_FOR',
    summary: isNull ? 'Condition is null' : "Invalid 'for' condition",
    detail: isNull
      ? "The value of the 'if' clause must not be null."
      : `The 'if' clause value is invalid: ${'problem' in converted ? converted.problem : 'bool required'}.`,
  });
  return undefined;
}

function keyOf(expression: Expression, context: Context): string | undefined {
  const value = context.evaluate(expression, context);
  if (value.kind === 'unknown') return undefined;
  const text = value.kind === 'null' ? undefined : toText(value);
  if (text !== undefined && 'text' in text) return text.text;
  problem(context, expression, {
    code: 'HCL_INVALID_FOR',
    summary: 'Invalid object key',
    detail:
      text === undefined
        ? "Key expression in 'for' expression must not produce a null value."
        : `The key expression produced an invalid result: ${text.problem}.`,
  });
  return undefined;
}

/** The pairs of a collection; undefined: unknown, or a mistake that is noted. */
export function elementsOf(
  expression: Expression,
  context: Context,
): readonly (readonly [key: Value, value: Value])[] | undefined {
  const collection = context.evaluate(expression, context);
  if (collection.kind === 'unknown') return undefined;
  const elements = iterate(collection);
  if (elements !== undefined) return elements;
  const isNull = collection.kind === 'null';
  problem(context, expression, {
    code: 'HCL_INVALID_FOR',
    summary: isNull ? 'Iteration over null value' : 'Iteration over non-iterable value',
    detail: isNull
      ? "A null value cannot be used as the collection in a 'for' expression."
      : `A value of type ${typeName(typeOf(collection))} cannot be used as the collection in a 'for' expression.`,
  });
  return undefined;
}

export function loopScope(
  names: { readonly keyName: string | undefined; readonly valueName: string },
  key: Value,
  value: Value,
  outer: Scope,
): Scope {
  const values = new Map([[names.valueName, value]]);
  if (names.keyName !== undefined) values.set(names.keyName, key);
  return scopeOf(values, outer);
}
