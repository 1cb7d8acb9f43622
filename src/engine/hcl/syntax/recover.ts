import { advance, type Cursor, moveTo } from './cursor.ts';

/**
 * After a failure within a body item: leaves what was open, then goes to the end of the line, so that the next item can be read.
 * Where closers are missing or wrong, only the line is skipped: a lost bracket must not swallow the rest of the file.
 */
export function recover(cursor: Cursor): void {
  const failedAt = cursor.start;
  cursor.depth = 0;
  cursor.newlines = true;
  const left = leaveOpen(cursor, failedAt);
  cursor.open.length = 0;
  moveTo(cursor, left ?? failedAt);
  skipLine(cursor);
}

/** Skips to the end of the line, over `{ … }` that opens in it; stops before a `}` that closes the body. */
function skipLine(cursor: Cursor): void {
  let depth = 0;
  while (cursor.kind !== 'end of file') {
    if (cursor.kind === '{') depth++;
    if (cursor.kind === '}') {
      if (depth === 0) return;
      depth--;
    }
    if (cursor.kind === 'newline' && depth === 0) return;
    if (cursor.kind === '"') moveTo(cursor, endOfQuoted(cursor.text, cursor.end));
    else advance(cursor);
  }
}

/** Where the last of the open things closes; undefined: one of them does not. */
function leaveOpen(cursor: Cursor, from: number): number | undefined {
  const { text } = cursor;
  const open = [...cursor.open];
  let at = from;
  while (open.length > 0) {
    const top = open.at(-1) ?? '';
    if (top === '"' || top.startsWith('<<')) {
      const step = top === '"' ? leaveQuoted(text, at) : leaveHeredoc(text, at, top.slice(2));
      if (step === undefined) return undefined;
      at = step.end;
      if (step.isSequence) open.push('${');
      else open.pop();
      continue;
    }
    moveTo(cursor, at);
    at = cursor.end;
    switch (cursor.kind) {
      case 'end of file':
        return undefined;
      case '"':
        open.push('"');
        break;
      case '{':
        open.push('}');
        break;
      case '[':
        open.push(']');
        break;
      case '(':
        open.push(')');
        break;
      case '}':
      case '~}':
      case ']':
      case ')':
        if (!closes(top, cursor.kind)) return undefined;
        open.pop();
        break;
      default:
        break;
    }
  }
  return at;
}

function closes(open: string, closer: string): boolean {
  return open === closer || (open === '${' && (closer === '}' || closer === '~}'));
}

interface Step {
  readonly end: number;
  /** A `${` or `%{` was found first. */
  readonly isSequence: boolean;
}

function leaveQuoted(text: string, from: number): Step | undefined {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '\n') return undefined;
    if (character === '\\') at++;
    else if (character === '"') return { end: at + 1, isSequence: false };
    else if (isSequenceAt(text, at)) return { end: at + 2, isSequence: true };
    else if (isEscapedSequenceAt(text, at)) at += 2;
  }
  return undefined;
}

function leaveHeredoc(text: string, from: number, marker: string): Step | undefined {
  for (let at = from; at < text.length; at++) {
    if (isEscapedSequenceAt(text, at)) at += 2;
    else if (isSequenceAt(text, at)) return { end: at + 2, isSequence: true };
    else if (text[at] === '\n') {
      const lineEnd = text.indexOf('\n', at + 1);
      const line = text.slice(at + 1, lineEnd === -1 ? undefined : lineEnd);
      if (line.trim() === marker) return { end: at + 1 + line.trimEnd().length, isSequence: false };
    }
  }
  return undefined;
}

const isSequenceAt = (text: string, at: number) => (text[at] === '$' || text[at] === '%') && text[at + 1] === '{';
const isEscapedSequenceAt = (text: string, at: number) =>
  (text[at] === '$' || text[at] === '%') && text[at + 1] === text[at] && text[at + 2] === '{';

/** A quoted string as a whole, or what there is of it in its line. */
function endOfQuoted(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
    else if (text[at] === '\n') return at;
  }
  return text.length;
}
