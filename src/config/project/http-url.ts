import type { HttpUrl } from '../types.ts';

/** Keeps the text from being printed by accident: it is in no enumerable or inspectable field. */
class SecretHttpUrl implements HttpUrl {
  readonly redacted: string;
  readonly #text: string;

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

/** An address of `http` or `https`; what is shown of it has neither user info nor query. Undefined: it is none. */
export function parseHttpUrl(text: string): HttpUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, host, pathname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return new SecretHttpUrl(text, `${protocol}//${host}${pathname}`);
}
