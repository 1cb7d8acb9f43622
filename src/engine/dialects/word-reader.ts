/** A statement's head as words: enough to see what it is and which objects it names. */
export interface Word {
  /** A quoted name without its quotes, another one as the dialect folds it; empty for a text literal, whose content never matters here. */
  readonly text: string;
  readonly kind: 'word' | 'quoted' | 'text' | 'sign';
}

/**
 * Cuts a statement into words.
 * @param pattern finds the next piece, by its group: `skip` (comments, spaces), `quoted` (a name), `text` (a literal), `word`; any other character is a sign
 * @param fold what the dialect makes of a name that is not quoted
 */
export function splitWords(
  statement: string,
  pattern: RegExp,
  fold: (name: string) => string = (name) => name,
): readonly Word[] {
  const words: Word[] = [];
  for (const { 0: found, groups = {} } of statement.matchAll(pattern)) {
    if (groups.skip !== undefined) continue;
    if (groups.quoted !== undefined) words.push({ kind: 'quoted', text: unquote(found) });
    else if (groups.text !== undefined) words.push({ kind: 'text', text: '' });
    else if (groups.word !== undefined) words.push({ kind: 'word', text: fold(found) });
    else words.push({ kind: 'sign', text: found });
  }
  return words;
}

/** A quote inside of its own quotes is doubled; `[…]` knows no quote in it. */
function unquote(found: string): string {
  const quote = found.charAt(0);
  const inner = found.slice(1, -1);
  return quote === '[' ? inner : inner.replaceAll(quote + quote, quote);
}

/** Reads words from left to right. */
export class WordReader {
  readonly #words: readonly Word[];
  #at = 0;

  constructor(words: readonly Word[]) {
    this.#words = words;
  }

  /** Takes the next words where they are these, in any case. */
  take(...texts: readonly string[]): boolean {
    const isThere = texts.every((text, i) => this.#isWord(this.#at + i, text));
    if (isThere) this.#at += texts.length;
    return isThere;
  }

  /** Takes words for as long as they are one of these. */
  skip(...texts: readonly string[]): void {
    while (texts.some((text) => this.take(text)));
  }

  /** Moves to the first of these words, behind which it stands then. */
  find(...texts: readonly string[]): boolean {
    for (let at = this.#at; at < this.#words.length; at++) {
      if (!texts.every((text, i) => this.#isWord(at + i, text))) continue;
      this.#at = at + texts.length;
      return true;
    }
    return false;
  }

  /** Whether these words, one after the other, stand somewhere in what is left. */
  has(...texts: readonly string[]): boolean {
    const at = this.#at;
    const isThere = this.find(...texts);
    this.#at = at;
    return isThere;
  }

  /** Moves behind whichever of these words comes first. */
  findFirst<T extends string>(texts: readonly T[]): T | undefined {
    for (let at = this.#at; at < this.#words.length; at++) {
      const found = texts.find((text) => this.#isWord(at, text));
      if (found === undefined) continue;
      this.#at = at + 1;
      return found;
    }
    return undefined;
  }

  /** A name, perhaps with its database: `t`, `db.t`. */
  name(): { readonly database: string | undefined; readonly name: string } | undefined {
    const first = this.#identifier();
    if (first === undefined) return undefined;
    if (!this.take('.')) return { database: undefined, name: first };
    const second = this.#identifier();
    return second === undefined ? undefined : { database: first, name: second };
  }

  #identifier(): string | undefined {
    const word = this.#words[this.#at];
    if (word === undefined || word.kind === 'sign' || word.kind === 'text') return undefined;
    this.#at += 1;
    return word.text;
  }

  #isWord(at: number, text: string): boolean {
    const word = this.#words[at];
    return (
      word !== undefined &&
      (word.kind === 'word' || word.kind === 'sign') &&
      word.text.toLowerCase() === text.toLowerCase()
    );
  }
}
