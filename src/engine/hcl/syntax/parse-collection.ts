/** `[…]`, `{…}` and the `for` forms of both. */
import { accept, advance, type Cursor, fail, isAt, isKeyword, moveTo, tokenText } from './cursor.ts';
import type { Expression, ObjectItem } from './nodes.ts';

export function parseTuple(cursor: Cursor): Expression {
  const { start, newlines, source } = cursor;
  cursor.newlines = false;
  cursor.open.push(']');
  advance(cursor);
  if (isKeyword(cursor, 'for')) return parseFor(cursor, start, newlines, ']');
  const items: Expression[] = [];
  while (!isAt(cursor, ']')) {
    items.push(cursor.parseExpression(cursor));
    if (isAt(cursor, ']') || accept(cursor, ',')) continue;
    if (isAt(cursor, 'end of file')) {
      unterminated(cursor, start, 'tuple constructor expression', 'bracket');
    }
    fail(cursor, 'Missing item separator', 'Expected a comma to mark the beginning of the next item.', undefined, {
      start,
      end: cursor.end,
    });
  }
  const { end } = cursor;
  close(cursor, newlines);
  return { kind: 'TupleConstructor', source, start, end, items: items.slice() };
}

export function parseObject(cursor: Cursor): Expression {
  const { start, newlines, source } = cursor;
  const inside = cursor.end;
  cursor.newlines = false;
  cursor.open.push('}');
  advance(cursor);
  if (isKeyword(cursor, 'for')) return parseFor(cursor, start, newlines, '}');
  // A line end parts items here; it did not while the keyword was looked for.
  cursor.newlines = true;
  moveTo(cursor, inside);
  const items: ObjectItem[] = [];
  while (true) {
    while (isAt(cursor, 'newline')) advance(cursor);
    if (isAt(cursor, '}')) break;
    if (isAt(cursor, 'end of file')) unterminated(cursor, start, 'object constructor expression', 'brace');
    items.push(parseItem(cursor, start));
    if (isAt(cursor, '}') || isAt(cursor, 'newline') || accept(cursor, ',')) continue;
    if (isAt(cursor, 'end of file')) unterminated(cursor, start, 'object constructor expression', 'brace');
    fail(
      cursor,
      'Missing attribute separator',
      'Expected a newline or comma to mark the beginning of the next attribute.',
      undefined,
      { start, end: cursor.end },
    );
  }
  const { end } = cursor;
  close(cursor, newlines);
  return { kind: 'ObjectConstructor', source, start, end, items: items.slice() };
}

function parseItem(cursor: Cursor, start: number): ObjectItem {
  const key = cursor.parseExpression(cursor);
  if (!isAt(cursor, '=') && !isAt(cursor, ':')) {
    const context = { start, end: cursor.end };
    switch (cursor.kind) {
      case 'newline':
      case ',':
        return fail(
          cursor,
          'Missing attribute value',
          'Expected an attribute value, introduced by an equals sign ("=").',
          undefined,
          context,
        );
      case 'identifier':
        return fail(
          cursor,
          'Missing key/value separator',
          'Expected an equals sign ("=") to mark the beginning of the attribute value. If you intended to give an attribute name containing periods or spaces, write the name in quotes to create a string literal.',
          undefined,
          context,
        );
      case 'end of file':
        return unterminated(cursor, start, 'object constructor expression', 'brace');
      default:
        return fail(
          cursor,
          'Missing key/value separator',
          'Expected an equals sign ("=") to mark the beginning of the attribute value.',
          undefined,
          context,
        );
    }
  }
  advance(cursor);
  return { key, value: cursor.parseExpression(cursor) };
}

const INVALID_FOR = "Invalid 'for' expression";

function parseFor(cursor: Cursor, start: number, newlines: boolean, closer: ']' | '}'): Expression {
  const context = () => ({ start, end: cursor.end });
  const failFor = (detail: string) => fail(cursor, INVALID_FOR, detail, undefined, context());
  const name = (detail: string): string => {
    if (!isAt(cursor, 'identifier')) failFor(detail);
    const text = tokenText(cursor);
    advance(cursor);
    return text;
  };
  advance(cursor);
  const first = name("For expression requires variable name after 'for'.");
  const second = accept(cursor, ',') ? name('For expression requires value variable name after comma.') : undefined;
  if (!isKeyword(cursor, 'in')) failFor("For expression requires the 'in' keyword after its name declarations.");
  advance(cursor);
  const collection = cursor.parseExpression(cursor);
  if (!accept(cursor, ':')) failFor('For expression requires a colon after the collection expression.');
  let value = cursor.parseExpression(cursor);
  let key: Expression | undefined;
  if (closer === '}' && !isAt(cursor, '=>')) {
    fail(cursor, INVALID_FOR, 'Key expression is required when building an object.', value, context());
  }
  if (isAt(cursor, '=>')) {
    if (closer === ']') {
      fail(cursor, INVALID_FOR, 'Key expression is not valid when building a tuple.', value, context());
    }
    advance(cursor);
    key = value;
    value = cursor.parseExpression(cursor);
  }
  const isGrouping = isAt(cursor, '...');
  if (isGrouping && closer === ']') failFor('Grouping ellipsis (...) cannot be used when building a tuple.');
  if (isGrouping) advance(cursor);
  let condition: Expression | undefined;
  if (isKeyword(cursor, 'if')) {
    advance(cursor);
    condition = cursor.parseExpression(cursor);
  }
  if (cursor.kind !== closer) failFor(`Extra characters after the end of the 'for' expression.`);
  const { end, source } = cursor;
  close(cursor, newlines);
  return {
    kind: 'For',
    source,
    start,
    end,
    keyName: second === undefined ? undefined : first,
    valueName: second ?? first,
    collection,
    key,
    value,
    condition,
    isGrouping,
  };
}

function close(cursor: Cursor, newlines: boolean): void {
  cursor.open.pop();
  cursor.newlines = newlines;
  advance(cursor);
}

function unterminated(cursor: Cursor, start: number, what: string, closer: string): never {
  return fail(
    cursor,
    `Unterminated ${what}`,
    `There is no corresponding closing ${closer} before the end of the file. This may be caused by incorrect ${closer} nesting elsewhere in this file.`,
    { start, end: start + 1 },
  );
}
