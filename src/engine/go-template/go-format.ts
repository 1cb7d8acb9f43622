import { GoFloat, isStruct, sortedEntries, typeName } from './go-values.ts';
import { quoteGo } from './unquote.ts';

/** A value as Go's `%v` prints it. */
export function printValue(value: unknown, isPlus = false): string {
  if (value === null) return '<nil>';
  if (value === undefined) return '<no value>';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : printFloat(value);
  if (value instanceof GoFloat) return printFloat(value.value);
  if (Array.isArray(value)) return `[${value.map((item) => printNested(item, isPlus)).join(' ')}]`;
  if (value instanceof Map) {
    const entries = sortedEntries(value).map(([key, item]) => `${printValue(key)}:${printNested(item, isPlus)}`);
    return `map[${entries.join(' ')}]`;
  }
  if (value instanceof Error) return value.message;
  if (isStruct(value)) {
    if (hasOwnText(value)) return String(value);
    const fields = Object.entries(value).filter(([, item]) => typeof item !== 'function');
    return `{${fields.map(([name, item]) => (isPlus ? `${name}:` : '') + printNested(item, isPlus)).join(' ')}}`;
  }
  return String(value);
}

const printNested = (value: unknown, isPlus: boolean): string =>
  value === undefined ? '<nil>' : printValue(value, isPlus);

/** A class that prints itself (a redacted URL, a date): Go's fmt.Stringer. */
const hasOwnText = (value: object): boolean => value.toString !== Object.prototype.toString;

/** `%v` of a float64: %g with the fewest digits, with an exponent below -4 and from 6 on (strconv.FormatFloat, 'g', -1). */
function printFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  return power < -4 || power >= 6 ? `${mantissa}e${printExponent(power)}` : String(value);
}

const printExponent = (power: number): string => `${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;

/** Go's Sprint: a space between two operands where neither is a string. */
export function print(...values: readonly unknown[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    const isBetweenOthers = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
    text += (isBetweenOthers ? ' ' : '') + printNested(value, false);
  }
  return text;
}

export const println = (...values: readonly unknown[]): string =>
  `${values.map((value) => printNested(value, false)).join(' ')}\n`;

const VERB = /%(?:%|([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(?:\[(\d+)\])?(.)?)/gsu;

interface Directive {
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly verb: string;
}

/** Go's Sprintf, with its marks for what does not fit: `%!d(string=x)`, `%!v(MISSING)`, `%!(EXTRA int=1)`. */
export function printf(format: string, ...values: readonly unknown[]): string {
  let next = 0;
  let isReordered = false;
  const star = (text: string | undefined): number | undefined => {
    if (text !== '*') return text === undefined ? undefined : Number(text);
    const value = values[next++];
    return typeof value === 'number' ? value : undefined;
  };
  let text = format.replace(VERB, (all: string, flags: string = '', width, precision, index, verb) => {
    if (all === '%%') return '%';
    const widthValue = star(width);
    const hasPoint = all.includes('.');
    const precisionValue = hasPoint ? (star(precision) ?? 0) : undefined;
    if (verb === undefined) return '%!(NOVERB)';
    if (index !== undefined) {
      next = Number(index) - 1;
      isReordered = true;
    }
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const directive: Directive = {
      flags: (widthValue ?? 0) < 0 ? `${flags}-` : flags,
      width: widthValue === undefined ? undefined : Math.abs(widthValue),
      precision: precisionValue,
      verb,
    };
    return printDirective(directive, values[next++]);
  });
  if (!isReordered && next < values.length) {
    const extra = values
      .slice(next)
      .map((value) => (value == null ? '<nil>' : `${typeName(value)}=${printValue(value)}`));
    text += `%!(EXTRA ${extra.join(', ')})`;
  }
  return text;
}

function printDirective(directive: Directive, value: unknown): string {
  const { flags, width, verb } = directive;
  const text = formatVerb(directive, value) ?? badVerb(verb, value);
  const missing = (width ?? 0) - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  const isNumber = typeof value === 'number' || typeof value === 'bigint' || value instanceof GoFloat;
  if (!flags.includes('0') || !isNumber) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

const badVerb = (verb: string, value: unknown): string =>
  value == null ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${printValue(value)})`;

/** undefined where the verb does not fit the value. */
function formatVerb(directive: Directive, value: unknown): string | undefined {
  const { flags, verb, precision } = directive;
  if (verb === 'v') {
    if (flags.includes('#')) return goSyntax(value);
    return withSign(printNested(value, flags.includes('+')), flags, value);
  }
  if (verb === 'T') return value == null ? '<nil>' : typeName(value);
  if (Array.isArray(value)) {
    return `[${value.map((item) => formatVerb(directive, item) ?? badVerb(verb, item)).join(' ')}]`;
  }
  if (verb === 't') return typeof value === 'boolean' ? String(value) : undefined;
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof GoFloat) {
    return formatNumber(directive, value);
  }
  const text = typeof value === 'string' ? value : isStruct(value) && hasOwnText(value) ? String(value) : undefined;
  if (text === undefined) return undefined;
  const cut = precision === undefined ? text : Array.from(text).slice(0, precision).join('');
  if (verb === 's') return cut;
  if (verb === 'q') return flags.includes('#') && !cut.includes('`') ? `\`${cut}\`` : quoteGo(cut);
  if (verb === 'x' || verb === 'X') {
    const hex = Array.from(new TextEncoder().encode(cut), (byte) => byte.toString(16).padStart(2, '0')).join('');
    return verb === 'X' ? hex.toUpperCase() : hex;
  }
  return undefined;
}

function withSign(text: string, flags: string, value: unknown): string {
  const isNumber = typeof value === 'number' || typeof value === 'bigint' || value instanceof GoFloat;
  if (!isNumber || text.startsWith('-') || text.startsWith('+')) return text;
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
}

const RADIX: Readonly<Record<string, number>> = { d: 10, x: 16, X: 16, o: 8, b: 2 };
const RADIX_PREFIX: Readonly<Record<string, string>> = { x: '0x', X: '0X', o: '0', b: '0b' };

function formatNumber(directive: Directive, value: number | bigint | GoFloat): string | undefined {
  const { flags, verb, precision } = directive;
  const isInteger = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
  if (!isInteger) {
    const text = formatFloat(verb, precision, value instanceof GoFloat ? value.value : Number(value));
    return text === undefined ? undefined : withSign(text, flags, value);
  }
  const radix = RADIX[verb];
  if (radix !== undefined) {
    const digits = value
      .toString(radix)
      .replace('-', '')
      .padStart(precision ?? 0, '0');
    const prefix = flags.includes('#') ? (RADIX_PREFIX[verb] ?? '') : '';
    return withSign(`${value < 0 ? '-' : ''}${prefix}${verb === 'X' ? digits.toUpperCase() : digits}`, flags, value);
  }
  const code = Number(value);
  if (verb === 'c') return String.fromCodePoint(code);
  if (verb === 'q') return `'${quoteGo(String.fromCodePoint(code)).slice(1, -1)}'`;
  if (verb === 'U') return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return undefined;
}

function formatFloat(verb: string, precision: number | undefined, value: number): string | undefined {
  if (verb === 'f' || verb === 'F') return value.toFixed(precision ?? 6);
  if (verb === 'e' || verb === 'E') {
    const [mantissa = '', exponent = '0'] = value.toExponential(precision ?? 6).split('e');
    return `${mantissa}${verb}${printExponent(Number(exponent))}`;
  }
  if (verb !== 'g' && verb !== 'G') return undefined;
  if (precision === undefined) return printFloat(value);
  const [mantissa = '', exponent = '0'] = value.toExponential(Math.max(0, precision - 1)).split('e');
  const power = Number(exponent);
  const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (power < -4 || power >= Math.max(1, precision)) return `${trim(mantissa)}e${printExponent(power)}`;
  return trim(value.toFixed(Math.max(0, precision - 1 - power)));
}

/** `%#v`, of strings and plain values; anything else as `%v`. */
function goSyntax(value: unknown): string {
  return typeof value === 'string' ? quoteGo(value) : printNested(value, true);
}
