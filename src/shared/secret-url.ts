/** Keeps a URL with its secrets from being printed by accident: the text is in no enumerable or inspectable field; only `reveal()` gives it. */
export class SecretUrl {
  readonly redacted: string;
  readonly #text: string;

  /** @param redacted what may be shown of it */
  constructor(text: string, redacted: string) {
    this.#text = text;
    this.redacted = redacted;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return this.redacted;
  }

  toJSON(): string {
    return this.redacted;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.redacted;
  }
}
