/** The tokens of HCL outside template text. Grammar: HCL native syntax specification, "Lexical Elements". */

export type TokenKind =
  | 'identifier'
  | 'number'
  | 'newline'
  | 'end of file'
  | 'invalid'
  | '"'
  | '<<'
  | '~}'
  | '{'
  | '}'
  | '['
  | ']'
  | '('
  | ')'
  | ','
  | '.'
  | '...'
  | ':'
  | '?'
  | '='
  | '=>'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '!'
  | '&&'
  | '||'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

export interface Token {
  kind: TokenKind;
  start: number;
  end: number;
}

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const HASH = 35;
const ASTERISK = 42;
const SLASH = 47;
const EQUALS = 61;
const GREATER = 62;
const BYTE_ORDER_MARK = 0xfeff;
const LAST_ASCII = 127;

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** `<<EOT` or `<<-EOT` and the end of its line: nothing else may stand there. */
export const HEREDOC_START = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;

const IS_IDENTIFIER_START: readonly boolean[] = table(/[A-Za-z_]/);
const IS_IDENTIFIER_PART: readonly boolean[] = table(/[A-Za-z0-9_-]/);
const IS_DIGIT: readonly boolean[] = table(/[0-9]/);
const SINGLES: readonly (TokenKind | undefined)[] = singles([
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ',',
  ':',
  '?',
  '+',
  '-',
  '*',
  '/',
  '%',
  '"',
]);
/** Longest first. */
const LONGS: readonly TokenKind[] = ['...', '=>', '==', '!=', '<=', '>=', '&&', '||', '~}', '.', '=', '<', '>', '!'];

function singles(kinds: readonly TokenKind[]): (TokenKind | undefined)[] {
  return Array.from({ length: LAST_ASCII + 1 }, (_, code) => kinds.find((kind) => kind.charCodeAt(0) === code));
}

function table(pattern: RegExp): boolean[] {
  return Array.from({ length: LAST_ASCII + 1 }, (_, code) => pattern.test(String.fromCharCode(code)));
}

/** Writes the token that begins at or after `at` into `token`. Without `newlines` line ends count as space. */
export function readToken(text: string, at: number, newlines: boolean, token: Token): void {
  const start = skipSpace(text, at, newlines);
  token.start = start;
  if (start >= text.length) {
    token.kind = 'end of file';
    token.end = start;
    return;
  }
  const code = text.charCodeAt(start);
  if (IS_IDENTIFIER_START[code] === true) {
    token.kind = 'identifier';
    token.end = identifierEnd(text, start);
    return;
  }
  if (code === HASH || (code === SLASH && text.charCodeAt(start + 1) === SLASH)) {
    // A comment to the end of its line is, as in HCL, one newline token with it.
    token.kind = 'newline';
    token.end = lineEnd(text, start);
    return;
  }
  const single = SINGLES[code];
  if (single !== undefined) {
    token.kind = single;
    token.end = start + 1;
    return;
  }
  if (code === LINE_FEED || (code === CARRIAGE_RETURN && text.charCodeAt(start + 1) === LINE_FEED)) {
    token.kind = 'newline';
    token.end = code === LINE_FEED ? start + 1 : start + 2;
    return;
  }
  if (IS_DIGIT[code] === true) {
    token.kind = 'number';
    token.end = matchEnd(NUMBER, text, start);
    return;
  }
  if (code === EQUALS && !isOperatorPart(text.charCodeAt(start + 1))) {
    token.kind = '=';
    token.end = start + 1;
    return;
  }
  readRare(text, start, token);
}

const isOperatorPart = (code: number) => code === EQUALS || code === GREATER;

function readRare(text: string, start: number, token: Token): void {
  const heredoc = text.startsWith('<<', start) ? matchEnd(HEREDOC_START, text, start) : start;
  if (heredoc > start) {
    token.kind = '<<';
    token.end = heredoc;
    return;
  }
  const long = LONGS.find((kind) => text.startsWith(kind, start));
  if (long !== undefined) {
    token.kind = long;
    token.end = start + long.length;
    return;
  }
  const end = matchEnd(IDENTIFIER, text, start);
  token.kind = end > start ? 'identifier' : 'invalid';
  token.end = end > start ? end : start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
}

function identifierEnd(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > LAST_ASCII) return matchEnd(IDENTIFIER, text, start);
    if (IS_IDENTIFIER_PART[code] !== true) break;
  }
  return at;
}

function matchEnd(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : start;
}

function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found === -1 ? text.length : found + 1;
}

/** Past space and comments. A block comment is space even where it spans lines. */
function skipSpace(text: string, from: number, newlines: boolean): number {
  for (let at = from; ; ) {
    const code = text.charCodeAt(at);
    if (code === SPACE || code === TAB || (code === BYTE_ORDER_MARK && at === 0)) {
      at++;
    } else if (code === LINE_FEED || (code === CARRIAGE_RETURN && text.charCodeAt(at + 1) === LINE_FEED)) {
      if (newlines) return at;
      at++;
    } else if (code === HASH || (code === SLASH && text.charCodeAt(at + 1) === SLASH)) {
      if (newlines) return at;
      at = lineEnd(text, at);
    } else if (code === SLASH && text.charCodeAt(at + 1) === ASTERISK) {
      const close = text.indexOf('*/', at + 2);
      if (close === -1) return at;
      at = close + 2;
    } else {
      return at;
    }
  }
}
