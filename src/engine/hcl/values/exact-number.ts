/**
 * Numbers of HCL as exact fractions: 0.1 + 0.2 is 0.3, and (1 / 3) * 3 is 1. cty keeps 512 bits of a binary fraction and is
 * exact for fewer numbers; where both are exact they agree. A fraction without an end is printed with 154 digits (512 bits).
 */
export interface ExactNumber {
  readonly numerator: bigint;
  /** Positive, and without a common divisor. */
  readonly denominator: bigint;
}

const DIGITS = 154;
/** Larger literals are refused: a file of ten characters must not fill the memory. */
const LARGEST_EXPONENT = 4096;
/** Beyond these, results are rounded to ROUNDED_BITS, so that repeated squaring stays cheap. */
const LARGEST_BITS = 1n << 14n;
const LARGEST = 1n << LARGEST_BITS;
const ROUNDED_BITS = 512;
const NUMBER = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const TEN = 10n;

export const ZERO: ExactNumber = { numerator: 0n, denominator: 1n };
export const ONE: ExactNumber = { numerator: 1n, denominator: 1n };

/** `12`, `-0.5`, `1e3`; undefined where it is none or too large. */
export function parseNumber(text: string): ExactNumber | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const exponent = Number(exponentText) - fraction.length;
  if (Math.abs(Number(exponentText)) > LARGEST_EXPONENT) return undefined;
  return exponent >= 0
    ? { numerator: digits * TEN ** BigInt(exponent), denominator: 1n }
    : reduce(digits, TEN ** BigInt(-exponent));
}

export function integer(value: number | bigint): ExactNumber {
  return { numerator: BigInt(value), denominator: 1n };
}

/** The shortest decimal that a double prints as: what people mean by it. Not finite: undefined. */
export function fromDouble(value: number): ExactNumber | undefined {
  return Number.isFinite(value) ? parseNumber(String(value)) : undefined;
}

export function toDouble(value: ExactNumber): number {
  return value.denominator === 1n ? Number(value.numerator) : Number(printNumber(value));
}

export function add(a: ExactNumber, b: ExactNumber): ExactNumber {
  if (a.denominator === 1n && b.denominator === 1n) return bounded(a.numerator + b.numerator, 1n);
  return bounded(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function negate(a: ExactNumber): ExactNumber {
  return { numerator: -a.numerator, denominator: a.denominator };
}

export function subtract(a: ExactNumber, b: ExactNumber): ExactNumber {
  return add(a, negate(b));
}

export function multiply(a: ExactNumber, b: ExactNumber): ExactNumber {
  return bounded(a.numerator * b.numerator, a.denominator * b.denominator);
}

/** `b` must not be zero. */
export function divide(a: ExactNumber, b: ExactNumber): ExactNumber {
  return bounded(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** What is left after division towards zero, with the sign of `a`. `b` must not be zero. */
export function remainder(a: ExactNumber, b: ExactNumber): ExactNumber {
  return subtract(a, multiply(b, truncate(divide(a, b))));
}

function truncate(a: ExactNumber): ExactNumber {
  return integer(a.numerator / a.denominator);
}

export function floor(a: ExactNumber): ExactNumber {
  const whole = truncate(a);
  return compareNumbers(a, whole) < 0 ? subtract(whole, ONE) : whole;
}

export function ceil(a: ExactNumber): ExactNumber {
  return negate(floor(negate(a)));
}

/** Negative, zero or positive. */
export function compareNumbers(a: ExactNumber, b: ExactNumber): number {
  const left = a.numerator * b.denominator;
  const right = b.numerator * a.denominator;
  return left < right ? -1 : left > right ? 1 : 0;
}

export function isInteger(a: ExactNumber): boolean {
  return a.denominator === 1n;
}

/** As a safe integer of JavaScript; undefined where it is none. */
export function toSafeInteger(a: ExactNumber): number | undefined {
  if (a.denominator !== 1n) return undefined;
  const value = Number(a.numerator);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Decimal digits without an exponent, never rounded where the decimal ends within DIGITS. */
export function printNumber(a: ExactNumber): string {
  if (a.denominator === 1n) return a.numerator.toString();
  const sign = a.numerator < 0n ? '-' : '';
  const numerator = a.numerator < 0n ? -a.numerator : a.numerator;
  const whole = numerator / a.denominator;
  const rest = numerator % a.denominator;
  const places = finitePlaces(a.denominator) ?? significantPlaces(whole, rest, a.denominator);
  const scaled = (rest * TEN ** BigInt(places) * 2n + a.denominator) / (2n * a.denominator);
  const all = whole * TEN ** BigInt(places) + scaled;
  const digits = all.toString().padStart(places + 1, '0');
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '');
  const integerPart = digits.slice(0, digits.length - places);
  return `${sign}${integerPart}${fraction === '' ? '' : `.${fraction}`}`;
}

/** How many places the decimal has; undefined: it does not end. */
function finitePlaces(denominator: bigint): number | undefined {
  let left = denominator;
  let twos = 0;
  let fives = 0;
  for (; left % 2n === 0n; left /= 2n) twos++;
  for (; left % 5n === 0n; left /= 5n) fives++;
  return left === 1n ? Math.max(twos, fives) : undefined;
}

function significantPlaces(whole: bigint, rest: bigint, denominator: bigint): number {
  if (whole !== 0n) return Math.max(0, DIGITS - whole.toString().length);
  // 0.000…: leading zeros are not significant.
  return DIGITS + Math.max(0, denominator.toString().length - rest.toString().length - 1);
}

function reduce(numerator: bigint, denominator: bigint): ExactNumber {
  if (denominator === 1n) return { numerator, denominator };
  let a = numerator < 0n ? -numerator : numerator;
  let b = denominator < 0n ? -denominator : denominator;
  const sign = denominator < 0n ? -1n : 1n;
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? ZERO : { numerator: (sign * numerator) / a, denominator: (sign * denominator) / a };
}

function bounded(numerator: bigint, denominator: bigint): ExactNumber {
  const exact = reduce(numerator, denominator);
  const size = exact.numerator < 0n ? -exact.numerator : exact.numerator;
  if (size < LARGEST && exact.denominator < LARGEST) return exact;
  const excess = (value: bigint) => Math.max(0, value.toString(16).length * 4 - ROUNDED_BITS);
  const shift = BigInt(Math.min(excess(size), excess(exact.denominator)));
  if (shift > 0n) return reduce(exact.numerator >> shift, exact.denominator >> shift);
  const large = BigInt(excess(size));
  return reduce((exact.numerator >> large) << large, exact.denominator);
}
