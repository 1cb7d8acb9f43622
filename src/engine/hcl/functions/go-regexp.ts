import { FunctionFailure } from '../evaluate/hcl-function.ts';

/**
 * Go's regular expressions (RE2 syntax) as JavaScript's. What RE2 does not have (back references, look-around) is refused, as
 * there. JavaScript backtracks, so a pattern of an unkind form may take long: patterns come from the project's own files.
 */
export function compileGoRegexp(pattern: string, flags = ''): RegExp {
  const translated = translate(pattern);
  try {
    return new RegExp(translated.source, `u${translated.flags}${flags}`);
  } catch (error) {
    throw invalid(pattern, error instanceof SyntaxError ? 'invalid regular expression' : 'unknown mistake');
  }
}

/** As Go's regexp.QuoteMeta. */
export function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** Go's Expand: `$1`, `${name}`, `$name` (the longest name), `$$`. Groups that are not there are empty. */
export function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replace(
    /\$(?:\$|(\w+)|\{(\w+)\})/g,
    (whole, bare: string | undefined, braced: string | undefined) => {
      if (whole === '$$') return '$';
      const name = bare ?? braced ?? '';
      return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
    },
  );
}

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
/** Go's \s has no vertical tab and nothing beyond ASCII. */
const SPACES = '\\t\\n\\f\\r ';
const QUANTIFIER = /\{\d+(?:,\d*)?\}/y;
const LEADING_FLAGS = /^\(\?([imsU]+)\)/;

function invalid(pattern: string, why: string): FunctionFailure {
  return new FunctionFailure(`error parsing regexp: ${why} in ${JSON.stringify(pattern)}`, 0);
}

function translate(pattern: string): { source: string; flags: string } {
  const leading = LEADING_FLAGS.exec(pattern)?.[1] ?? '';
  if (leading.includes('U')) throw invalid(pattern, 'the flag U is not supported');
  const flags = Array.from('ims')
    .filter((flag) => leading.includes(flag))
    .join('');
  let source = '';
  let at = leading === '' ? 0 : leading.length + 3;
  while (at < pattern.length) {
    const piece = translatePiece(pattern, at, flags.includes('s'));
    source += piece.source;
    at = piece.end;
  }
  return { source, flags };
}

interface PieceOfPattern {
  readonly source: string;
  readonly end: number;
}

function translatePiece(pattern: string, at: number, dotAll: boolean): PieceOfPattern {
  const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
  const end = at + character.length;
  switch (character) {
    case '\\':
      return translateEscape(pattern, at, false);
    case '[':
      return translateClass(pattern, at);
    case '(':
      return translateGroup(pattern, at);
    case '.':
      return { source: dotAll ? '.' : '[^\\n]', end };
    case '{': {
      QUANTIFIER.lastIndex = at;
      const quantifier = QUANTIFIER.exec(pattern)?.[0];
      return quantifier === undefined ? { source: '\\{', end } : { source: quantifier, end: at + quantifier.length };
    }
    case '}':
    case ']':
      return { source: `\\${character}`, end };
    default:
      return { source: character, end };
  }
}

function translateGroup(pattern: string, at: number): PieceOfPattern {
  if (pattern.startsWith('(?P<', at)) return { source: '(?<', end: at + 4 };
  if (/^\(\?(?:[=!]|<[=!])/.test(pattern.slice(at, at + 4)))
    throw invalid(pattern, 'invalid or unsupported Perl syntax');
  return { source: '(', end: at + 1 };
}

function translateEscape(pattern: string, at: number, inClass: boolean): PieceOfPattern {
  const selector = pattern[at + 1];
  const end = at + 2;
  if (selector === undefined) throw invalid(pattern, 'trailing backslash at end of expression');
  if (/[1-9]/.test(selector)) throw invalid(pattern, 'invalid escape sequence');
  const posixLike = inClass ? SPACES : `[${SPACES}]`;
  switch (selector) {
    case 's':
      return { source: posixLike, end };
    case 'S':
      return { source: inClass ? '\\S' : `[^${SPACES}]`, end };
    case 'A':
      return { source: '(?<![\\s\\S])', end };
    case 'z':
      return { source: '(?![\\s\\S])', end };
    case 'a':
      return { source: '\\x07', end };
    case 'Q': {
      const close = pattern.indexOf('\\E', end);
      const literal = pattern.slice(end, close === -1 ? undefined : close);
      return { source: quoteMeta(literal), end: close === -1 ? pattern.length : close + 2 };
    }
    case 'p':
    case 'P': {
      const name = /^(?:\{\^?(\w+)\}|(\w))/.exec(pattern.slice(end));
      if (name === null) throw invalid(pattern, 'invalid character class range');
      const isNegated = (selector === 'P') !== name[0].startsWith('{^');
      return { source: unicodeClass(name[1] ?? name[2] ?? '', isNegated), end: end + name[0].length };
    }
    case 'x': {
      const hex = /^(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/.exec(pattern.slice(end));
      if (hex === null) throw invalid(pattern, 'invalid escape sequence');
      return { source: `\\u{${hex[1] ?? hex[2]}}`, end: end + hex[0].length };
    }
    default:
      if (/[dDwWbBnrtfv]/.test(selector)) return { source: `\\${selector}`, end };
      if (/[A-Za-z0-9]/.test(selector)) throw invalid(pattern, 'invalid escape sequence');
      // With the u flag JavaScript takes escapes of its own syntax characters only.
      return {
        source: /[\\.+*?()|[\]{}^$/-]/.test(selector) && (selector !== '-' || inClass) ? `\\${selector}` : selector,
        end,
      };
  }
}

function unicodeClass(name: string, isNegated: boolean): string {
  const isCategory = name.length <= 2;
  return `\\${isNegated ? 'P' : 'p'}{${isCategory ? name : `Script=${name}`}}`;
}

function translateClass(pattern: string, start: number): PieceOfPattern {
  let at = start + 1;
  let source = '[';
  if (pattern[at] === '^') {
    source += '^';
    at++;
  }
  for (let isFirst = true; ; isFirst = false) {
    const character = pattern[at];
    if (character === undefined) throw invalid(pattern, 'missing closing ]');
    if (character === ']' && !isFirst) return { source: `${source}]`, end: at + 1 };
    const posix = /^\[:(\^?)(\w+):\]/.exec(pattern.slice(at));
    if (posix !== null) {
      const members = POSIX[posix[2] ?? ''];
      if (members === undefined || posix[1] === '^') throw invalid(pattern, 'invalid character class range');
      source += members;
      at += posix[0].length;
    } else if (character === '\\') {
      const piece = translateEscape(pattern, at, true);
      source += piece.source;
      at = piece.end;
    } else {
      source += character === '[' || character === ']' ? `\\${character}` : character;
      at++;
    }
  }
}
