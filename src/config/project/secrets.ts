import { starSecrets, stars } from '../star-secrets.ts';

/** Texts that must not appear in what people read: sensitive variables, passwords of URLs that came from the environment. */
export interface Secrets {
  /** The whole text is a secret. */
  add(text: string): void;
  /** A value of the environment: its password where it is a URL, the whole of it where its name says so. */
  addFromEnvironment(name: string, value: string): void;
  mask(text: string): string;
  /** Lines of a project file with stars in place of these and of what else looks like a secret; columns stay. */
  star(text: string): string;
}

const SECRET_NAME = /pass|pwd|secret|token|credential|private|api_?key/i;
/** Shorter ones would blacken half of every message. */
const SHORTEST = 3;

export function createSecrets(): Secrets {
  const texts = new Set<string>();
  const add = (text: string): void => {
    if (text.length < SHORTEST) return;
    texts.add(text);
    texts.add(encodeURIComponent(text));
    const password = passwordOf(text);
    if (password !== undefined && password !== text) add(password);
  };
  const passwordOf = (text: string): string | undefined => {
    const match = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@]*?:([^/?#]*)@/i.exec(text);
    return match?.[1] === '' ? undefined : match?.[1];
  };
  return {
    add,
    addFromEnvironment(name, value) {
      if (SECRET_NAME.test(name)) add(value);
      else {
        const password = passwordOf(value);
        if (password !== undefined) add(password);
      }
    },
    star: (text) =>
      [...texts].reduce((starred, secret) => starred.replaceAll(secret, stars(secret)), starSecrets(text)),
    mask(text) {
      let masked = text;
      // The longest first: one secret may be a part of another.
      for (const secret of [...texts].sort((a, b) => b.length - a.length)) {
        masked = masked.replaceAll(secret, '(sensitive)');
      }
      return masked;
    },
  };
}
