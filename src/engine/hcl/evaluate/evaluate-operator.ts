import type { Binary, BinaryOperator, Expression, Located, Unary } from '../syntax/nodes.ts';
import { sameValue } from '../values/compare-values.ts';
import { convert } from '../values/convert.ts';
import {
  add,
  compareNumbers,
  divide,
  type ExactNumber,
  multiply,
  negate,
  remainder,
  subtract,
} from '../values/exact-number.ts';
import { BOOL, NUMBER, type Type } from '../values/type.ts';
import { bool, FALSE, isWhollyKnown, number, TRUE, unknown, type Value } from '../values/value.ts';
import { type Context, problem } from './context.ts';

const ARITHMETIC: Readonly<Partial<Record<BinaryOperator, (a: ExactNumber, b: ExactNumber) => ExactNumber>>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': remainder,
};
const COMPARISON: Readonly<Partial<Record<BinaryOperator, (order: number) => boolean>>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

export function evaluateUnary(node: Unary, context: Context): Value {
  const type = node.operator === '!' ? BOOL : NUMBER;
  const operand = operandOf(node.operand, context.evaluate(node.operand, context), type, 'unary', node, context);
  if (operand?.kind === 'bool') return bool(!operand.value);
  if (operand?.kind === 'number') return number(negate(operand.value));
  return unknown(type);
}

/** `a + b + c + …` is a tree that leans left: walked down in a loop, so that a long sum does not overflow the stack. */
export function evaluateBinary(node: Binary, context: Context): Value {
  const spine: Binary[] = [];
  let first: Expression = node;
  while (first.kind === 'Binary') {
    spine.push(first);
    first = first.left;
  }
  let left = context.evaluate(first, context);
  for (let step = spine.pop(); step !== undefined; step = spine.pop()) {
    left = combine(step, left, context.evaluate(step.right, context), context);
  }
  return left;
}

function combine(node: Binary, left: Value, right: Value, context: Context): Value {
  const { operator } = node;
  if (operator === '==' || operator === '!=') return equality(left, right, operator === '==');
  const type = operator === '&&' || operator === '||' ? BOOL : NUMBER;
  const a = operandOf(node.left, left, type, 'left', node, context);
  const b = operandOf(node.right, right, type, 'right', node, context);
  if (operator === '&&' || operator === '||') return logic(operator, a, b);
  const arithmetic = ARITHMETIC[operator];
  if (a?.kind !== 'number' || b?.kind !== 'number') return unknown(arithmetic === undefined ? BOOL : NUMBER);
  if (arithmetic === undefined) return bool(COMPARISON[operator]?.(compareNumbers(a.value, b.value)) ?? false);
  if ((operator === '/' || operator === '%') && b.value.numerator === 0n) {
    const what = operator === '/' ? 'Division' : 'Modulo';
    problem(
      context,
      node.right,
      { code: 'HCL_INVALID_OPERAND', summary: `${what} by zero`, detail: 'Cannot divide by zero.' },
      node,
    );
    return unknown(NUMBER);
  }
  return number(arithmetic(a.value, b.value));
}

function equality(left: Value, right: Value, wanted: boolean): Value {
  if (left.kind === 'null' || right.kind === 'null') {
    const other = left.kind === 'null' ? right : left;
    return other.kind === 'unknown' ? unknown(BOOL) : bool((other.kind === 'null') === wanted);
  }
  if (!isWhollyKnown(left) || !isWhollyKnown(right)) return unknown(BOOL);
  return bool(sameValue(left, right) === wanted);
}

function logic(operator: '&&' | '||', a: Value | undefined, b: Value | undefined): Value {
  const deciding = operator === '||';
  const known = [a, b].flatMap((value) => (value?.kind === 'bool' ? [value.value] : []));
  if (known.includes(deciding)) return deciding ? TRUE : FALSE;
  return known.length === 2 ? bool(!deciding) : unknown(BOOL);
}

/** The operand as the operator wants it; undefined: a mistake, noted. */
function operandOf(
  place: Located,
  value: Value,
  type: Type,
  side: 'left' | 'right' | 'unary',
  node: Located,
  context: Context,
): Value | undefined {
  const converted = convert(value, type);
  if ('problem' in converted) {
    problem(
      context,
      place,
      {
        code: 'HCL_INVALID_OPERAND',
        summary: 'Invalid operand',
        detail: `Unsuitable value for ${side} operand: ${converted.problem}.`,
      },
      node,
    );
    return undefined;
  }
  if (converted.value.kind !== 'null') return converted.value;
  problem(
    context,
    place,
    {
      code: 'HCL_INVALID_OPERAND',
      summary: 'Operation failed',
      detail: 'Error during operation: argument must not be null.',
    },
    node,
  );
  return undefined;
}
