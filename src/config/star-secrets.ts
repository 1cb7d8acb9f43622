/** Any URL in a text of HCL or YAML, whose interpolations no URL parser takes. */
const PASSWORD_IN_URL = /([a-z][a-z0-9+.-]*:\/\/[^\s"'/?#@:]*:)([^\s"'/?#@]+)(?=@)/gi;
/** `password = "…"`, `api_key: "…"`, `?password=…`; not a call such as `getenv("…")`. */
const NAMED = /((?:password|passwd|pwd|secret|token|api_?key)\s*(?:[:=]\s*"|=(?=[^\s"]))"?)([^"&\s]+)/gi;
/** `api_key: …` of YAML, bare. */
const NAMED_BARE = /((?:password|secret|token|api_?key)[ \t]*:[ \t]+)([^\s"',{}]+)/gi;

/** A text with what looks like a secret in it starred out, character for character: lines and columns stay, for code frames. */
export function starSecrets(text: string): string {
  return [PASSWORD_IN_URL, NAMED, NAMED_BARE].reduce(
    (starred, pattern) => starred.replace(pattern, (_, before: string, secret: string) => before + stars(secret)),
    text,
  );
}

/** As many as the secret has characters. */
export const stars = (secret: string): string => '*'.repeat(secret.length);
