import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SourceText } from '../../diagnostics/source-text.ts';
import { readToken, type Token, type TokenKind } from './lexer.ts';
import type { Expression } from './nodes.ts';

/** Where the parser stands: the token that is next, and what is open around it. */
export interface Cursor extends Token {
  readonly source: SourceText;
  readonly text: string;
  readonly diagnostics: Diagnostic[];
  /** Whether line ends are tokens here: not within parentheses, brackets and interpolations. */
  newlines: boolean;
  /** End of the token before. */
  previousEnd: number;
  /** Closers of what is open since the body item began: `)`, `]`, `}`, `${`, `"`, `<<EOT`. Recovery skips them. */
  readonly open: string[];
  depth: number;
  /** Names that occurred: a large file has few different ones. */
  readonly names: Map<string, string>;
  /** Given by parse-expression.ts: templates and expressions contain each other. */
  readonly parseExpression: (cursor: Cursor) => Expression;
}

/** Thrown within the parser only, after its diagnostic is noted; caught at the body item. */
export class SyntaxFailure extends Error {}

const DEEPEST = 500;

export function openCursor(
  source: SourceText,
  parseExpression: (cursor: Cursor) => Expression,
  newlines: boolean,
): Cursor {
  const cursor: Cursor = {
    source,
    text: source.text,
    diagnostics: [],
    newlines,
    previousEnd: 0,
    open: [],
    depth: 0,
    names: new Map(),
    parseExpression,
    kind: 'end of file',
    start: 0,
    end: 0,
  };
  moveTo(cursor, 0);
  return cursor;
}

/** Makes the token after the present one the present one. */
export function advance(cursor: Cursor): void {
  cursor.previousEnd = cursor.end;
  readToken(cursor.text, cursor.end, cursor.newlines, cursor);
}

/** Goes on reading tokens at an offset, behind template text for example. */
export function moveTo(cursor: Cursor, offset: number): void {
  readToken(cursor.text, offset, cursor.newlines, cursor);
}

export function tokenText(cursor: Cursor): string {
  return cursor.text.slice(cursor.start, cursor.end);
}

/** The text of an identifier, kept once however often it occurs. */
export function nameAt(cursor: Cursor): string {
  const name = tokenText(cursor);
  const known = cursor.names.get(name);
  if (known !== undefined) return known;
  cursor.names.set(name, name);
  return name;
}

export function isKeyword(cursor: Cursor, word: string): boolean {
  return (
    cursor.kind === 'identifier' &&
    cursor.end - cursor.start === word.length &&
    cursor.text.startsWith(word, cursor.start)
  );
}

/** Whether the present token is of that kind. A function, because TypeScript does not see that advance() changes it. */
export function isAt(cursor: Cursor, kind: TokenKind): boolean {
  return cursor.kind === kind;
}

/** Takes the token if it is of that kind. */
export function accept(cursor: Cursor, kind: TokenKind): boolean {
  if (cursor.kind !== kind) return false;
  advance(cursor);
  return true;
}

/** Notes a syntax error; the parser goes on. */
export function report(
  cursor: Cursor,
  summary: string,
  detail: string,
  place: { readonly start: number; readonly end: number } = cursor,
  context?: { readonly start: number; readonly end: number },
): void {
  cursor.diagnostics.push({
    code: 'HCL_SYNTAX',
    severity: 'error',
    summary,
    detail,
    subject: cursor.source.range(place.start, place.end),
    ...(context === undefined ? {} : { context: cursor.source.range(context.start, context.end) }),
  });
}

/** Notes a syntax error and gives up the body item. A character that is in no token explains itself instead. */
export function fail(
  cursor: Cursor,
  summary: string,
  detail: string,
  place?: { readonly start: number; readonly end: number },
  context?: { readonly start: number; readonly end: number },
): never {
  const known = cursor.kind === 'invalid' ? invalidCharacter(tokenText(cursor)) : undefined;
  if (known === undefined) report(cursor, summary, detail, place, context);
  else report(cursor, known.summary, known.detail);
  throw new SyntaxFailure();
}

/** Counts nesting, so that a hostile file ends in a diagnostic, not in an overflow of the stack. */
export function nested<T>(cursor: Cursor, parse: (cursor: Cursor) => T): T {
  if (cursor.depth >= DEEPEST) {
    fail(cursor, 'Expression too deeply nested', `Expressions may be nested ${DEEPEST} levels deep.`);
  }
  cursor.depth++;
  const result = parse(cursor);
  cursor.depth--;
  return result;
}

function invalidCharacter(text: string): { summary: string; detail: string } | undefined {
  switch (text) {
    case '&':
      return bitwise('Did you mean boolean AND ("&&")?');
    case '|':
      return bitwise('Did you mean boolean OR ("||")?');
    case '~':
      return bitwise('Did you mean boolean NOT ("!")?');
    case '^':
      return bitwise('');
    case "'":
      return character('Single quotes are not valid. Use double quotes (") to enclose strings.');
    case '`':
      return character(
        'The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, like "<<EOT".',
      );
    case ';':
      return character(
        'The ";" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items in collection values.',
      );
    case '“':
    case '”':
    case '‘':
    case '’':
      return character(
        '"Curly quotes" are not valid here. These can sometimes be inadvertently introduced when sharing code via documents or discussion forums. It might help to replace the character with a "straight quote".',
      );
    default:
      return character('This character is not used within the language.');
  }
}

const character = (detail: string) => ({ summary: 'Invalid character', detail });
const bitwise = (hint: string) => ({
  summary: 'Unsupported operator',
  detail: `Bitwise operators are not supported.${hint === '' ? '' : ` ${hint}`}`,
});
