/** What ends a URL inside a sentence. */
const isEnd = (char: string): boolean => /[\s"'`<>|\\^{}]/.test(char);
const isSchemeChar = (char: string): boolean => /[a-z0-9+.-]/i.test(char);

/** Query parameters of the drivers' URLs that hold secrets. */
const SECRET_PARAMETERS = new Set([
  'password',
  'pass',
  'pwd',
  'token',
  'authtoken',
  'sslpassword',
  'api_key',
  'apikey',
  'secret',
]);

/**
 * Takes the secrets out of the URLs in a text, by structure: each is parsed and put together again without user info and secret parameters.
 * One that cannot be parsed goes whole. The rest of the text stays as it is.
 */
export function redactText(text: string): string {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', from)) {
    let start = at;
    while (start > from && isSchemeChar(text.charAt(start - 1))) start -= 1;
    let end = at + 3;
    while (end < text.length && !isEnd(text.charAt(end))) end += 1;
    out += text.slice(from, start) + redactUrl(text.slice(start, end));
    from = end;
  }
  return out + text.slice(from);
}

function redactUrl(url: string): string {
  if (!/[@?]/.test(url)) return url; // nothing that could hold a secret
  const scheme = url.slice(0, url.indexOf('://'));
  const tail = /[.,;:!)\]]+$/.exec(url)?.[0] ?? '';
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // `@` that is left behind the host means that the user info was not where the parser looked for it.
  if (parsed === undefined || `${parsed.pathname}${parsed.search}${parsed.hash}`.includes('@'))
    return `${scheme}://[unreadable]${tail}`;
  const at = url.lastIndexOf('@', endOfAuthority(url)) + 1;
  const authority = url.slice(at > 0 ? at : scheme.length + 3, endOfAuthority(url));
  const query = Array.from(parsed.searchParams)
    .filter(([name]) => !SECRET_PARAMETERS.has(name.toLowerCase()))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return `${scheme}://${authority}${parsed.pathname}${query === '' ? '' : `?${query}`}`;
}

function endOfAuthority(url: string): number {
  const after = url.slice(url.indexOf('://') + 3).search(/[/?#]/);
  return after < 0 ? url.length : url.indexOf('://') + 3 + after;
}

/** The same for every text in a value, keys and structure kept. */
export function redactFields(value: unknown, depth = 6): unknown {
  if (typeof value === 'string') return redactText(value);
  if (depth === 0 || typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((one) => redactFields(one, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redactFields(one, depth - 1)]));
}

const redactError = (error: Error, depth: number): Record<string, unknown> => ({
  type: error.name,
  message: redactText(error.message),
  stack: redactText(error.stack ?? ''),
  ...('code' in error ? { code: error.code } : {}),
  ...(error.cause === undefined ? {} : { cause: redactFields(error.cause, depth - 1) }),
});
