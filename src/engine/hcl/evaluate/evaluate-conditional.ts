import type { Conditional, Expression } from '../syntax/nodes.ts';
import { convert } from '../values/convert.ts';
import { BOOL, typeName } from '../values/type.ts';
import { unify } from '../values/unify.ts';
import { typeOf, unknown, type Value } from '../values/value.ts';
import { type Context, Problems, problem } from './context.ts';

/** Both branches are evaluated, for the type that they have in common; only mistakes of the chosen one are reported. */
export function evaluateConditional(node: Conditional, context: Context): Value {
  const condition = conditionOf(node.condition, context);
  const quiet: Context = { ...context, problems: new Problems() };
  const isChosen = (branch: boolean) => condition === branch;
  const then = context.evaluate(node.then, isChosen(true) ? context : quiet);
  const otherwise = context.evaluate(node.otherwise, isChosen(false) ? context : quiet);
  const type = unify([typeOf(then), typeOf(otherwise)]);
  if (type === undefined) {
    return problem(context, node, {
      code: 'HCL_INVALID_CONDITION',
      summary: 'Inconsistent conditional result types',
      detail: `The true and false result expressions must have consistent types. The given expressions are ${typeName(typeOf(then))} and ${typeName(typeOf(otherwise))}, respectively.`,
    });
  }
  if (condition === undefined) return unknown(type);
  const converted = convert(condition ? then : otherwise, type);
  return 'value' in converted ? converted.value : unknown(type);
}

/** Undefined: unknown, or a mistake that is noted. */
export function conditionOf(expression: Expression, context: Context): boolean | undefined {
  const value = context.evaluate(expression, context);
  const converted = convert(value, BOOL);
  if ('problem' in converted) {
    problem(context, expression, {
      code: 'HCL_INVALID_CONDITION',
      summary: 'Incorrect condition type',
      detail: 'The condition expression must be of type bool.',
    });
    return undefined;
  }
  if (converted.value.kind === 'null') {
    problem(context, expression, {
      code: 'HCL_INVALID_CONDITION',
      summary: 'Null condition',
      detail: 'The condition value is null. Conditions must either be true or false.',
    });
  }
  return converted.value.kind === 'bool' ? converted.value.value : undefined;
}
