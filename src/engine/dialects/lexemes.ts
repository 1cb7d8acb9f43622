/** The small pieces of SQL text that a scanner must jump over. Each function gets the place where the piece begins. */
import type { ScanOptions } from './scan-options.ts';

const WORD = /[\p{L}\p{N}_$]/u;
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const GO_LINE = /[ \t]*GO(?:[ \t]+\d+)?[ \t]*(?=\r?\n|$)/iy;

/** Whether the character before `at` belongs to a word. */
export const isWordBefore = (source: string, at: number): boolean => at > 0 && WORD.test(source.charAt(at - 1));

const escapes = (source: string, at: number, options: ScanOptions): boolean => {
  const quote = source.charAt(at);
  if (quote === '`') return false;
  if (options.backslashEscapes === true) return true;
  // Postgres: only E'…', and the E must not be the end of a longer word (LIKE'a\').
  const extended = quote === "'" && /[eE]/.test(source.charAt(at - 1)) && !isWordBefore(source, at - 1);
  return options.escapedStringExt === true && extended;
};

/** The end of the quoted run that begins at `at`, or undefined where it is not closed. A doubled quote is two runs. */
export function endOfQuoted(source: string, at: number, options: ScanOptions): number | undefined {
  const quote = source.charAt(at);
  const withEscapes = escapes(source, at, options);
  for (let i = at + 1; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === '\\' && withEscapes) i++;
    else if (char === quote) return i + 1;
  }
  return undefined;
}

/** The opening `$tag$` at `at`, or undefined where none is. */
export function dollarTag(source: string, at: number): string | undefined {
  if (isWordBefore(source, at)) return undefined; // a$b$c is a name
  DOLLAR_TAG.lastIndex = at;
  return DOLLAR_TAG.exec(source)?.[0];
}

/** The end of the comment that begins at `at`, or undefined where none begins or `/*` is not closed. The line break is not part of it. */
export function endOfComment(source: string, at: number, options: ScanOptions): number | undefined {
  const isLine = source.startsWith('--', at) || (options.hashComments === true && source.charAt(at) === '#');
  if (isLine) {
    const end = source.indexOf('\n', at);
    return end === -1 ? source.length : end;
  }
  if (!source.startsWith('/*', at)) return undefined;
  const end = source.indexOf('*/', at + 2);
  return end === -1 ? undefined : end + 2;
}

/** Where a line `GO [n]` that begins at, or right behind, `at` ends; undefined where none does. */
export function endOfGoCommand(source: string, at: number): number | undefined {
  const lineStart = source.charAt(at) === '\n' ? at + 1 : at;
  if (lineStart > 0 && source.charAt(lineStart - 1) !== '\n') return undefined;
  GO_LINE.lastIndex = lineStart;
  return GO_LINE.test(source) ? GO_LINE.lastIndex : undefined;
}
