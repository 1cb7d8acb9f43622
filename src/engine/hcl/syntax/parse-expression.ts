import { accept, advance, type Cursor, fail, isAt, nameAt, nested, tokenText } from './cursor.ts';
import type { TokenKind } from './lexer.ts';
import type { BinaryOperator, Expression } from './nodes.ts';
import { parseObject, parseTuple } from './parse-collection.ts';
import { parseHeredoc, parseQuoted } from './parse-template.ts';
import { parseTraversal } from './parse-traversal.ts';

/** How strongly an operator binds; all bind to the left. */
const STRENGTH: ReadonlyMap<TokenKind, number> = new Map<BinaryOperator, number>([
  ['||', 1],
  ['&&', 2],
  ['==', 3],
  ['!=', 3],
  ['<', 4],
  ['<=', 4],
  ['>', 4],
  ['>=', 4],
  ['+', 5],
  ['-', 5],
  ['*', 6],
  ['/', 6],
  ['%', 6],
]);

/** One expression from the cursor on; fails with a SyntaxFailure. */
export function parseExpression(cursor: Cursor): Expression {
  return nested(cursor, parseConditional);
}

function parseConditional(cursor: Cursor): Expression {
  const condition = parseBinary(cursor, 1);
  if (!isAt(cursor, '?')) return condition;
  advance(cursor);
  const then = parseExpression(cursor);
  if (!isAt(cursor, ':')) {
    fail(
      cursor,
      'Missing false expression in conditional',
      'The conditional operator (...?...:...) requires a false expression, delimited by a colon.',
      undefined,
      { start: condition.start, end: cursor.end },
    );
  }
  advance(cursor);
  const otherwise = parseExpression(cursor);
  return {
    kind: 'Conditional',
    source: cursor.source,
    start: condition.start,
    end: otherwise.end,
    condition,
    then,
    otherwise,
  };
}

function parseBinary(cursor: Cursor, least: number): Expression {
  let left = parseUnary(cursor);
  while (true) {
    const operator = cursor.kind;
    const strength = STRENGTH.get(operator);
    if (strength === undefined || strength < least || !isBinaryOperator(operator)) return left;
    advance(cursor);
    const right = parseBinary(cursor, strength + 1);
    left = { kind: 'Binary', source: cursor.source, start: left.start, end: right.end, operator, left, right };
  }
}

function isBinaryOperator(kind: TokenKind): kind is BinaryOperator {
  return STRENGTH.has(kind);
}

function parseUnary(cursor: Cursor): Expression {
  const operator = cursor.kind;
  if (operator !== '-' && operator !== '!') return parseTraversal(cursor, parseTerm(cursor));
  const { start } = cursor;
  advance(cursor);
  const operand = nested(cursor, parseUnary);
  return { kind: 'Unary', source: cursor.source, start, end: operand.end, operator, operand };
}

function parseTerm(cursor: Cursor): Expression {
  const { source, start, end } = cursor;
  switch (cursor.kind) {
    case 'number': {
      const text = tokenText(cursor);
      advance(cursor);
      return { kind: 'NumberLiteral', source, start, end, text };
    }
    case 'identifier':
      return parseName(cursor);
    case '"':
      return parseQuoted(cursor);
    case '<<':
      return parseHeredoc(cursor);
    case '(':
      return parseParentheses(cursor);
    case '[':
      return parseTuple(cursor);
    case '{':
      return parseObject(cursor);
    case 'end of file':
      return fail(cursor, 'Missing expression', 'Expected the start of an expression, but found the end of the file.');
    default:
      return fail(
        cursor,
        'Invalid expression',
        'Expected the start of an expression, but found an invalid expression token.',
      );
  }
}

function parseName(cursor: Cursor): Expression {
  const { source, start, end } = cursor;
  const name = nameAt(cursor);
  advance(cursor);
  if (isAt(cursor, '(')) return parseCall(cursor, name, start, end);
  if (name === 'true' || name === 'false') return { kind: 'BoolLiteral', source, start, end, value: name === 'true' };
  if (name === 'null') return { kind: 'NullLiteral', source, start, end };
  return { kind: 'Variable', source, start, end, name };
}

function parseParentheses(cursor: Cursor): Expression {
  const { start, newlines } = cursor;
  cursor.newlines = false;
  cursor.open.push(')');
  advance(cursor);
  const inner = parseExpression(cursor);
  if (!isAt(cursor, ')')) {
    fail(cursor, 'Unbalanced parentheses', 'Expected a closing parenthesis to terminate the expression.', undefined, {
      start,
      end: cursor.end,
    });
  }
  const { end } = cursor;
  close(cursor, newlines);
  return { kind: 'Parentheses', source: cursor.source, start, end, inner };
}

function close(cursor: Cursor, newlines: boolean): void {
  cursor.open.pop();
  cursor.newlines = newlines;
  advance(cursor);
}

function parseCall(cursor: Cursor, name: string, start: number, nameEnd: number): Expression {
  const { newlines } = cursor;
  cursor.newlines = false;
  cursor.open.push(')');
  advance(cursor);
  const args: Expression[] = [];
  let isExpanding = false;
  while (!isAt(cursor, ')')) {
    args.push(parseExpression(cursor));
    const ellipsis = { start: cursor.start, end: cursor.end };
    if (accept(cursor, '...')) {
      isExpanding = true;
      if (!isAt(cursor, ')')) {
        fail(
          cursor,
          'Missing closing parenthesis',
          'An expanded function argument (with ...) must be immediately followed by closing parentheses.',
          ellipsis,
          { start, end: cursor.end },
        );
      }
    } else if (!isAt(cursor, ')') && !accept(cursor, ',')) {
      missingSeparator(cursor, start, nameEnd);
    }
  }
  const { end } = cursor;
  close(cursor, newlines);
  return { kind: 'Call', source: cursor.source, start, end, name, nameEnd, args: args.slice(), isExpanding };
}

function missingSeparator(cursor: Cursor, start: number, nameEnd: number): never {
  if (isAt(cursor, 'end of file')) {
    fail(
      cursor,
      'Unterminated function call',
      'There is no closing parenthesis for this function call before the end of the file. This may be caused by incorrect parenthesis nesting elsewhere in this file.',
      { start, end: nameEnd + 1 },
    );
  }
  return fail(
    cursor,
    'Missing argument separator',
    'A comma is required to separate each function argument from the next.',
    undefined,
    { start, end: cursor.end },
  );
}
