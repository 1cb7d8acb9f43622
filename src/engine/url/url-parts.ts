import { AppError } from '../../shared/errors.ts';

/** A database URL, taken apart. Holds the password: for drivers only. */
export interface UrlParts {
  /** In lower case, as written: `postgresql`, `maria+unix`, … */
  readonly scheme: string;
  /** Decoded; undefined: the URL names no user. */
  readonly user: string | undefined;
  /** Decoded, from the user info, else from a `password` parameter. */
  readonly password: string | undefined;
  /** Without brackets, in lower case; '' where there is none. */
  readonly hostname: string;
  readonly port: number | undefined;
  /** Decoded, with its leading `/`; '' where there is none. For SQLite all between `://` and `?`. */
  readonly path: string;
  /** All parameters in order, decoded. */
  readonly params: readonly UrlParam[];
  /** `host:port` as written, and the path as written: for showing. */
  readonly shown: { readonly host: string; readonly path: string };
}

export interface UrlParam {
  readonly name: string;
  readonly value: string;
  /** `name=value` as written. */
  readonly raw: string;
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
/** The whole authority: optional user info up to the last `@`, host or [IPv6], optional port. */
const AUTHORITY = /^(?:(?<userinfo>.*)@)?(?<host>\[[0-9a-f:.%]+\]|[^:@[\]]*)(?::(?<port>\d{0,5}))?$/is;
const MAX_PORT = 65_535;
const ENCODE = 'the characters / ? # @ and % in a user name or password must be percent-encoded';

/** Never with any of the text: what is wrong with a URL may be a password in the wrong place. */
export const urlProblem = (message: string, next?: string): AppError =>
  new AppError('TARGET_URL_INVALID', message, next === undefined ? {} : { next });

/** In lower case. @throws AppError TARGET_URL_INVALID */
export function schemeOf(text: string): string {
  const scheme = SCHEME.exec(text)?.[1];
  if (scheme === undefined) {
    throw urlProblem(
      'missing scheme. See: https://atlasgo.io/url',
      'write for example postgres://user@host:5432/database',
    );
  }
  return scheme.toLowerCase();
}

/** `scheme://file?query`. @throws AppError TARGET_URL_INVALID */
export function splitFileUrl(text: string): UrlParts {
  const scheme = schemeOf(text);
  const [path, query] = cut(text.slice(scheme.length + '://'.length), '?');
  return {
    scheme,
    user: undefined,
    password: undefined,
    hostname: '',
    port: undefined,
    path,
    params: splitQuery(query),
    shown: { host: '', path },
  };
}

/**
 * Takes the URL of a server apart by structure, as Go's net/url does: fragment, query, authority, path. No part of the text gets into the errors.
 * @throws AppError TARGET_URL_INVALID
 */
export function splitServerUrl(text: string): UrlParts {
  const scheme = schemeOf(text);
  const rest = text.slice(scheme.length + '://'.length);
  if (rest.includes('#')) throw urlProblem(`the ${scheme} URL has a "#"; ${ENCODE}`);
  const [place, query] = cut(rest, '?');
  const slash = place.indexOf('/');
  const authority = slash === -1 ? place : place.slice(0, slash);
  const path = slash === -1 ? '' : place.slice(slash);
  const groups = AUTHORITY.exec(authority)?.groups;
  if (groups === undefined) throw urlProblem(`the ${scheme} URL has no readable host and port; ${ENCODE}`);
  // An `@` behind the authority is the rest of a password that has a `/` or `?` in it.
  if (path.includes('@')) throw urlProblem(`the path of the ${scheme} URL has an "@"; ${ENCODE}`);
  const params = splitQuery(query);
  if (params.some(({ raw }) => /[@/]/.test(raw.split('=', 1)[0] ?? ''))) {
    throw urlProblem(`a parameter of the ${scheme} URL has no readable name; ${ENCODE}`);
  }
  const { userinfo, host = '', port = '' } = groups;
  if (Number(port) > MAX_PORT) throw urlProblem(`the port of the ${scheme} URL is above ${MAX_PORT}; ${ENCODE}`);
  const [user, password] = userinfo === undefined ? [undefined, undefined] : splitUserInfo(scheme, userinfo);
  return {
    scheme,
    user,
    password: password ?? params.find(({ name }) => name.toLowerCase() === 'password')?.value,
    hostname: decode(scheme, host.replace(/^\[|\]$/g, '')).toLowerCase(),
    port: port === '' ? undefined : Number(port),
    path: decode(scheme, path),
    params,
    shown: { host: `${host.toLowerCase()}${port === '' ? '' : `:${port}`}`, path },
  };
}

/** `host:port`, as the unit of per-host limits. */
export const hostOf = ({ hostname, port }: UrlParts, defaultPort: number): string => {
  const name = hostname === '' ? 'localhost' : hostname;
  return `${name.includes(':') ? `[${name}]` : name}:${port ?? defaultPort}`;
};

/** The first parameter of that name. */
export const paramOf = ({ params }: UrlParts, name: string): string | undefined =>
  params.find((one) => one.name === name)?.value;

function splitUserInfo(scheme: string, text: string): readonly [string | undefined, string | undefined] {
  const at = text.indexOf(':');
  const user = decode(scheme, at === -1 ? text : text.slice(0, at));
  return [user === '' ? undefined : user, at === -1 ? undefined : decode(scheme, text.slice(at + 1))];
}

/** A parameter that cannot be decoded keeps the name '': no driver reads it, and it is never shown. */
const splitQuery = (query: string): readonly UrlParam[] =>
  query
    .split('&')
    .filter((raw) => raw !== '')
    .map((raw) => {
      const [name, value] = cut(raw, '=').map((part) => part.replaceAll('+', ' '));
      try {
        return { name: decodeURIComponent(name ?? ''), value: decodeURIComponent(value ?? ''), raw };
      } catch {
        return { name: '', value: '', raw };
      }
    });

const cut = (text: string, at: string): readonly [string, string] => {
  const i = text.indexOf(at);
  return i === -1 ? [text, ''] : [text.slice(0, i), text.slice(i + 1)];
};

function decode(scheme: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw urlProblem(`the ${scheme} URL has a "%" without two hexadecimal digits after it; write it as %25`);
  }
}
