import { splitAtCommas } from '../../split-at-commas.ts';
import { readTokens, type Token } from './tokens.ts';

const signOf = ({ kind, text }: Token): string => (kind === 'mark' ? text : '');

/** Walks over the tokens of a statement. */
export class TokenReader {
  readonly sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string, tokens: readonly Token[] = readTokens(sql)) {
    this.sql = sql;
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(offset = 0): Token | undefined {
    return this.#tokens[this.#at + offset];
  }

  next(): Token | undefined {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Whether these bare words come next, in any case. */
  sees(...words: readonly string[]): boolean {
    return words.every((word, i) => {
      const token = this.peek(i);
      return (token?.kind === 'word' || token?.kind === 'mark') && token.text.toUpperCase() === word;
    });
  }

  /** Steps over these words, if they come next. */
  takes(...words: readonly string[]): boolean {
    if (!this.sees(...words)) return false;
    this.#at += words.length;
    return true;
  }

  /** Skips to behind the first of these words outside of parentheses; false where there is none. */
  skipTo(word: string): boolean {
    let depth = 0;
    for (; !this.isAtEnd; this.#at += 1) {
      const { text = '', kind } = this.peek() ?? {};
      if (depth === 0 && kind === 'word' && text.toUpperCase() === word) {
        this.#at += 1;
        return true;
      }
      if (kind === 'mark') depth += text === '(' ? 1 : text === ')' ? -1 : 0;
    }
    return false;
  }

  /** A name, quoted or not; '' where there is none. */
  name(): string {
    const token = this.next();
    return token?.text ?? '';
  }

  /** `main.users`: the last part of a qualified name. */
  qualifiedName(): string {
    let name = this.name();
    while (this.takes('.')) name = this.name();
    return name;
  }

  /** From `(` to its `)`: the text inside, trimmed. Undefined where none comes next. */
  parenthesized(): string | undefined {
    if (!this.sees('(')) return undefined;
    const inner = this.group();
    const [first, last] = [inner[0], inner.at(-1)];
    return first === undefined || last === undefined ? '' : this.sql.slice(first.start, last.end);
  }

  /** The tokens between `(` and its `)`. */
  group(): readonly Token[] {
    if (!this.takes('(')) return [];
    const from = this.#at;
    let depth = 1;
    for (; !this.isAtEnd; this.#at += 1) {
      const { text, kind } = this.peek() ?? {};
      if (kind !== 'mark') continue;
      depth += text === '(' ? 1 : text === ')' ? -1 : 0;
      if (depth === 0) break;
    }
    this.#at += 1;
    return this.#tokens.slice(from, this.#at - 1);
  }

  /** The items of a list between `(` and its `)`. */
  items(): readonly (readonly Token[])[] {
    return splitAtCommas(this.group(), signOf).filter((item) => item.length > 0);
  }

  /** What is left, as written. */
  rest(): string {
    const token = this.peek();
    return token === undefined ? '' : this.sql.slice(token.start).trim();
  }
}
