import { rangeText } from '../../diagnostics/atlas-text.ts';
import { type Cursor, report } from './cursor.ts';
import {
  type Expression,
  type Interpolation,
  type Invalid,
  type Located,
  rangeOf,
  type Template,
  type TextLiteral,
} from './nodes.ts';

/** `%{if …}` and its kin, before they are paired. */
export type Directive = Located & { readonly kind?: 'Directive' } & (
    | { readonly directive: 'if'; readonly condition: Expression }
    | {
        readonly directive: 'for';
        readonly keyName: string | undefined;
        readonly valueName: string;
        readonly collection: Expression;
      }
    | { readonly directive: 'else' | 'endif' | 'endfor' }
  );

export type Piece = TextLiteral | Interpolation | Directive;

interface Reader {
  readonly cursor: Cursor;
  readonly pieces: readonly Piece[];
  at: number;
  readonly end: number;
}

/** Pairs the directives of a template and melts neighbouring texts. Pairing errors are noted; the rest goes on. */
export function arrangeTemplate(
  cursor: Cursor,
  pieces: readonly Piece[],
  place: { readonly start: number; readonly end: number },
): readonly Expression[] {
  const [only] = pieces;
  if (pieces.length === 1 && only?.kind === 'TextLiteral') return only.value === '' ? [] : [only];
  const reader: Reader = { cursor, pieces, at: 0, end: place.end };
  const parts: Expression[] = [];
  while (reader.at < pieces.length) {
    readPart(reader, parts);
    const stray = reader.pieces[reader.at];
    if (stray !== undefined && isEnding(stray)) {
      report(
        cursor,
        `Unexpected ${stray.directive} directive`,
        'The control directives within this template are unbalanced.',
        stray,
      );
      reader.at++;
    }
  }
  return parts;
}

function isEnding(piece: Piece): piece is Directive & { directive: 'else' | 'endif' | 'endfor' } {
  return 'directive' in piece && piece.directive !== 'if' && piece.directive !== 'for';
}

/** Reads until an ending directive, which it leaves. */
function readPart(reader: Reader, parts: Expression[]): void {
  for (let piece = reader.pieces[reader.at]; piece !== undefined; piece = reader.pieces[reader.at]) {
    if (isEnding(piece)) return;
    reader.at++;
    if (!('directive' in piece)) {
      addPart(parts, piece);
    } else if (piece.directive === 'if') {
      parts.push(readIf(reader, piece));
    } else if (piece.directive === 'for') {
      parts.push(readFor(reader, piece));
    }
  }
}

function addPart(parts: Expression[], piece: TextLiteral | Interpolation): void {
  const last = parts.at(-1);
  if (piece.kind === 'TextLiteral' && piece.value === '') return;
  if (piece.kind === 'TextLiteral' && last?.kind === 'TextLiteral') {
    parts[parts.length - 1] = { ...last, end: piece.end, value: last.value + piece.value };
  } else {
    parts.push(piece);
  }
}

function readIf(reader: Reader, open: Directive & { directive: 'if' }): Expression {
  const then = readBranch(reader, open.end);
  let otherwise = emptyBranch(reader, reader.pieces[reader.at]?.start ?? reader.end);
  let ending = reader.pieces[reader.at];
  if (ending !== undefined && isEnding(ending) && ending.directive === 'else') {
    reader.at++;
    otherwise = readBranch(reader, ending.end);
    ending = reader.pieces[reader.at];
  }
  const close = expectEnding(reader, open, 'endif');
  if (close === undefined) return invalid(open);
  return {
    kind: 'TemplateIf',
    source: open.source,
    start: open.start,
    end: close.end,
    condition: open.condition,
    then,
    otherwise,
  };
}

function readFor(reader: Reader, open: Directive & { directive: 'for' }): Expression {
  const body = readBranch(reader, open.end);
  const close = expectEnding(reader, open, 'endfor');
  if (close === undefined) return invalid(open);
  const { source, start, keyName, valueName, collection } = open;
  return { kind: 'TemplateFor', source, start, end: close.end, keyName, valueName, collection, body };
}

function readBranch(reader: Reader, start: number): Template {
  const parts: Expression[] = [];
  readPart(reader, parts);
  return { ...emptyBranch(reader, start), end: reader.pieces[reader.at]?.start ?? reader.end, parts };
}

function emptyBranch(reader: Reader, at: number): Template {
  return { kind: 'Template', source: reader.cursor.source, start: at, end: at, form: 'part', parts: [] };
}

function expectEnding(reader: Reader, open: Directive, wanted: 'endif' | 'endfor'): Piece | undefined {
  const found = reader.pieces[reader.at];
  const name = wanted === 'endif' ? 'if' : 'for';
  if (found === undefined || !isEnding(found)) {
    report(
      reader.cursor,
      'Unexpected end of template',
      `The ${name} directive at ${rangeText(rangeOf(open))} is missing its corresponding ${wanted} directive.`,
      { start: reader.end - 1, end: reader.end },
    );
    return undefined;
  }
  reader.at++;
  if (found.directive === wanted) return found;
  const detail =
    found.directive === 'else'
      ? wanted === 'endif'
        ? `Already in the else clause for the if started at ${rangeText(rangeOf(open))}.`
        : 'An else clause is not expected for a for directive.'
      : `Expecting an ${wanted} directive for the ${name} started at ${rangeText(rangeOf(open))}.`;
  report(reader.cursor, `Unexpected ${found.directive} directive`, detail, found);
  return undefined;
}

function invalid(open: Directive): Invalid {
  return { kind: 'Invalid', source: open.source, start: open.start, end: open.end };
}
