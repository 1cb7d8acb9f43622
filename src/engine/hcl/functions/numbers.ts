import { FunctionFailure } from '../evaluate/hcl-function.ts';
import {
  ceil,
  compareNumbers,
  divide,
  type ExactNumber,
  floor,
  fromDouble,
  integer,
  multiply,
  negate,
  ONE,
  toDouble,
  toSafeInteger,
  ZERO,
} from '../values/exact-number.ts';
import { NUMBER } from '../values/type.ts';
import { number, type Value } from '../values/value.ts';
import { define, type FunctionTable, integerAt, num, numberAt, text, textAt } from './define.ts';

const LARGEST_POWER = 1024;
const LARGEST_BASE = 62;
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const CASELESS_BASE = 36;

export const NUMBER_FUNCTIONS: FunctionTable = {
  abs: define([num('num')], NUMBER, (args) => number(absolute(numberAt(args, 0)))),
  ceil: define([num('num')], NUMBER, (args) => number(ceil(numberAt(args, 0)))),
  floor: define([num('num')], NUMBER, (args) => number(floor(numberAt(args, 0)))),
  log: define([num('num'), num('base')], NUMBER, (args) =>
    finite(Math.log(toDouble(numberAt(args, 0))) / Math.log(toDouble(numberAt(args, 1)))),
  ),
  max: define([], NUMBER, (args) => extreme(args, 1), { variadic: num('numbers') }),
  min: define([], NUMBER, (args) => extreme(args, -1), { variadic: num('numbers') }),
  pow: define([num('num'), num('power')], NUMBER, (args) => power(numberAt(args, 0), numberAt(args, 1))),
  signum: define([num('num')], NUMBER, (args) => number(compareNumbers(numberAt(args, 0), ZERO))),
  parseint: define([text('number'), num('base')], NUMBER, (args) => parseInteger(textAt(args, 0), integerAt(args, 1))),
};

function absolute(value: ExactNumber): ExactNumber {
  return compareNumbers(value, ZERO) < 0 ? negate(value) : value;
}

function finite(value: number): Value {
  const exact = fromDouble(value);
  if (exact === undefined) throw new FunctionFailure('the result is not a finite number');
  return number(exact);
}

function extreme(args: readonly Value[], sign: number): Value {
  if (args.length === 0) throw new FunctionFailure('must pass at least one number');
  let best = numberAt(args, 0);
  for (const index of args.keys()) {
    const candidate = numberAt(args, index);
    if (compareNumbers(candidate, best) * sign > 0) best = candidate;
  }
  return number(best);
}

/** Exact for whole powers up to LARGEST_POWER; a double otherwise, as Go's math.Pow. */
function power(base: ExactNumber, exponent: ExactNumber): Value {
  const whole = toSafeInteger(exponent);
  if (whole === undefined || Math.abs(whole) > LARGEST_POWER || (whole < 0 && base.numerator === 0n)) {
    return finite(toDouble(base) ** toDouble(exponent));
  }
  let result = ONE;
  let factor = base;
  for (let left = Math.abs(whole); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(result, factor);
    factor = multiply(factor, factor);
  }
  return number(whole < 0 ? divide(ONE, result) : result);
}

function parseInteger(digits: string, base: number): Value {
  if (base < 2 || base > LARGEST_BASE) {
    throw new FunctionFailure(`base must be a whole number between 2 and ${LARGEST_BASE} inclusive`, 1);
  }
  const match = /^([+-]?)([0-9A-Za-z]+)$/.exec(digits);
  const [, sign = '', body = ''] = match ?? [];
  let value = 0n;
  for (const character of base <= CASELESS_BASE ? body.toLowerCase() : body) {
    const digit = DIGITS.indexOf(character);
    if (digit >= base) throw notANumber(digits, base);
    value = value * BigInt(base) + BigInt(digit);
  }
  if (match === null) throw notANumber(digits, base);
  return number(integer(sign === '-' ? -value : value));
}

function notANumber(digits: string, base: number): FunctionFailure {
  return new FunctionFailure(`cannot parse ${JSON.stringify(digits)} as a base ${base} integer`, 0);
}
