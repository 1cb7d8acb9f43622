import { readToken, type Token } from '../syntax/lexer.ts';

/** What the formatter tells apart: signs under their own text. */
export type FormatKind =
  | 'identifier'
  | 'number'
  | 'newline'
  | 'comment'
  /** Of a quoted template: its quotes, its text, `${` or `%{`, and what closes these. */
  | 'open quote'
  | 'text'
  | 'close quote'
  | 'open sequence'
  | 'close sequence'
  /** A whole heredoc, from `<<` to its last word: nothing in it is moved. */
  | 'heredoc'
  | 'sign';

export interface FormatToken {
  readonly kind: FormatKind;
  readonly text: string;
}

/** Cuts a file that has been parsed into tokens. All of it is in them but the space between two. */
export function formatTokens(text: string): readonly FormatToken[] {
  const tokens: FormatToken[] = [];
  readTokens(text, 0, tokens, false);
  return tokens;
}

/** @param isInSequence ends behind the `}` that closes a `${`. @returns where it ended */
function readTokens(text: string, from: number, tokens: FormatToken[], isInSequence: boolean): number {
  const token: Token = { kind: 'invalid', start: 0, end: 0 };
  let depth = 0;
  for (let at = from; ; ) {
    readToken(text, at, true, token);
    pushComments(text.slice(at, token.start), tokens);
    const { kind, start, end } = token;
    if (kind === 'end of file') return end;
    if (kind === '"') at = readQuoted(text, end, tokens);
    else if (kind === '<<') at = readHeredoc(text, start, end, tokens);
    else {
      if (kind === '{') depth += 1;
      if ((kind === '}' || kind === '~}') && depth === 0 && isInSequence) {
        tokens.push({ kind: 'close sequence', text: text.slice(start, end) });
        return end;
      }
      if (kind === '}') depth -= 1;
      tokens.push({ kind: kindOf(kind, text[start] ?? ''), text: text.slice(start, end) });
      at = end;
    }
  }
}

function kindOf(kind: Token['kind'], first: string): FormatKind {
  if (kind === 'newline') return first === '#' || first === '/' ? 'comment' : 'newline';
  return kind === 'identifier' || kind === 'number' ? kind : 'sign';
}

/** Block comments count as space in the grammar. */
function pushComments(gap: string, tokens: FormatToken[]): void {
  for (const [comment] of gap.matchAll(/\/\*.*?\*\//gs)) tokens.push({ kind: 'comment', text: comment });
}

/** From behind the opening quote. */
function readQuoted(text: string, from: number, tokens: FormatToken[]): number {
  tokens.push({ kind: 'open quote', text: '"' });
  let began = from;
  const flush = (end: number): void => {
    if (end > began) tokens.push({ kind: 'text', text: text.slice(began, end) });
  };
  for (let at = from; at < text.length; ) {
    const two = text.slice(at, at + 2);
    if (two[0] === '\\') at += 2;
    else if (/^(?:\$\$|%%)\{/.test(text.slice(at, at + 3))) at += 3;
    else if (two === '${' || two === '%{') {
      flush(at);
      const open = text[at + 2] === '~' ? `${two}~` : two;
      tokens.push({ kind: 'open sequence', text: open });
      at = readTokens(text, at + open.length, tokens, true);
      began = at;
    } else if (two[0] === '"') {
      flush(at);
      tokens.push({ kind: 'close quote', text: '"' });
      return at + 1;
    } else at += 1;
  }
  flush(text.length);
  return text.length;
}

function readHeredoc(text: string, start: number, end: number, tokens: FormatToken[]): number {
  const word = /<<-?([^\r\n]+)/.exec(text.slice(start, end))?.[1] ?? '';
  for (let line = end; line < text.length; ) {
    const next = text.indexOf('\n', line);
    const stop = next === -1 ? text.length : next;
    const content = text.slice(line, stop).replace(/\r$/, '');
    if (content.trim() === word) {
      const close = line + content.trimEnd().length;
      tokens.push({ kind: 'heredoc', text: text.slice(start, close) });
      return close;
    }
    line = stop + 1;
  }
  tokens.push({ kind: 'heredoc', text: text.slice(start) });
  return text.length;
}
