import { didYouMean } from '../../diagnostics/nearest-name.ts';
import type { Call, Expression } from '../syntax/nodes.ts';
import { convert } from '../values/convert.ts';
import { bool, isWhollyKnown, unknown, type Value } from '../values/value.ts';
import { type Context, Problems, partOf, problem } from './context.ts';
import { FunctionFailure, type HclFunction, type Parameter } from './hcl-function.ts';

interface Argument {
  readonly value: Value;
  readonly expression: Expression;
}

export function evaluateCall(node: Call, context: Context): Value {
  const found = context.functions.get(node.name);
  if (found === undefined) {
    for (const arg of node.args) context.evaluate(arg, context);
    return problem(
      context,
      partOf(node, node.start, node.nameEnd),
      {
        code: 'HCL_UNKNOWN_FUNCTION',
        summary: 'Call to unknown function',
        detail: `There is no function named "${node.name}".${didYouMean(node.name, context.functions.keys())}`,
      },
      node,
    );
  }
  if ('lazy' in found) return found.lazy === 'try' ? evaluateTry(node, context) : evaluateCan(node, context);
  const args = argumentsOf(node, context);
  if (args === undefined) return unknown(found.returns);
  if (!isCountRight(node, found, args.length, context)) return unknown(found.returns);
  const values = convertArguments(node, found, args, context);
  if (values === undefined) return unknown(found.returns);
  if (found.takesUnknown !== true && !values.every(isWhollyKnown)) return unknown(found.returns);
  return callFunction(node, found, values, args, context);
}

function callFunction(
  node: Call,
  found: HclFunction,
  values: readonly Value[],
  args: readonly Argument[],
  context: Context,
): Value {
  try {
    return found.call(values);
  } catch (error) {
    if (!(error instanceof FunctionFailure)) throw error;
    const blamed = error.argument === undefined ? undefined : args[error.argument];
    if (blamed === undefined) {
      problem(context, node, {
        code: 'HCL_FUNCTION_FAILED',
        summary: 'Error in function call',
        detail: `Call to function "${node.name}" failed: ${error.message}.`,
      });
    } else {
      invalidArgument(node, parameterAt(found, error.argument ?? 0), blamed, error.message, context);
    }
    return unknown(found.returns);
  }
}

/** Undefined: the list that is spread is not known, or a mistake that is noted. */
function argumentsOf(node: Call, context: Context): readonly Argument[] | undefined {
  const args: Argument[] = node.args.map((expression) => ({
    expression,
    value: context.evaluate(expression, context),
  }));
  if (!node.isExpanding) return args;
  const last = args.pop();
  if (last === undefined || last.value.kind === 'unknown') return undefined;
  const { value, expression } = last;
  if (value.kind === 'tuple' || value.kind === 'list' || value.kind === 'set') {
    return [...args, ...value.items.map((item) => ({ expression, value: item }))];
  }
  const detail =
    value.kind === 'null'
      ? 'The expanding argument (indicated by ...) must not be null.'
      : 'The expanding argument (indicated by ...) must be of a tuple, list, or set type.';
  problem(
    context,
    expression,
    { code: 'HCL_INVALID_ARGUMENT', summary: 'Invalid expanding argument value', detail },
    node,
  );
  return undefined;
}

function isCountRight(node: Call, found: HclFunction, count: number, context: Context): boolean {
  const { parameters, variadic } = found;
  if (count < parameters.length) {
    const least = variadic === undefined ? '' : 'at least ';
    const plural = parameters.length === 1 ? '' : 's';
    problem(
      context,
      partOf(node, node.end - 1),
      {
        code: 'HCL_INVALID_ARGUMENT',
        summary: 'Not enough function arguments',
        detail: `Function "${node.name}" expects ${least}${parameters.length} argument${plural}. Missing value for "${parameters[count]?.name}".`,
      },
      node,
    );
    return false;
  }
  if (variadic === undefined && count > parameters.length) {
    const first = node.args[parameters.length] ?? node.args.at(-1) ?? node;
    problem(
      context,
      partOf(first, first.start, node.args.at(-1)?.end ?? first.end),
      {
        code: 'HCL_INVALID_ARGUMENT',
        summary: 'Too many function arguments',
        detail: `Function "${node.name}" expects only ${parameters.length} argument${parameters.length === 1 ? '' : 's'}.`,
      },
      node,
    );
    return false;
  }
  return true;
}

function convertArguments(
  node: Call,
  found: HclFunction,
  args: readonly Argument[],
  context: Context,
): readonly Value[] | undefined {
  const values: Value[] = [];
  let isRight = true;
  for (const [index, arg] of args.entries()) {
    const parameter = parameterAt(found, index);
    if (parameter === undefined) return undefined;
    const converted = convert(arg.value, parameter.type);
    if ('problem' in converted) {
      invalidArgument(node, parameter, arg, converted.problem, context);
      isRight = false;
    } else if (converted.value.kind === 'null' && parameter.allowNull !== true) {
      invalidArgument(node, parameter, arg, 'argument must not be null', context);
      isRight = false;
    } else {
      values.push(converted.value);
    }
  }
  return isRight ? values : undefined;
}

function parameterAt(found: HclFunction, index: number): Parameter | undefined {
  return found.parameters[index] ?? found.variadic;
}

function invalidArgument(
  node: Call,
  parameter: Parameter | undefined,
  arg: Argument,
  reason: string,
  context: Context,
): void {
  problem(
    context,
    arg.expression,
    {
      code: 'HCL_INVALID_ARGUMENT',
      summary: 'Invalid function argument',
      detail: `Invalid value for "${parameter?.name}" parameter: ${reason}.`,
    },
    node,
  );
}

function evaluateTry(node: Call, context: Context): Value {
  const failures: string[] = [];
  for (const arg of node.args) {
    const problems = new Problems();
    const value = context.evaluate(arg, { ...context, problems });
    const [first] = problems.list;
    if (first === undefined) return value;
    failures.push(`- ${first.summary}: ${first.detail}`);
  }
  return problem(context, node, {
    code: 'HCL_FUNCTION_FAILED',
    summary: 'Error in function call',
    detail: `Call to function "try" failed: ${
      failures.length === 0
        ? 'at least one argument is required'
        : `no expression succeeded:\n${failures.join('\n')}\n\nAt least one expression must produce a successful result`
    }.`,
  });
}

function evaluateCan(node: Call, context: Context): Value {
  const [only, second] = node.args;
  if (only === undefined || second !== undefined) {
    return problem(context, node, {
      code: 'HCL_INVALID_ARGUMENT',
      summary: only === undefined ? 'Not enough function arguments' : 'Too many function arguments',
      detail: `Function "can" expects ${only === undefined ? '1 argument. Missing value for "expression"' : 'only 1 argument'}.`,
    });
  }
  const problems = new Problems();
  context.evaluate(only, { ...context, problems });
  return bool(problems.list.length === 0);
}
