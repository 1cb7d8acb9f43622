import { type ExactNumber, isInteger, printNumber, toDouble } from '../values/exact-number.ts';

const BASES: Readonly<Record<string, number>> = { b: 2, d: 10, o: 8, x: 16, X: 16 };
const DEFAULT_PRECISION = 6;
/** Shortest %g changes to an exponent here, as in Go. */
const LARGEST_PLAIN_EXPONENT = 21;

/** A number by a verb of Go's fmt; undefined where the verb does not fit it. */
export function formatNumber(
  verb: { readonly flags: string; readonly precision: number | undefined; readonly letter: string },
  value: ExactNumber,
): string | undefined {
  const shown = digits(verb.letter, verb.precision, value);
  if (shown === undefined || shown.startsWith('-')) return shown;
  if (verb.flags.includes('+')) return `+${shown}`;
  return verb.flags.includes(' ') ? ` ${shown}` : shown;
}

function digits(letter: string, precision: number | undefined, value: ExactNumber): string | undefined {
  const base = BASES[letter];
  if (base !== undefined) {
    if (!isInteger(value)) return undefined;
    const text = value.numerator.toString(base);
    return letter === 'X' ? text.toUpperCase() : text;
  }
  switch (letter) {
    case 'v':
      return printNumber(value);
    case 'f':
    case 'F':
      return fixed(value, precision ?? DEFAULT_PRECISION);
    case 'e':
    case 'E': {
      const text = exponential(toDouble(value).toExponential(precision ?? DEFAULT_PRECISION));
      return letter === 'E' ? text.toUpperCase() : text;
    }
    case 'g':
    case 'G': {
      const text = general(toDouble(value), precision);
      return letter === 'G' ? text.toUpperCase() : text;
    }
    default:
      return undefined;
  }
}

/** Exactly rounded, half to even. */
function fixed(value: ExactNumber, places: number): string {
  const sign = value.numerator < 0n ? '-' : '';
  const scaled = (value.numerator < 0n ? -value.numerator : value.numerator) * 10n ** BigInt(places);
  let whole = scaled / value.denominator;
  const twice = (scaled % value.denominator) * 2n;
  if (twice > value.denominator || (twice === value.denominator && whole % 2n === 1n)) whole += 1n;
  const text = whole.toString().padStart(places + 1, '0');
  return places === 0 ? sign + text : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`;
}

/** Go writes two digits of an exponent at least. */
function exponential(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function general(value: number, precision: number | undefined): string {
  if (value === 0) return '0';
  const [mantissa = '', exponentText = '0'] =
    precision === undefined
      ? value.toExponential().split('e')
      : value.toExponential(Math.max(precision, 1) - 1).split('e');
  const exponent = Number(exponentText);
  const limit = precision === undefined ? LARGEST_PLAIN_EXPONENT : Math.max(precision, 1);
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  if (exponent < -4 || exponent >= limit)
    return exponential(`${short}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`);
  const places = Math.max(0, short.replace(/[-.]/g, '').length - 1 - exponent);
  return value.toFixed(Math.min(places, 100));
}
