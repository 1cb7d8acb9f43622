import { rangeText } from '../../diagnostics/atlas-text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { SourceText } from '../../diagnostics/source-text.ts';
import {
  accept,
  advance,
  type Cursor,
  fail,
  isAt,
  moveTo,
  nameAt,
  openCursor,
  report,
  SyntaxFailure,
} from './cursor.ts';
import type { Attribute, Block, Body, Expression, Label, Template } from './nodes.ts';
import { parseExpression } from './parse-expression.ts';
import { parseBareTemplate, parseQuoted, simpleQuoted } from './parse-template.ts';
import { recover } from './recover.ts';

export interface Parsed<T> {
  /** What could be read; after an error, with Invalid expressions or items left out. */
  readonly value: T;
  readonly source: SourceText;
  readonly diagnostics: readonly Diagnostic[];
}

/** A whole file. Never throws: every syntax error that can be found in one go is in `diagnostics`. */
export function parseFile(file: string, text: string): Parsed<Body> {
  const source = new SourceText(file, text);
  const cursor = openCursor(source, parseExpression, true);
  const value = parseItems(cursor, undefined, 0);
  return { value, source, diagnostics: cursor.diagnostics };
}

/** One expression, alone in its text. */
export function parseExpressionText(file: string, text: string): Parsed<Expression> {
  const source = new SourceText(file, text);
  const cursor = openCursor(source, parseExpression, false);
  const value = attempt(() => {
    const expression = parseExpression(cursor);
    if (!isAt(cursor, 'end of file')) {
      fail(
        cursor,
        'Extra characters after expression',
        'An expression was successfully parsed, but extra characters were found after it.',
      );
    }
    return expression;
  });
  return { value: value ?? invalid(source, 0, text.length), source, diagnostics: cursor.diagnostics };
}

/** A text as a template: what would stand in a heredoc. */
export function parseTemplateText(file: string, text: string): Parsed<Template | Expression> {
  const source = new SourceText(file, text);
  const cursor = openCursor(source, parseExpression, false);
  const value = attempt(() => parseBareTemplate(cursor));
  return { value: value ?? invalid(source, 0, text.length), source, diagnostics: cursor.diagnostics };
}

function invalid(source: SourceText, start: number, end: number): Expression {
  return { kind: 'Invalid', source, start, end };
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxFailure) return undefined;
    throw error;
  }
}

/** Items until the file ends or, in a block, its closing brace, which is left. */
function parseItems(cursor: Cursor, opener: { start: number; end: number } | undefined, depth: number): Body {
  const { source, start } = cursor;
  const attributes: Attribute[] = [];
  const blocks: Block[] = [];
  const names: Names = { list: attributes };
  while (true) {
    switch (cursor.kind) {
      case 'newline':
        advance(cursor);
        continue;
      case 'identifier':
        parseItem(cursor, attributes, blocks, names, depth);
        continue;
      case 'end of file':
        if (opener !== undefined) {
          report(
            cursor,
            'Unclosed configuration block',
            'There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.',
            opener,
          );
        }
        return { kind: 'Body', source, start, end: cursor.start, attributes: exact(attributes), blocks: exact(blocks) };
      case '}':
        if (opener !== undefined)
          return {
            kind: 'Body',
            source,
            start,
            end: cursor.start,
            attributes: exact(attributes),
            blocks: exact(blocks),
          };
        strayToken(cursor);
        continue;
      default:
        strayToken(cursor);
    }
  }
}

/** Without the room that push() reserves: it would be half of what a large file takes in memory. */
function exact<T>(items: readonly T[]): readonly T[] {
  return items.length === 0 ? NONE : items.slice();
}

const NONE: readonly never[] = [];

function strayToken(cursor: Cursor): void {
  attempt(() => {
    if (isAt(cursor, '"')) fail(cursor, 'Invalid argument name', 'Argument names must not be quoted.');
    fail(cursor, 'Argument or block definition required', 'An argument or block definition is required here.');
  });
  const { start, end } = cursor;
  // A stray brace is left behind alone: what follows it in its line may be sound.
  if (isAt(cursor, '}')) {
    moveTo(cursor, end);
    return;
  }
  recover(cursor);
  if (cursor.start === start) advance(cursor);
}

interface Names {
  readonly list: readonly Attribute[];
  /** Built once there are many. */
  set?: Map<string, Attribute>;
}

const MANY = 16;

function findName(names: Names, name: string): Attribute | undefined {
  if (names.list.length < MANY) return names.list.find((attribute) => attribute.name === name);
  names.set ??= new Map(names.list.map((attribute) => [attribute.name, attribute]));
  return names.set.get(name);
}

function parseItem(cursor: Cursor, attributes: Attribute[], blocks: Block[], names: Names, depth: number): void {
  const { start, end: nameEnd } = cursor;
  const name = nameAt(cursor);
  const hasFailed = !isParsed(cursor, name, start, nameEnd, attributes, blocks, names, depth);
  if (!hasFailed) return;
  const isAttribute =
    /^[ \t]*=(?![=>])/.test(cursor.text.slice(nameEnd, nameEnd + 64)) && attributes.at(-1)?.start !== start;
  if (isAttribute) {
    const value = invalid(cursor.source, nameEnd, cursor.end);
    addAttribute(cursor, attributes, names, {
      kind: 'Attribute',
      source: cursor.source,
      start,
      end: cursor.end,
      name,
      nameEnd,
      value,
    });
  }
  recover(cursor);
}

function isParsed(
  cursor: Cursor,
  name: string,
  start: number,
  nameEnd: number,
  attributes: Attribute[],
  blocks: Block[],
  names: Names,
  depth: number,
): boolean {
  try {
    advance(cursor);
    if (isAt(cursor, '=')) {
      addAttribute(cursor, attributes, names, parseAttribute(cursor, name, start, nameEnd));
      expectLineEnd(cursor, start, 'argument');
    } else {
      blocks.push(parseBlock(cursor, name, start, nameEnd, depth));
      expectLineEnd(cursor, start, 'block definition');
    }
    return true;
  } catch (error) {
    if (error instanceof SyntaxFailure) return false;
    throw error;
  }
}

function addAttribute(cursor: Cursor, attributes: Attribute[], names: Names, attribute: Attribute): void {
  const known = findName(names, attribute.name);
  if (known === undefined) {
    attributes.push(attribute);
    names.set?.set(attribute.name, attribute);
    return;
  }
  const place = rangeText(cursor.source.range(known.start, known.nameEnd));
  report(
    cursor,
    'Attribute redefined',
    `The argument "${attribute.name}" was already set at ${place}. Each argument may be set only once.`,
    { start: attribute.start, end: attribute.nameEnd },
  );
}

function parseAttribute(cursor: Cursor, name: string, start: number, nameEnd: number): Attribute {
  advance(cursor);
  const value = parseExpression(cursor);
  return { kind: 'Attribute', source: cursor.source, start, end: value.end, name, nameEnd, value };
}

function expectLineEnd(cursor: Cursor, start: number, what: 'argument' | 'block definition'): void {
  if (isAt(cursor, 'newline') || isAt(cursor, 'end of file')) return;
  const article = what === 'argument' ? 'An argument definition' : 'A block definition';
  fail(cursor, `Missing newline after ${what}`, `${article} must end with a newline.`, undefined, {
    start,
    end: cursor.end,
  });
}

const DEEPEST = 200;

function parseBlock(cursor: Cursor, type: string, start: number, typeEnd: number, depth: number): Block {
  if (!isAt(cursor, '"') && !isAt(cursor, '{') && !isAt(cursor, 'identifier')) {
    fail(
      cursor,
      'Argument or block definition required',
      'An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
      isAt(cursor, 'invalid') ? undefined : { start, end: typeEnd },
    );
  }
  if (depth >= DEEPEST) fail(cursor, 'Block too deeply nested', `Blocks may be nested ${DEEPEST} levels deep.`);
  const labels: Label[] = [];
  while (!isAt(cursor, '{')) labels.push(parseLabel(cursor, start));
  const headerEnd = labels.at(-1)?.end ?? typeEnd;
  const brace = { start: cursor.start, end: cursor.end };
  advance(cursor);
  const body = isSingleLine(cursor) ? parseSingleLine(cursor) : parseItems(cursor, brace, depth + 1);
  const { end } = cursor;
  accept(cursor, '}');
  return { kind: 'Block', source: cursor.source, start, end, type, headerEnd, labels: exact(labels), body };
}

function parseLabel(cursor: Cursor, start: number): Label {
  const { source } = cursor;
  const place = { source, start: cursor.start, end: cursor.end };
  if (isAt(cursor, 'identifier')) {
    const value = nameAt(cursor);
    advance(cursor);
    return { ...place, value, isQuoted: false };
  }
  if (isAt(cursor, '"')) {
    const simple = simpleQuoted(cursor);
    if (simple !== undefined) {
      advance(cursor);
      return { ...place, value: simple, isQuoted: true };
    }
    const template = parseQuoted(cursor);
    const [part, second] = template.parts;
    if (second !== undefined || (part !== undefined && part.kind !== 'TextLiteral')) {
      report(
        cursor,
        'Invalid string literal',
        'Template sequences are not allowed in this string. To include a literal "$", double it (as "$$") to escape it.',
        sequencePlace(template),
      );
    }
    return {
      source,
      start: template.start,
      end: template.end,
      isQuoted: true,
      value: part?.kind === 'TextLiteral' ? part.value : '',
    };
  }
  const context = { start, end: cursor.end };
  if (isAt(cursor, '=')) {
    fail(
      cursor,
      'Invalid block definition',
      'The equals sign "=" indicates an argument definition, and must not be used when defining a block.',
      undefined,
      context,
    );
  }
  if (isAt(cursor, 'newline')) {
    fail(
      cursor,
      'Invalid block definition',
      'A block definition must have block content delimited by "{" and "}", starting on the same line as the block header.',
      undefined,
      context,
    );
  }
  return fail(
    cursor,
    'Invalid block definition',
    'Either a quoted string block label or an opening brace ("{") is expected here.',
    undefined,
    context,
  );
}

/** The `${` of the first sequence. */
function sequencePlace(template: Template): { readonly start: number; readonly end: number } {
  const sequence = template.parts.find((part) => part.kind !== 'TextLiteral') ?? template;
  return { start: sequence.start, end: sequence.start + 2 };
}

function isSingleLine(cursor: Cursor): boolean {
  return !isAt(cursor, 'newline') && !isAt(cursor, 'end of file');
}

const SINGLE_ARGUMENT = 'Invalid single-argument block definition';

/** `{ }` or `{ name = value }`: one argument at most, closed in the same line. */
function parseSingleLine(cursor: Cursor): Body {
  const { source, start } = cursor;
  const empty: Body = { kind: 'Body', source, start, end: start, attributes: NONE, blocks: NONE };
  if (isAt(cursor, '}')) return empty;
  cursor.open.push('}');
  if (!isAt(cursor, 'identifier')) {
    fail(
      cursor,
      'Argument or block definition required',
      'An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
    );
  }
  const name = nameAt(cursor);
  const { end: nameEnd } = cursor;
  advance(cursor);
  if (isAt(cursor, 'identifier') || isAt(cursor, '"') || isAt(cursor, '{')) {
    fail(
      cursor,
      'Argument definition required',
      `A single-line block definition can contain only a single argument. If you meant to define argument "${name}", use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.`,
      { start, end: cursor.end },
    );
  }
  if (!isAt(cursor, '=')) {
    fail(
      cursor,
      'Argument or block definition required',
      'An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
    );
  }
  const attribute = parseAttribute(cursor, name, start, nameEnd);
  if (!isAt(cursor, '}')) notClosed(cursor);
  cursor.open.pop();
  return { ...empty, end: cursor.start, attributes: [attribute] };
}

function notClosed(cursor: Cursor): never {
  switch (cursor.kind) {
    case ',':
      return fail(
        cursor,
        SINGLE_ARGUMENT,
        'Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block syntax with one argument definition per line.',
      );
    case 'newline':
      return fail(
        cursor,
        SINGLE_ARGUMENT,
        "An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition.",
      );
    default:
      return fail(
        cursor,
        SINGLE_ARGUMENT,
        'A single-line block definition must end with a closing brace immediately after its single argument definition.',
      );
  }
}
