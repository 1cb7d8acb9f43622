/** URLs as Go's net/url takes them apart and prints them. Messages never show the URL: it may hold a password. */
import { FunctionFailure } from '../evaluate/hcl-function.ts';

export interface GoUrl {
  readonly scheme: string;
  /** Behind `scheme:` where no slash follows. */
  readonly opaque: string;
  /** Decoded. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly host: string;
  /** As it is to be printed. */
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
}

const PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/;
const UNRESERVED = 'A-Za-z0-9._~\\-';
const KEPT = {
  user: new RegExp(`[^${UNRESERVED}$&+,;=]`, 'gu'),
  path: new RegExp(`[^${UNRESERVED}$&+,/:;=@]`, 'gu'),
  query: new RegExp(`[^${UNRESERVED} ]`, 'gu'),
};

export function parseGoUrl(text: string): GoUrl {
  if (/\p{Cc}/u.test(text)) throw bad('invalid control character in URL');
  const match = PARTS.exec(text);
  if (match === null) throw bad('invalid URL');
  const [, scheme = '', authority, rest = '', query, fragment] = match;
  if (scheme === '' && text.startsWith(':')) throw bad('missing protocol scheme');
  if (scheme === '' && authority === undefined && /^[^/]*:/.test(rest))
    throw bad('first path segment in URL cannot contain colon');
  const isOpaque = authority === undefined && scheme !== '' && !rest.startsWith('/');
  if (!isOpaque) decode(rest);
  return {
    scheme: scheme.toLowerCase(),
    opaque: isOpaque ? rest : '',
    ...parseAuthority(authority?.slice(2) ?? ''),
    path: isOpaque ? '' : rest,
    query,
    fragment,
  };
}

function parseAuthority(authority: string): Pick<GoUrl, 'user' | 'password' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  if (!/^(?:\[[^\]]*\]|[^:[\]]*)(?::\d*)?$/.test(host)) throw bad('invalid host or port');
  if (at === -1) return { user: undefined, password: undefined, host };
  const info = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(info)) throw bad('invalid userinfo');
  const colon = info.indexOf(':');
  if (colon === -1) return { user: decode(info), password: undefined, host };
  return { user: decode(info.slice(0, colon)), password: decode(info.slice(colon + 1)), host };
}

export function printGoUrl(url: GoUrl): string {
  let text = url.scheme === '' ? '' : `${url.scheme}:`;
  if (url.opaque !== '') {
    text += url.opaque;
  } else {
    const hasAuthority = url.host !== '' || url.user !== undefined;
    if (hasAuthority || (url.scheme !== '' && url.path !== '')) text += '//';
    if (url.user !== undefined) {
      text += escapeFor('user', url.user);
      if (url.password !== undefined) text += `:${escapeFor('user', url.password)}`;
      text += '@';
    }
    text += url.host;
    if (url.path !== '' && !url.path.startsWith('/') && url.host !== '') text += '/';
    text += url.path;
  }
  if (url.query !== undefined) text += `?${url.query}`;
  return url.fragment === undefined || url.fragment === '' ? text : `${text}#${url.fragment}`;
}

/** Query parameters by name; a pair with a `;` or a broken escape is left out, as Go does. */
export function parseQuery(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const name = tryDecode(equals === -1 ? pair : pair.slice(0, equals));
    const value = tryDecode(equals === -1 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) continue;
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}

/** Go's url.QueryEscape for `query`, and its escapes of paths and user names. */
export function escapeFor(place: keyof typeof KEPT, text: string): string {
  const escaped = text.replace(KEPT[place], (character) =>
    Array.from(
      new TextEncoder().encode(character),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  );
  return place === 'query' ? escaped.replaceAll(' ', '+') : escaped;
}

function tryDecode(text: string): string | undefined {
  const spaced = text.replaceAll('+', ' ');
  return /%(?![0-9A-Fa-f]{2})/.test(spaced) ? undefined : decode(spaced);
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  const broken = /%(?![0-9A-Fa-f]{2})/.exec(text);
  if (broken !== null) throw bad('invalid URL escape');
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const part of text.split(/(%[0-9A-Fa-f]{2})/)) {
    if (/^%[0-9A-Fa-f]{2}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 16));
    else bytes.push(...encoder.encode(part));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function bad(why: string): FunctionFailure {
  return new FunctionFailure(`cannot parse the URL: ${why}`, 0);
}
