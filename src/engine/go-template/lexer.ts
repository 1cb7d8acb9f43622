/** Cuts a template into tokens, by the rules of Go's text/template: delimiters `{{ }}`, trim marks, comments. */
export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'field'
  | 'variable'
  | 'identifier'
  | 'keyword'
  | 'number'
  | 'string'
  | 'rawString'
  | 'character'
  | 'bool'
  | 'nil'
  | 'dot'
  | 'pipe'
  | 'comma'
  | 'declare'
  | 'assign'
  | 'openParen'
  | 'closeParen'
  | 'printable'
  | 'error'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

const KEYWORDS = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']);
const SPACE = /[ \t\r\n]/;
const NAME = /[\p{L}\p{Nd}_]/u;

/** Ends with an `end` or an `error` token, whose text is Go's message. */
export function lexTemplate(text: string): readonly Token[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #parens = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): readonly Token[] {
    while (this.#lexText()) {
      if (!this.#lexAction()) break;
    }
    return this.#tokens;
  }

  #push(kind: TokenKind, text: string, at: number): void {
    this.#tokens.push({ kind, text, at });
  }

  #fail(message: string, at = this.#at): false {
    this.#push('error', message, at);
    return false;
  }

  /** Text up to the next action, trimmed as its marks say. False at the end or after an error. */
  #lexText(): boolean {
    for (;;) {
      const start = this.#at;
      const open = this.#text.indexOf('{{', start);
      if (open === -1) {
        if (start < this.#text.length) this.#push('text', this.#text.slice(start), start);
        this.#push('end', '', this.#text.length);
        return false;
      }
      const trims = this.#text[open + 2] === '-' && SPACE.test(this.#text[open + 3] ?? '');
      let end = open;
      if (trims) while (end > start && SPACE.test(this.#text[end - 1] ?? '')) end--;
      if (end > start) this.#push('text', this.#text.slice(start, end), start);
      const inside = open + 2 + (trims ? 2 : 0);
      if (!this.#text.startsWith('/*', inside)) {
        this.#push('open', '{{', open);
        this.#at = open + 2 + (trims ? 1 : 0);
        this.#parens = 0;
        return true;
      }
      if (!this.#skipComment(inside)) return false;
    }
  }

  #skipComment(start: number): boolean {
    const end = this.#text.indexOf('*/', start);
    if (end === -1) return this.#fail('unclosed comment', start);
    this.#at = end + 2;
    const trims = this.#trimsRight();
    if (trims) this.#at += 2;
    if (!this.#text.startsWith('}}', this.#at)) return this.#fail('comment ends before closing delimiter', start);
    this.#at += 2;
    if (trims) this.#skipSpace();
    return true;
  }

  /** ` -}}` stands here. */
  #trimsRight(): boolean {
    return SPACE.test(this.#text[this.#at] ?? '') && this.#text.startsWith('-}}', this.#at + 1);
  }

  #skipSpace(): void {
    while (SPACE.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  /** The tokens of one action with its closing delimiter. */
  #lexAction(): boolean {
    for (;;) {
      const trims = this.#trimsRight();
      if (trims || this.#text.startsWith('}}', this.#at)) {
        if (this.#parens > 0) return this.#fail('unclosed left paren');
        if (trims) this.#at += 2;
        this.#push('close', '}}', this.#at);
        this.#at += 2;
        if (trims) this.#skipSpace();
        return true;
      }
      if (this.#at >= this.#text.length) return this.#fail('unclosed action');
      if (!this.#lexToken()) return false;
    }
  }

  #lexToken(): boolean {
    const at = this.#at;
    const character = String.fromCodePoint(this.#text.codePointAt(at) ?? 0);
    const next = this.#text[at + 1] ?? '';
    if (SPACE.test(character)) {
      let end = at;
      while (SPACE.test(this.#text[end] ?? '') && !this.#text.startsWith('-}}', end + 1)) end++;
      return this.#take('space', end);
    }
    if (character === '=') return this.#take('assign', at + 1);
    if (character === ':') return next === '=' ? this.#take('declare', at + 2) : this.#fail('expected :=');
    if (character === '|') return this.#take('pipe', at + 1);
    if (character === ',') return this.#take('comma', at + 1);
    if (character === '"') return this.#lexQuoted('"', 'string', 'unterminated quoted string');
    if (character === "'") return this.#lexQuoted("'", 'character', 'unterminated character constant');
    if (character === '`') {
      const end = this.#text.indexOf('`', at + 1);
      return end === -1 ? this.#fail('unterminated raw quoted string') : this.#take('rawString', end + 1);
    }
    if (character === '(') {
      this.#parens++;
      return this.#take('openParen', at + 1);
    }
    if (character === ')') {
      this.#parens--;
      return this.#parens < 0 ? this.#fail('unexpected right paren') : this.#take('closeParen', at + 1);
    }
    if (character === '$') return this.#lexName('variable', at + 1);
    if (character === '.' && !/[0-9]/.test(next)) {
      return NAME.test(next) ? this.#lexName('field', at + 1) : this.#lexDot();
    }
    if (/[0-9.]/.test(character) || (/[+-]/.test(character) && /[0-9.]/.test(next))) return this.#lexNumber();
    if (NAME.test(character)) return this.#lexName('identifier', at);
    if (/[!-~]/.test(character)) return this.#take('printable', at + 1);
    return this.#fail(`unrecognized character in action: ${describe(character)}`);
  }

  #take(kind: TokenKind, end: number): true {
    this.#push(kind, this.#text.slice(this.#at, end), this.#at);
    this.#at = end;
    return true;
  }

  #lexQuoted(quote: string, kind: TokenKind, problem: string): boolean {
    for (let end = this.#at + 1; ; end++) {
      const character = this.#text[end];
      if (character === undefined || character === '\n') return this.#fail(problem);
      if (character === '\\') end++;
      else if (character === quote) return this.#take(kind, end + 1);
    }
  }

  #lexDot(): boolean {
    return this.#isAtTerminator(this.#at + 1) ? this.#take('dot', this.#at + 1) : this.#badCharacter(this.#at + 1);
  }

  /** A field, variable or word from its sigil on; `from` is where the name itself begins. */
  #lexName(kind: 'field' | 'variable' | 'identifier', from: number): boolean {
    let end = from;
    for (;;) {
      const character = String.fromCodePoint(this.#text.codePointAt(end) ?? 0);
      if (end >= this.#text.length || !NAME.test(character)) break;
      end += character.length;
    }
    if (!this.#isAtTerminator(end)) return this.#badCharacter(end);
    const word = this.#text.slice(this.#at, end);
    if (kind !== 'identifier') return this.#take(kind, end);
    if (KEYWORDS.has(word)) return this.#take('keyword', end);
    if (word === 'true' || word === 'false') return this.#take('bool', end);
    return this.#take(word === 'nil' ? 'nil' : 'identifier', end);
  }

  #isAtTerminator(at: number): boolean {
    const character = this.#text[at];
    return character === undefined || /[ \t\r\n.,|:)(]/.test(character) || this.#text.startsWith('}}', at);
  }

  #badCharacter(at: number): false {
    return this.#fail(`bad character ${describe(String.fromCodePoint(this.#text.codePointAt(at) ?? 0))}`, at);
  }

  #lexNumber(): boolean {
    const pattern =
      /[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*)?\.?[0-9_]*(?:[eE][+-]?[0-9_]+)?)/y;
    pattern.lastIndex = this.#at;
    const end = this.#at + (pattern.exec(this.#text)?.[0].length ?? 0);
    const after = String.fromCodePoint(this.#text.codePointAt(end) ?? 0);
    if (end < this.#text.length && NAME.test(after)) {
      return this.#fail(`bad number syntax: ${JSON.stringify(this.#text.slice(this.#at, end) + after)}`);
    }
    return this.#take('number', end);
  }
}

/** Go's %#U: `U+0040 '@'`. */
function describe(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${code} '${character}'`;
}
