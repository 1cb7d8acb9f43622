import type { Expression, ObjectConstructor } from '../syntax/nodes.ts';
import { toText } from '../values/convert.ts';
import { object, UNKNOWN, type Value } from '../values/value.ts';
import { type Context, problem } from './context.ts';

export function evaluateObject(node: ObjectConstructor, context: Context): Value {
  const entries = new Map<string, Value>();
  let isKnown = true;
  for (const item of node.items) {
    const key = keyOf(item.key, context);
    const value = context.evaluate(item.value, context);
    if (key === undefined) isKnown = false;
    else entries.set(key, value);
  }
  return isKnown ? object(entries) : UNKNOWN;
}

/** A bare name means itself. */
function keyOf(key: Expression, context: Context): string | undefined {
  if (key.kind === 'Variable') return key.name;
  if (key.kind === 'BoolLiteral') return String(key.value);
  if (key.kind === 'NullLiteral') return 'null';
  if (isTraversal(key)) {
    problem(context, key, {
      code: 'HCL_INVALID_KEY',
      summary: 'Ambiguous attribute key',
      detail:
        "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes to create a string literal.",
    });
    return undefined;
  }
  const value = context.evaluate(key, context);
  if (value.kind === 'unknown') return undefined;
  if (value.kind === 'null') {
    problem(context, key, {
      code: 'HCL_INVALID_KEY',
      summary: 'Null value as key',
      detail: "Can't use a null value as a key.",
    });
    return undefined;
  }
  const text = toText(value);
  if ('text' in text) return text.text;
  problem(context, key, {
    code: 'HCL_INVALID_KEY',
    summary: 'Incorrect key type',
    detail: `Can't use this value as a key: ${text.problem}.`,
  });
  return undefined;
}

function isTraversal(key: Expression): boolean {
  if (key.kind !== 'GetAttribute') return false;
  return key.object.kind === 'Variable' || isTraversal(key.object);
}
