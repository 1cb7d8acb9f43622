import { arrangeTemplate, type Directive, type Piece } from './arrange-template.ts';
import { advance, type Cursor, fail, isAt, isKeyword, moveTo, tokenText } from './cursor.ts';
import { dedent } from './dedent.ts';
import { HEREDOC_START } from './lexer.ts';
import type { Expression, Template } from './nodes.ts';
import { readEscape } from './string-escapes.ts';

/** What ends the text of a template. */
type Ending =
  | { readonly kind: 'quote' }
  | { readonly kind: 'heredoc'; readonly marker: string }
  | { readonly kind: 'file' };

const LEADING_SPACE = /^\s+/u;
const TRAILING_SPACE = /\s+$/u;

/** `"…"`, with the cursor at the opening quote. */
export function parseQuoted(cursor: Cursor): Template {
  const { start } = cursor;
  const simple = simpleQuoted(cursor);
  if (simple !== undefined) {
    const { source, end } = cursor;
    const parts: readonly Expression[] =
      simple === '' ? [] : [{ kind: 'TextLiteral', source, start: start + 1, end: end - 1, value: simple }];
    advance(cursor);
    return { kind: 'Template', source, start, end, form: 'quoted', parts };
  }
  cursor.open.push('"');
  const { pieces, end } = readPieces(cursor, cursor.end, { kind: 'quote' });
  cursor.open.pop();
  return finish(cursor, pieces, 'quoted', start, end);
}

const SIMPLE = /[^"\\$%\r\n]*"/y;

/** The text of a quoted string without anything special in it, which most are; the cursor's token becomes all of it. */
export function simpleQuoted(cursor: Cursor): string | undefined {
  SIMPLE.lastIndex = cursor.end;
  if (!SIMPLE.test(cursor.text)) return undefined;
  const value = cursor.text.slice(cursor.end, SIMPLE.lastIndex - 1);
  cursor.end = SIMPLE.lastIndex;
  return value;
}

/** `<<EOT` or `<<-EOT`, with the cursor at it. The newline behind the closing marker is a token of its own. */
export function parseHeredoc(cursor: Cursor): Template {
  const { start } = cursor;
  HEREDOC_START.lastIndex = start;
  const [, dash = '', marker = ''] = HEREDOC_START.exec(cursor.text) ?? [];
  cursor.open.push(`<<${marker}`);
  const { pieces, end } = readPieces(cursor, cursor.end, { kind: 'heredoc', marker });
  cursor.open.pop();
  if (dash === '-') dedent(pieces);
  return finish(cursor, pieces, dash === '-' ? 'flush-heredoc' : 'heredoc', start, end);
}

/** A whole text as a template, without quotes around it. */
export function parseBareTemplate(cursor: Cursor): Template {
  const { pieces, end } = readPieces(cursor, 0, { kind: 'file' });
  return finish(cursor, pieces, 'heredoc', 0, end);
}

function finish(cursor: Cursor, pieces: Piece[], form: Template['form'], start: number, end: number): Template {
  const parts = arrangeTemplate(cursor, pieces, { start, end });
  cursor.end = end;
  advance(cursor);
  return { kind: 'Template', source: cursor.source, start, end, form, parts };
}

function readPieces(cursor: Cursor, from: number, ending: Ending): { pieces: Piece[]; end: number } {
  const { text, source } = cursor;
  const pieces: Piece[] = [];
  let trimNext = false;
  let buffer = '';
  let textStart = from;
  let at = from;
  const flush = () => {
    if (at === textStart) return;
    const value = trimNext ? buffer.replace(LEADING_SPACE, '') : buffer;
    trimNext = false;
    pieces.push({ kind: 'TextLiteral', source, start: textStart, end: at, value });
    buffer = '';
    textStart = at;
  };
  const startsLine = () => at === from || text[at - 1] === '\n';
  while (true) {
    if (ending.kind === 'heredoc' && startsLine()) {
      const close = heredocEnd(text, at, ending.marker);
      if (close !== undefined) {
        flush();
        return { pieces, end: close };
      }
    }
    const plain = plainEnd(text, at, ending);
    buffer += text.slice(at, plain);
    at = plain;
    const character = text[at];
    if (character === undefined) {
      if (ending.kind === 'file') {
        flush();
        return { pieces, end: at };
      }
      unterminated(cursor, at);
    } else if (character === '"') {
      flush();
      return { pieces, end: at + 1 };
    } else if (character === '\\') {
      const symbol = readEscape(cursor, at);
      buffer += symbol.value;
      at = symbol.end;
    } else if (character === '\n' || character === '\r') {
      if (ending.kind === 'quote') multiLine(cursor, at);
      buffer += character;
      at++;
      // One piece a line: strip marks and dedent work by lines, as HCL's do.
      if (character === '\n' && ending.kind === 'heredoc') flush();
    } else if (text.startsWith(`${character + character}{`, at)) {
      buffer += `${character}{`;
      at += 3;
    } else if (text[at + 1] === '{') {
      flush();
      const isTrimming = text[at + 2] === '~';
      if (isTrimming) trimLast(pieces);
      const start = at;
      const close = readSequence(cursor, pieces, { start, contentStart: at + (isTrimming ? 3 : 2), character });
      trimNext = close.isTrimming;
      at = close.end;
      textStart = at;
    } else {
      buffer += character;
      at++;
    }
  }
}

function trimLast(pieces: Piece[]): void {
  const last = pieces.at(-1);
  if (last?.kind === 'TextLiteral')
    pieces[pieces.length - 1] = { ...last, value: last.value.replace(TRAILING_SPACE, '') };
}

/** `${ … }` or `%{ … }`: adds its piece, and tells where it ends. */
function readSequence(
  cursor: Cursor,
  pieces: Piece[],
  sequence: { readonly start: number; readonly contentStart: number; readonly character: string },
): { end: number; isTrimming: boolean } {
  const hadNewlines = cursor.newlines;
  cursor.newlines = false;
  cursor.open.push('${');
  moveTo(cursor, sequence.contentStart);
  const isInterpolation = sequence.character === '$';
  const piece = isInterpolation ? cursor.parseExpression(cursor) : parseDirective(cursor, sequence.start);
  if (!isAt(cursor, '}') && !isAt(cursor, '~}')) unclosedSequence(cursor, sequence.start, isInterpolation);
  const { end } = cursor;
  const located = { source: cursor.source, start: sequence.start, end };
  pieces.push('directive' in piece ? { ...piece, ...located } : { kind: 'Interpolation', ...located, value: piece });
  cursor.open.pop();
  cursor.newlines = hadNewlines;
  return { end, isTrimming: isAt(cursor, '~}') };
}

function parseDirective(cursor: Cursor, start: number): Directive {
  const context = { start, end: cursor.end };
  if (!isAt(cursor, 'identifier')) {
    fail(
      cursor,
      'Invalid template directive',
      'A template directive keyword ("if", "for", etc) is expected at the beginning of a %{ sequence.',
      undefined,
      context,
    );
  }
  const keyword = tokenText(cursor);
  const place = { source: cursor.source, start, end: cursor.end };
  switch (keyword) {
    case 'if':
      advance(cursor);
      return { ...place, directive: 'if', condition: cursor.parseExpression(cursor) };
    case 'else':
    case 'endif':
    case 'endfor':
      advance(cursor);
      return { ...place, directive: keyword };
    case 'for':
      advance(cursor);
      return { ...place, directive: 'for', ...forHeader(cursor) };
    default:
      return fail(
        cursor,
        'Invalid template control keyword',
        `"${keyword}" is not a valid template control keyword.`,
        undefined,
        context,
      );
  }
}

function forHeader(cursor: Cursor): { keyName: string | undefined; valueName: string; collection: Expression } {
  const name = (what: string) => {
    if (!isAt(cursor, 'identifier')) fail(cursor, "Invalid 'for' directive", `For directive requires ${what}.`);
    const text = tokenText(cursor);
    advance(cursor);
    return text;
  };
  const first = name("variable name after 'for'");
  let second: string | undefined;
  if (isAt(cursor, ',')) {
    advance(cursor);
    second = name('value variable name after comma');
  }
  if (!isKeyword(cursor, 'in')) {
    fail(cursor, "Invalid 'for' directive", "For directive requires 'in' keyword after names.");
  }
  advance(cursor);
  const collection = cursor.parseExpression(cursor);
  return { keyName: second === undefined ? undefined : first, valueName: second ?? first, collection };
}

/** Where text without meaning to the scanner ends. */
function plainEnd(text: string, from: number, ending: Ending): number {
  let at = from;
  for (; at < text.length; at++) {
    const character = text[at];
    if (character === '$' || character === '%' || character === '\n' || character === '\r') return at;
    if (ending.kind === 'quote' && (character === '"' || character === '\\')) return at;
  }
  return at;
}

/** The closing marker stands alone on its line, indented or not. */
function heredocEnd(text: string, lineStart: number, marker: string): number | undefined {
  let at = lineStart;
  while (text[at] === ' ' || text[at] === '\t') at++;
  if (!text.startsWith(marker, at)) return undefined;
  const end = at + marker.length;
  let rest = end;
  while (text[rest] === ' ' || text[rest] === '\t' || (text[rest] === '\r' && text[rest + 1] === '\n')) rest++;
  return rest >= text.length || text[rest] === '\n' ? end : undefined;
}

function unterminated(cursor: Cursor, at: number): never {
  cursor.start = at;
  cursor.end = at;
  cursor.kind = 'end of file';
  return fail(cursor, 'Unterminated template string', 'No closing marker was found for the string.');
}

function multiLine(cursor: Cursor, at: number): never {
  cursor.start = at;
  cursor.end = cursor.text[at] === '\r' ? at + 2 : at + 1;
  cursor.kind = 'newline';
  return fail(
    cursor,
    'Invalid multi-line string',
    'Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.',
  );
}

function unclosedSequence(cursor: Cursor, start: number, isInterpolation: boolean): never {
  const what = isInterpolation ? 'interpolation' : 'directive';
  const context = { start, end: cursor.end };
  if (isAt(cursor, 'end of file') || isAt(cursor, '"')) {
    const where = isAt(cursor, '"') ? 'quoted template' : 'file';
    fail(
      cursor,
      `Unclosed template ${what} sequence`,
      `There is no closing brace for this ${what} sequence before the end of the ${where}. This might be caused by incorrect nesting inside the given expression.`,
      { start, end: start + 2 },
    );
  }
  if (!isInterpolation) {
    fail(
      cursor,
      'Extra characters in template directive',
      'Expected a closing brace to end the template directive, but found extra characters.',
      undefined,
      context,
    );
  }
  if (isAt(cursor, ':')) {
    fail(
      cursor,
      'Extra characters after interpolation expression',
      'Template interpolation doesn\'t expect a colon at this location. Did you intend this to be a literal sequence to be processed as part of another language? If so, you can escape it by starting with "$${" instead of just "${".',
      undefined,
      context,
    );
  }
  return fail(
    cursor,
    'Extra characters after interpolation expression',
    'Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with "$${" instead of just "${".',
    undefined,
    context,
  );
}
