/** Words of SQLite's SQL (sqlite.org/lang_keywords.html, tokenize.c's rules), with their places. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'mark';
  /** A quoted name without its quotes; a bare word as written. */
  readonly text: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

const QUOTES: Readonly<Record<string, string>> = { '"': '"', '`': '`', '[': ']', "'": "'" };
const WORD = /[\p{L}_$\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*/uy;
const NUMBER =
  /(?:0[xX][0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]+)?|\.[0-9][0-9_]*(?:[eE][+-]?[0-9_]+)?)/y;

/** Never throws: what cannot be read is a mark of one character. */
export function readTokens(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  const push = (kind: Token['kind'], text: string, end: number): void => {
    tokens.push({ kind, text, start: at, end });
    at = end;
  };
  while (at < sql.length) {
    const char = sql[at] ?? '';
    const close = QUOTES[char];
    if (/\s/.test(char)) at += 1;
    else if (sql.startsWith('--', at)) at = ended(sql.indexOf('\n', at), sql);
    else if (sql.startsWith('/*', at)) at = ended(sql.indexOf('*/', at + 2), sql, 2);
    else if (close !== undefined) {
      const end = endOfQuoted(sql, at, close);
      const inner = sql.slice(at + 1, end - 1);
      push(char === "'" ? 'string' : 'quoted', char === '[' ? inner : inner.replaceAll(close + close, close), end);
    } else {
      const number = match(NUMBER);
      const word = number === undefined ? match(WORD) : undefined;
      const found = number ?? word ?? char;
      push(number !== undefined ? 'number' : word !== undefined ? 'word' : 'mark', found, at + found.length);
    }
  }
  return tokens;
}

const ended = (index: number, sql: string, length = 1): number => (index === -1 ? sql.length : index + length);

function endOfQuoted(sql: string, start: number, close: string): number {
  for (let i = start + 1; i < sql.length; i += 1) {
    if (sql[i] !== close) continue;
    if (close !== ']' && sql[i + 1] === close) i += 1;
    else return i + 1;
  }
  return sql.length;
}
