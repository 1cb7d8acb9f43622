import { type Cursor, report } from './cursor.ts';

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };
const HEX_DIGITS: Readonly<Record<string, number>> = { u: 4, U: 8 };
const LAST_CODE_POINT = 0x10ffff;

/** The escape at `at`, a backslash in a quoted string. A wrong one is noted and stands for itself. */
export function readEscape(cursor: Cursor, at: number): { readonly value: string; readonly end: number } {
  const { text } = cursor;
  const selector = text[at + 1] ?? '';
  const simple = SIMPLE[selector];
  if (simple !== undefined) return { value: simple, end: at + 2 };
  const digits = HEX_DIGITS[selector];
  if (digits === undefined) {
    const width = (text.codePointAt(at + 1) ?? 0) > 0xffff ? 2 : selector === '\n' || selector === '' ? 0 : 1;
    const shown = text.slice(at + 1, at + 1 + width);
    report(cursor, 'Invalid escape sequence', `The symbol "${shown}" is not a valid escape sequence selector.`, {
      start: at,
      end: at + 1 + width,
    });
    return { value: `\\${shown}`, end: at + 1 + width };
  }
  const hex = /^[0-9a-fA-F]*/.exec(text.slice(at + 2, at + 2 + digits))?.[0] ?? '';
  const end = at + 2 + hex.length;
  const code = Number.parseInt(hex, 16);
  if (hex.length === digits && code <= LAST_CODE_POINT) return { value: String.fromCodePoint(code), end };
  report(
    cursor,
    'Invalid escape sequence',
    `The \\${selector} escape sequence must be followed by ${digits === 4 ? 'four' : 'eight'} hexadecimal digits.`,
    { start: at, end },
  );
  return { value: '\ufffd', end };
}
