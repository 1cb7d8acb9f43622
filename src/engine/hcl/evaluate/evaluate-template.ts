import type { Expression, Interpolation, Template, TemplateFor, TemplateIf } from '../syntax/nodes.ts';
import { toText } from '../values/convert.ts';
import { STRING } from '../values/type.ts';
import { string, unknown, type Value } from '../values/value.ts';
import { type Context, problem } from './context.ts';
import { conditionOf } from './evaluate-conditional.ts';
import { elementsOf, loopScope } from './evaluate-for.ts';

export function evaluateTemplate(node: Template, context: Context): Value {
  const [first, second] = node.parts;
  if (first === undefined) return string('');
  if (second === undefined) {
    if (first.kind === 'TextLiteral') return string(first.value);
    // "${x}" alone keeps the type of x.
    if (first.kind === 'Interpolation' && node.form !== 'part') return context.evaluate(first.value, context);
  }
  return join(node.parts, context);
}

export function evaluateInterpolation(node: Interpolation, context: Context): Value {
  return join([node], context);
}

function join(parts: readonly Expression[], context: Context): Value {
  let text: string | undefined = '';
  for (const part of parts) {
    const piece = part.kind === 'TextLiteral' ? part.value : pieceOf(part, context);
    text = piece === undefined || text === undefined ? undefined : text + piece;
  }
  return text === undefined ? unknown(STRING) : string(text);
}

function pieceOf(part: Expression, context: Context): string | undefined {
  const inner = part.kind === 'Interpolation' ? part.value : part;
  const value = context.evaluate(inner, context);
  if (value.kind === 'unknown') return undefined;
  if (value.kind === 'null') {
    problem(context, inner, {
      code: 'HCL_INVALID_TEMPLATE',
      summary: 'Invalid template interpolation value',
      detail: 'The expression result is null. Cannot include a null value in a string template.',
    });
    return undefined;
  }
  const text = toText(value);
  if ('text' in text) return text.text;
  problem(context, inner, {
    code: 'HCL_INVALID_TEMPLATE',
    summary: 'Invalid template interpolation value',
    detail: `Cannot include the given value in a string template: ${text.problem}.`,
  });
  return undefined;
}

export function evaluateTemplateIf(node: TemplateIf, context: Context): Value {
  const condition = conditionOf(node.condition, context);
  if (condition === undefined) return unknown(STRING);
  return evaluateTemplate(condition ? node.then : node.otherwise, context);
}

export function evaluateTemplateFor(node: TemplateFor, context: Context): Value {
  const elements = elementsOf(node.collection, context);
  if (elements === undefined) return unknown(STRING);
  let text: string | undefined = '';
  for (const [key, value] of elements) {
    const piece = evaluateTemplate(node.body, { ...context, scope: loopScope(node, key, value, context.scope) });
    text = piece.kind !== 'string' || text === undefined ? undefined : text + piece.value;
  }
  return text === undefined ? unknown(STRING) : string(text);
}
