/** The steps behind a term: `.name`, `.0`, `[key]`, `.*` and `[*]`. */
import { advance, type Cursor, fail, isAt, moveTo, nameAt, tokenText } from './cursor.ts';
import type { Expression, SplatItem } from './nodes.ts';

const WHOLE_NUMBER = /^\d+$/;
/** A tree that is deeper would overflow the stack of whoever walks it. */
const MOST_STEPS = 500;
const OLD_INDEXES = /^(\d+)\.(\d+)$/;

export function parseTraversal(cursor: Cursor, term: Expression): Expression {
  let result = term;
  let steps = 0;
  while (isAt(cursor, '.') || isAt(cursor, '[')) {
    if (++steps > MOST_STEPS) fail(cursor, 'Reference too long', `A reference may have ${MOST_STEPS} steps.`);
    result = isAt(cursor, '.') ? parseDot(cursor, result) : parseBracket(cursor, result);
  }
  return result;
}

function parseDot(cursor: Cursor, object: Expression): Expression {
  const { start, source } = cursor;
  advance(cursor);
  if (isAt(cursor, '*')) return parseAttributeSplat(cursor, object, start);
  if (isAt(cursor, 'number')) return parseOldIndex(cursor, object, start);
  if (!isAt(cursor, 'identifier')) {
    fail(cursor, 'Invalid attribute name', 'An attribute name is required after a dot.', undefined, {
      start: object.start,
      end: cursor.end,
    });
  }
  const name = nameAt(cursor);
  const { end } = cursor;
  advance(cursor);
  return { kind: 'GetAttribute', source, start: object.start, end, object, name, stepStart: start };
}

/** `a.0`, and `a.0.1`, which the lexer takes for a fraction. */
function parseOldIndex(cursor: Cursor, object: Expression, stepStart: number): Expression {
  const { start, end, source } = cursor;
  const text = tokenText(cursor);
  const digits = WHOLE_NUMBER.test(text) ? [text] : (OLD_INDEXES.exec(text)?.slice(1) ?? []);
  if (digits.length === 0) {
    fail(
      cursor,
      'Invalid legacy index syntax',
      'When using the legacy index syntax, chaining indexes takes whole numbers only. Use the proper index syntax instead, like [0].',
    );
  }
  advance(cursor);
  let result = object;
  let at = start;
  for (const digit of digits) {
    const keyEnd = at === start ? start + digit.length : end;
    const key: Expression = { kind: 'NumberLiteral', source, start: at, end: keyEnd, text: digit };
    result = {
      kind: 'Index',
      source,
      start: object.start,
      end: keyEnd,
      object: result,
      key,
      stepStart: at === start ? stepStart : at - 1,
    };
    at = keyEnd + 1;
  }
  return result;
}

function parseAttributeSplat(cursor: Cursor, object: Expression, stepStart: number): Expression {
  const { source } = cursor;
  const item: SplatItem = { kind: 'SplatItem', source, start: object.start, end: cursor.end };
  advance(cursor);
  let each: Expression = item;
  // Only attributes belong to it: `a.*.b[0]` takes the first of the b.
  while (isAt(cursor, '.')) {
    const dot = { start: cursor.start, end: cursor.end };
    const next = parseDotInSplat(cursor, each, dot);
    each = next;
  }
  return {
    kind: 'Splat',
    source,
    start: object.start,
    end: cursor.previousEnd,
    object,
    each,
    item,
    isFull: false,
    stepStart,
  };
}

function parseDotInSplat(cursor: Cursor, each: Expression, dot: { start: number; end: number }): Expression {
  const after = cursor.end;
  if (cursor.text[after] === '*') {
    moveTo(cursor, after);
    fail(
      cursor,
      'Nested splat expression not allowed',
      'A splat expression (*) cannot be used inside another attribute-only splat expression.',
      undefined,
      { start: dot.start, end: cursor.end },
    );
  }
  return parseDot(cursor, each);
}

function parseBracket(cursor: Cursor, object: Expression): Expression {
  const { start, newlines, source } = cursor;
  cursor.newlines = false;
  cursor.open.push(']');
  advance(cursor);
  if (isAt(cursor, '*')) {
    const item: SplatItem = { kind: 'SplatItem', source, start: object.start, end: cursor.end + 1 };
    advance(cursor);
    expectBracket(
      cursor,
      start,
      'Missing close bracket on splat index',
      'The star for a full splat operator must be immediately followed by a closing bracket ("]").',
    );
    close(cursor, newlines);
    const each = parseTraversal(cursor, item);
    return {
      kind: 'Splat',
      source,
      start: object.start,
      end: cursor.previousEnd,
      object,
      each,
      item,
      isFull: true,
      stepStart: start,
    };
  }
  const key = cursor.parseExpression(cursor);
  expectBracket(
    cursor,
    start,
    'Missing close bracket on index',
    'The index operator must end with a closing bracket ("]").',
  );
  const { end } = cursor;
  close(cursor, newlines);
  return { kind: 'Index', source, start: object.start, end, object, key, stepStart: start };
}

function expectBracket(cursor: Cursor, start: number, summary: string, detail: string): void {
  if (!isAt(cursor, ']')) fail(cursor, summary, detail, undefined, { start, end: cursor.end });
}

function close(cursor: Cursor, newlines: boolean): void {
  cursor.open.pop();
  cursor.newlines = newlines;
  advance(cursor);
}
