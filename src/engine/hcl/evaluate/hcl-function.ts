import type { Type } from '../values/type.ts';
import type { Value } from '../values/value.ts';

export interface Parameter {
  readonly name: string;
  /** Arguments are converted to it before the call. */
  readonly type: Type;
  readonly allowNull?: boolean;
}

/** A function of expressions: arguments are counted, converted and known (unless `takesUnknown`) when it is called. */
export interface HclFunction {
  readonly parameters: readonly Parameter[];
  /** Of the arguments after `parameters`, of which there may be any number. */
  readonly variadic?: Parameter;
  /** Type of the result where it is unknown because an argument is. */
  readonly returns: Type;
  /** Is called with values that hold unknowns, and copes. */
  readonly takesUnknown?: boolean;
  /** May throw a FunctionFailure. */
  readonly call: (args: readonly Value[]) => Value;
}

/** `try` and `can` look at expressions before they fail, so the evaluator itself carries them out. */
export interface LazyFunction {
  readonly lazy: 'try' | 'can';
}

export type Functions = ReadonlyMap<string, HclFunction | LazyFunction>;

/** Thrown by functions only, caught at the call, where it becomes a diagnostic. */
export class FunctionFailure extends Error {
  /** Which argument is to blame, from 0. */
  readonly argument: number | undefined;

  constructor(message: string, argument?: number) {
    super(message);
    this.argument = argument;
  }
}
