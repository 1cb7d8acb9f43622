import { rangeText } from '../../diagnostics/atlas-text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expression, Located, SplatItem } from '../syntax/nodes.ts';
import { UNKNOWN, type Value } from '../values/value.ts';
import type { Functions } from './hcl-function.ts';
import type { Scope } from './scope.ts';

export interface Context {
  readonly scope: Scope;
  readonly functions: Functions;
  readonly problems: Problems;
  readonly splatItems: ReadonlyMap<SplatItem, Value>;
  /** Given by evaluate.ts: every kind of expression contains others. */
  readonly evaluate: (expression: Expression, context: Context) => Value;
}

export type ProblemCode =
  | 'HCL_UNKNOWN_VARIABLE'
  | 'HCL_UNKNOWN_ATTRIBUTE'
  | 'HCL_UNKNOWN_FUNCTION'
  | 'HCL_INVALID_INDEX'
  | 'HCL_INVALID_OPERAND'
  | 'HCL_INVALID_TEMPLATE'
  | 'HCL_INVALID_CONDITION'
  | 'HCL_INVALID_FOR'
  | 'HCL_INVALID_KEY'
  | 'HCL_INVALID_ARGUMENT'
  | 'HCL_INVALID_NUMBER'
  | 'HCL_INVALID_TYPE'
  | 'HCL_FUNCTION_FAILED';

/** What went wrong so far; the same thing at the same place (in a loop) once. */
export class Problems {
  readonly list: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  add(diagnostic: Diagnostic): void {
    const place = diagnostic.subject === undefined ? '' : rangeText(diagnostic.subject);
    const key = `${place}\n${diagnostic.summary}\n${diagnostic.detail}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.list.push(diagnostic);
  }
}

export interface Problem {
  readonly code: ProblemCode;
  readonly summary: string;
  readonly detail: string;
  readonly hint?: string;
}

/** Notes an error and gives an unknown, so that what depends on it is not reported too. */
export function problem(context: Context, place: Located, what: Problem, around?: Located): Value {
  context.problems.add({
    ...what,
    severity: 'error',
    subject: place.source.range(place.start, place.end),
    ...(around === undefined ? {} : { context: around.source.range(around.start, around.end) }),
  });
  return UNKNOWN;
}

/** The part of a node from an offset on. */
export function partOf(node: Located, start: number, end = node.end): Located {
  return { source: node.source, start, end };
}
