import type { FormatToken } from './tokens.ts';

const OPENING = new Set(['{', '[', '(']);
const CLOSING = new Set(['}', ']', ')', '~}']);
/** Behind one of these a minus belongs to the number behind it. */
const BEFORE_NEGATION = new Set([
  '(',
  '{',
  '[',
  '=',
  ':',
  ',',
  '?',
  '+',
  '*',
  '/',
  '%',
  '-',
  '==',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  '&&',
  '||',
  '!',
]);

/** 1 for what opens a bracket, -1 for what closes one. */
export function bracketChange({ kind, text }: FormatToken): number {
  if (kind === 'open sequence' || (kind === 'sign' && OPENING.has(text))) return 1;
  return kind === 'close sequence' || (kind === 'sign' && CLOSING.has(text)) ? -1 : 0;
}

const isSign = (token: FormatToken | undefined, ...texts: readonly string[]): boolean =>
  token?.kind === 'sign' && texts.includes(token.text);

/**
 * Whether one space stands between `token` and `after`, as `hclwrite` of HCL lays it out (its behaviour; HCL has no document of it).
 * @param before what stands before `token` on its line
 */
export function isSpaced(before: FormatToken | undefined, token: FormatToken, after: FormatToken): boolean {
  if (after.kind === 'newline') return false;
  if (token.kind === 'identifier' && isSign(after, '(')) return false;
  if (isSign(token, '.') || isSign(after, '.', ',', '...')) return false;
  if (isSign(token, ',')) return true;
  if (token.kind === 'text' || token.kind === 'open quote' || after.kind === 'text' || after.kind === 'close quote')
    return false;
  if (token.kind === 'identifier' && token.text === 'in' && before?.kind === 'identifier') return true;
  if (isSign(after, '[') && (token.kind === 'identifier' || token.kind === 'number' || bracketChange(token) < 0))
    return false;
  if (isSign(token, '!')) return false;
  if (isSign(token, '-')) return before !== undefined && !(before.kind === 'sign' && BEFORE_NEGATION.has(before.text));
  if (isSign(token, '{') || isSign(after, '}')) return !(isSign(token, '{') && isSign(after, '}'));
  if (token.kind === 'open sequence' && isSign(after, '{')) return true;
  if (isSign(token, '}') && after.kind === 'close sequence') return true;
  if (token.kind === 'close sequence' && after.kind === 'open sequence') return false;
  return bracketChange(token) <= 0 && bracketChange(after) >= 0;
}
