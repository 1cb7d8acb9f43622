import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest-name.ts';
import type { Expression, Variable } from '../syntax/nodes.ts';
import { parseNumber } from '../values/exact-number.ts';
import { bool, NULL, number, string, tuple, UNKNOWN, type Value } from '../values/value.ts';
import { type Context, Problems, problem } from './context.ts';
import { evaluateCall } from './evaluate-call.ts';
import { evaluateConditional } from './evaluate-conditional.ts';
import { evaluateFor } from './evaluate-for.ts';
import { evaluateObject } from './evaluate-object.ts';
import { evaluateBinary, evaluateUnary } from './evaluate-operator.ts';
import {
  evaluateInterpolation,
  evaluateTemplate,
  evaluateTemplateFor,
  evaluateTemplateIf,
} from './evaluate-template.ts';
import { evaluateGetAttribute, evaluateIndex, evaluateSplat } from './evaluate-traversal.ts';
import type { Functions } from './hcl-function.ts';
import type { Scope } from './scope.ts';

export interface Evaluated {
  /** Unknown where a mistake made it so. */
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

const NO_FUNCTIONS: Functions = new Map();

/**
 * The value of an expression. Synchronous, and never throws on what a user wrote: after a mistake it goes on with unknowns,
 * so that the next mistake is found too. What an expression needs is told beforehand by `freeVariables`.
 */
export function evaluate(expression: Expression, scope: Scope, functions: Functions = NO_FUNCTIONS): Evaluated {
  const problems = new Problems();
  const context: Context = { scope, functions, problems, splatItems: new Map(), evaluate: evaluateNode };
  return { value: evaluateNode(expression, context), diagnostics: problems.list };
}

function evaluateNode(node: Expression, context: Context): Value {
  switch (node.kind) {
    case 'TextLiteral':
      return string(node.value);
    case 'BoolLiteral':
      return bool(node.value);
    case 'NullLiteral':
      return NULL;
    case 'NumberLiteral':
      return evaluateNumber(node, context);
    case 'Variable':
      return evaluateVariable(node, context);
    case 'Template':
      return evaluateTemplate(node, context);
    case 'Interpolation':
      return evaluateInterpolation(node, context);
    case 'TemplateIf':
      return evaluateTemplateIf(node, context);
    case 'TemplateFor':
      return evaluateTemplateFor(node, context);
    case 'GetAttribute':
      return evaluateGetAttribute(node, context);
    case 'Index':
      return evaluateIndex(node, context);
    case 'Splat':
      return evaluateSplat(node, context);
    case 'SplatItem':
      return context.splatItems.get(node) ?? UNKNOWN;
    case 'Unary':
      return evaluateUnary(node, context);
    case 'Binary':
      return evaluateBinary(node, context);
    case 'Conditional':
      return evaluateConditional(node, context);
    case 'Parentheses':
      return evaluateNode(node.inner, context);
    case 'TupleConstructor':
      return tuple(node.items.map((item) => evaluateNode(item, context)));
    case 'ObjectConstructor':
      return evaluateObject(node, context);
    case 'For':
      return evaluateFor(node, context);
    case 'Call':
      return evaluateCall(node, context);
    case 'Invalid':
      return UNKNOWN;
  }
}

function evaluateNumber(node: Expression & { kind: 'NumberLiteral' }, context: Context): Value {
  const value = parseNumber(node.text);
  if (value !== undefined) return number(value);
  return problem(context, node, {
    code: 'HCL_INVALID_NUMBER',
    summary: 'Invalid number literal',
    detail: 'Failed to recognize the value of this number literal: its exponent is out of range.',
  });
}

function evaluateVariable(node: Variable, context: Context): Value {
  const value = context.scope.lookup(node.name);
  if (value !== undefined) return value;
  // Atlas names the sort in the summary: "Unknown local" (atlas-transcript.txt, und.hcl).
  const sort = node.name === 'local' ? 'local' : 'variable';
  return problem(context, node, {
    code: 'HCL_UNKNOWN_VARIABLE',
    summary: `Unknown ${sort}`,
    detail: `There is no variable named "${node.name}".${didYouMean(node.name, context.scope.names())}`,
  });
}
