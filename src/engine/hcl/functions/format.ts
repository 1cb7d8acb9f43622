/** `format` and `formatlist`, by the verbs of cty's stdlib. */
import { FunctionFailure } from '../evaluate/hcl-function.ts';
import { convert } from '../values/convert.ts';
import { BOOL, listOf, NUMBER, STRING, type Type } from '../values/type.ts';
import { list, string, type Value } from '../values/value.ts';
import { define, type FunctionTable, nullable, parameter, text, textAt } from './define.ts';
import { formatNumber } from './format-number.ts';
import { encodeJson } from './json.ts';
import { graphemes } from './strings.ts';

const variadic = nullable(parameter('args'));

export const FORMAT_FUNCTIONS: FunctionTable = {
  format: define([text('format')], STRING, (args) => string(formatText(textAt(args, 0), args.slice(1))), { variadic }),
  formatlist: define([text('format')], listOf(STRING), (args) => formatLists(textAt(args, 0), args.slice(1)), {
    variadic,
  }),
};

const VERB = /%([ 0#+-]*)(\*|\d+)?(?:\.(\d+)?)?(?:\[(\d+)\])?([A-Za-z%])?/g;
const WIDEST = 10_000;

export interface Verb {
  readonly flags: string;
  readonly precision: number | undefined;
  readonly letter: string;
}

function formatText(template: string, args: readonly Value[]): string {
  let next = 0;
  let used = 0;
  const result = template.replace(
    VERB,
    (
      whole,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      index: string | undefined,
      letter: string | undefined,
      at: number,
    ) => {
      if (letter === '%' && whole === '%%') return '%';
      if (letter === undefined || letter === '%' || width === '*') {
        throw new FunctionFailure(
          `unrecognized format character ${JSON.stringify(template[at + whole.length] ?? '%')} at offset ${at}`,
          0,
        );
      }
      if (index !== undefined) next = Number(index) - 1;
      const arg = args[next];
      if (arg === undefined) {
        throw new FunctionFailure(
          `not enough arguments for ${JSON.stringify(whole)} at ${at}: need index ${next + 1} but have ${args.length} total`,
          0,
        );
      }
      next++;
      used = Math.max(used, next);
      const hasDot = whole.includes('.');
      const verb = { flags, letter, precision: hasDot ? Number(precision ?? 0) : undefined };
      if (Number(width ?? 0) > WIDEST || (verb.precision ?? 0) > WIDEST)
        throw new FunctionFailure('width or precision is too large', 0);
      const shown = formatValue(
        verb,
        arg,
        (problem) => new FunctionFailure(`unsupported value for ${JSON.stringify(whole)} at ${at}: ${problem}`, next),
      );
      return pad(shown, Number(width ?? 0), verb);
    },
  );
  if (used < args.length) throw new FunctionFailure(`too many arguments; only ${used} used by format string`, used + 1);
  return result;
}

function formatValue(verb: Verb, arg: Value, failure: (problem: string) => FunctionFailure): string {
  const as = (type: Type): Value => {
    const converted = convert(arg, type);
    if ('problem' in converted) throw failure(converted.problem);
    if (converted.value.kind === 'null') throw failure(`null value cannot be formatted`);
    return converted.value;
  };
  switch (verb.letter) {
    case 'v':
      return formatAny(verb, arg);
    case 't':
      return String(plainOf(as(BOOL)));
    case 's':
    case 'q': {
      const value = String(plainOf(as(STRING)));
      const cut = verb.precision === undefined ? value : graphemes(value).slice(0, verb.precision).join('');
      return verb.letter === 'q' ? JSON.stringify(cut) : cut;
    }
    default: {
      const value = as(NUMBER);
      const shown = value.kind === 'number' ? formatNumber(verb, value.value) : undefined;
      if (shown === undefined)
        throw failure(
          /[bdoxX]/.test(verb.letter)
            ? 'an integer is required'
            : `unsupported format verb ${JSON.stringify(verb.letter)}`,
        );
      return shown;
    }
  }
}

function plainOf(value: Value): string | boolean {
  return value.kind === 'string' || value.kind === 'bool' ? value.value : '';
}

function formatAny(verb: Verb, arg: Value): string {
  if (verb.flags.includes('#')) return encodeJson(arg);
  if (arg.kind === 'string') return arg.value;
  if (arg.kind === 'number') return formatNumber({ ...verb, letter: 'v' }, arg.value) ?? '';
  return encodeJson(arg);
}

function pad(shown: string, width: number, verb: Verb): string {
  const missing = width - graphemes(shown).length;
  if (missing <= 0) return shown;
  if (verb.flags.includes('-')) return shown + ' '.repeat(missing);
  if (!verb.flags.includes('0')) return ' '.repeat(missing) + shown;
  const sign = /^[+-]/.exec(shown)?.[0] ?? '';
  return sign + '0'.repeat(missing) + shown.slice(sign.length);
}

/** Lists go in step, everything else is repeated. */
function formatLists(template: string, args: readonly Value[]): Value {
  const sequences = args.map((arg) =>
    arg.kind === 'list' || arg.kind === 'tuple' || arg.kind === 'set' ? arg.items : undefined,
  );
  const lengths = new Set(sequences.flatMap((items) => (items === undefined ? [] : [items.length])));
  if (lengths.size > 1) throw new FunctionFailure('the lists must all be of the same length');
  const length = [...lengths][0] ?? 1;
  const lines = Array.from({ length }, (_, row) =>
    string(
      formatText(
        template,
        args.map((arg, column) => sequences[column]?.[row] ?? arg),
      ),
    ),
  );
  return list(STRING, lines);
}
