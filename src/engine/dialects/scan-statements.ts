/**
 * Cuts a file into statements: one scanner for all dialects, told apart by ScanOptions. Rules: atlas-config-cli.md 4.4.
 * Blocks are tried speculatively: where the try fails, the text is ordinary.
 */
import { dollarTag, endOfComment, endOfGoCommand, endOfQuoted, isWordBefore } from './lexemes.ts';
import type { ScanOptions } from './scan-options.ts';

export interface ScannedStatement {
  /** Trimmed; the default `;` stays, another delimiter does not. Leading comments are not part of it. */
  readonly text: string;
  /** Of the text, in UTF-16 units. */
  readonly offset: number;
  /** Leading comments, as written, without those that an empty line parts from the statement. */
  readonly comments: readonly string[];
}

export interface ScanProblem {
  /** From 1; columns in code points. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** `line:col: message`, as Atlas prints it. */
  readonly text: string;
}

export type ScannedText = { readonly statements: readonly ScannedStatement[] } | { readonly problem: ScanProblem };

const DEFAULT_DELIMITER = ';';
const DELIMITER_LINE = /^-- atlas:delimiter +([^\n]+?)\r?(?:\n|$)/;
const DELIMITER_COMMAND = /delimiter[ \t]+([^\n]*)/iy;
const LITERAL_START = /['"`$#/-]/;
const BLOCK_OPENER = /begin(?=\s)(?:\s+(atomic|try)\b)?/iy;
// BEGIN TRAN and its kin open no block, END CONVERSATION closes none.
const OPENS = /^(?:case\b|begin\b(?!\s+(?:tran|transaction|distributed|dialog|conversation)\b))/i;
const CLOSES = /^end\b(?!\s+conversation\b)/i;

interface Context {
  readonly source: string;
  readonly options: ScanOptions;
  delimiter: string;
  /** Where the block that opens at a place ends; nothing: it is none. */
  readonly blocks: Map<number, number>;
  /** Where a block ends of whose statements one begins here. Kept, or a file with many unclosed BEGINs would cost its square. */
  readonly closers: Map<number, number | undefined>;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly next: number;
  readonly comments: readonly string[];
  readonly isGo?: boolean;
}
interface Failure {
  readonly failedAt: number;
  readonly message: string;
}
const hasFailed = (piece: Piece | Failure): piece is Failure => 'failedAt' in piece;

/** Cuts `source`. Its very first line may name another delimiter: `-- atlas:delimiter \n\n`. */
export function scanText(source: string, options: ScanOptions): ScannedText {
  const first = DELIMITER_LINE.exec(source);
  const context: Context = {
    source,
    options,
    delimiter: first?.[1] === undefined ? DEFAULT_DELIMITER : unescapeDelimiter(first[1]),
    blocks: new Map(),
    closers: new Map(),
  };
  findBlocks({ ...context, delimiter: DEFAULT_DELIMITER });
  const statements: ScannedStatement[] = [];
  for (let at = first === null ? 0 : first[0].length; ; ) {
    const command = delimiterCommand(context, at);
    if (command !== undefined) {
      context.delimiter = command.delimiter;
      at = command.next;
      continue;
    }
    const piece = nextPiece(context, at);
    if (piece === undefined) return { statements };
    if (hasFailed(piece)) return { problem: describeProblem(source, piece) };
    const text = source.slice(piece.start, piece.end).trimEnd();
    if (text !== '' || piece.isGo === true) statements.push({ text, offset: piece.start, comments: piece.comments });
    at = piece.next;
  }
}

const unescapeDelimiter = (text: string): string =>
  text.replace(/\\([nrt])/g, (_all, letter: string) => (letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\t'));

function describeProblem(source: string, failure: Failure): ScanProblem {
  const before = source.slice(0, failure.failedAt);
  const line = before.split('\n').length;
  const column = Array.from(before.slice(before.lastIndexOf('\n') + 1)).length + 1;
  return { line, column, message: failure.message, text: `${line}:${column}: ${failure.message}` };
}

/** Jumps over blank space and comments before a statement; stops at a delimiter, which then ends an empty statement. */
function skipLeading(context: Context, from: number): { readonly at: number; readonly comments: readonly string[] } {
  const { source, options } = context;
  let comments: string[] = [];
  let at = from;
  for (;;) {
    const lineBreaksFrom = at;
    while (at < source.length && /\s|\uFEFF/.test(source.charAt(at)) && !endsHere(context, at)) at++;
    if (comments.length > 0 && source.slice(lineBreaksFrom, at).split('\n').length > 2) comments = [];
    const end = endsHere(context, at) ? undefined : endOfComment(source, at, options);
    if (end === undefined) return { at, comments };
    comments.push(source.slice(at, end).trimEnd());
    at = end;
  }
}

const endsHere = (context: Context, at: number): boolean =>
  context.source.startsWith(context.delimiter, at) ||
  (context.options.goCommand === true && endOfGoCommand(context.source, at) !== undefined);

/** A `DELIMITER x` command as the next statement. */
function delimiterCommand(
  context: Context,
  from: number,
): { readonly delimiter: string; readonly next: number } | undefined {
  const { at } = skipLeading(context, from);
  DELIMITER_COMMAND.lastIndex = at;
  const match = DELIMITER_COMMAND.exec(context.source);
  const value = match?.[1]?.trim().replace(/^'(.*)'$/, '$1');
  return value === undefined || value === '' ? undefined : { delimiter: value, next: DELIMITER_COMMAND.lastIndex };
}

/** The next statement from `from`; undefined at the end of the text. */
function nextPiece(context: Context, from: number): Piece | Failure | undefined {
  const { source, options, delimiter } = context;
  const { at: start, comments } = skipLeading(context, from);
  const keep = delimiter === DEFAULT_DELIMITER ? delimiter.length : 0;
  let depth = 0;
  let openedAt = 0;
  let i = start;
  while (i < source.length) {
    const char = source.charAt(i);
    if (char === '(') {
      if (depth++ === 0) openedAt = i;
      i++;
      continue;
    }
    if (char === ')') {
      if (depth-- === 0) return { failedAt: i, message: "unexpected ')'" };
      i++;
      continue;
    }
    if (char === "'" || char === '"' || char === '`') {
      const end = endOfQuoted(source, i, options);
      if (end === undefined) return { failedAt: i, message: `unclosed quote '${char === "'" ? "\\'" : char}'` };
      i = end;
      continue;
    }
    const go = options.goCommand === true ? endOfGoCommand(source, i) : undefined;
    if (go !== undefined) return { start, end: i, next: go, comments, isGo: true };
    if (depth === 0 && source.startsWith(delimiter, i)) {
      // An empty statement is none.
      const end = i === start ? i : i + keep;
      return { start, end, next: i + delimiter.length, comments };
    }
    const tag = char === '$' && options.matchDollarQuote === true ? dollarTag(source, i) : undefined;
    if (tag !== undefined) {
      const end = source.indexOf(tag, i + tag.length);
      if (end === -1) return { failedAt: i, message: `unclosed quote '${tag}'` };
      i = end + tag.length;
      continue;
    }
    const comment = endOfComment(source, i, options);
    if (comment !== undefined) {
      i = comment;
      continue;
    }
    const block = depth === 0 && delimiter === DEFAULT_DELIMITER ? context.blocks.get(i) : undefined;
    // NEW.begin opens none, though a word begins there.
    if (block !== undefined && (i === start || /\s/.test(source.charAt(i - 1)))) {
      return { start, end: block, next: block, comments };
    }
    i++;
  }
  if (depth > 0) return { failedAt: openedAt, message: "unclosed '('" };
  return start >= source.length ? undefined : { start, end: source.length, next: source.length, comments };
}

/**
 * Finds all blocks, the last first: a block holds only later ones, so none is looked at twice and nothing recurses.
 * Words in quotes and comments open none.
 */
function findBlocks(context: Context): void {
  const { source, options } = context;
  if (options.matchBegin !== true && options.matchBeginAtomic !== true && options.matchBeginTryCatch !== true) return;
  const openers: number[] = [];
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === 'b' || char === 'B') {
      if (!isWordBefore(source, i)) openers.push(i);
      continue;
    }
    if (!LITERAL_START.test(char)) continue;
    const end = endOfLiteral(source, i, options);
    if (end !== undefined) i = end - 1;
  }
  for (const at of openers.toReversed()) {
    const end = endOfBlock(context, at);
    if (end !== undefined) context.blocks.set(at, end);
  }
}

/** The end of the quoted run, dollar quote or comment at `at`, if one is there. */
function endOfLiteral(source: string, at: number, options: ScanOptions): number | undefined {
  if (/['"`]/.test(source.charAt(at))) return endOfQuoted(source, at, options);
  const tag = options.matchDollarQuote === true ? dollarTag(source, at) : undefined;
  if (tag === undefined) return endOfComment(source, at, options);
  const end = source.indexOf(tag, at + tag.length);
  return end === -1 ? undefined : end + tag.length;
}

/** Where the block that opens at `at` ends, with its `;`; undefined where none opens there, or it does not close. */
function endOfBlock(context: Context, at: number): number | undefined {
  const { source, options } = context;
  BLOCK_OPENER.lastIndex = at;
  const match = BLOCK_OPENER.exec(source);
  if (match === null) return undefined;
  const kind = match[1]?.toLowerCase();
  if (kind === 'atomic' && options.matchBeginAtomic === true) {
    return closeBlock(context, at + match[0].length, /^end\b/i, new Map());
  }
  if (kind === 'try' && options.matchBeginTryCatch === true) {
    return closeByWords(context, at, /^end\s+catch\b(?:\s*;)?/i);
  }
  if (options.matchBegin !== true) return undefined;
  return (
    closeBlock(context, at + 'begin'.length, /^end\s*;?$/i, context.closers) ??
    (options.beginEndTerminator === true ? closeByWords(context, at, /^end\b(?:\s*;)?/i) : undefined)
  );
}

/** Reads statements from `from` on until one looks like the block's end. `known`: where that is, by where a statement begins. */
function closeBlock(
  context: Context,
  from: number,
  closer: RegExp,
  known: Map<number, number | undefined>,
): number | undefined {
  const seen: number[] = [];
  let end: number | undefined;
  for (let at = from; ; ) {
    if (known.has(at)) {
      end = known.get(at);
      break;
    }
    seen.push(at);
    if (delimiterCommand(context, at) !== undefined) break;
    const piece = nextPiece(context, at);
    if (piece === undefined || hasFailed(piece) || piece.isGo === true) break;
    if (closer.test(context.source.slice(piece.start, piece.end).trim())) {
      end = piece.end;
      break;
    }
    at = piece.next;
  }
  for (const at of seen) known.set(at, end);
  return end;
}

/** For blocks whose statements need no `;` (T-SQL): counts the words that open and close, outside quotes and comments. */
function closeByWords(context: Context, from: number, closer: RegExp): number | undefined {
  const { source, options } = context;
  const word = /[a-z_@#][\w@#$]*/iy;
  let open = 0;
  for (let i = from; i < source.length; ) {
    const char = source.charAt(i);
    const jump = /['"`]/.test(char) ? endOfQuoted(source, i, options) : endOfComment(source, i, options);
    if (jump !== undefined) {
      i = jump;
      continue;
    }
    word.lastIndex = i;
    const found = word.exec(source)?.[0];
    if (found === undefined) {
      i++;
      continue;
    }
    const rest = source.slice(i, i + 60);
    if (OPENS.test(rest)) open++;
    // BEGIN TRY … END TRY is over only with its CATCH.
    if (CLOSES.test(rest) && --open === 0 && !/^end\s+try\b/i.test(rest)) {
      const end = closer.exec(rest)?.[0];
      return end === undefined ? undefined : i + end.length;
    }
    i += found.length;
  }
  return undefined;
}
