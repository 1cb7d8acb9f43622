import path from 'node:path';

/** Where a SQLite URL points, and what it asks of the connection. */
export interface SqliteDsn {
  /** The DSN as Atlas's driver gets it: names Atlas's lock file. */
  readonly text: string;
  /** Absolute path of the file; undefined in memory. */
  readonly file: string | undefined;
  /** What SQLite opens: always a `file:` URI, so that `mode` holds. */
  readonly uri: string;
  readonly foreignKeys: boolean;
  /** `_busy_timeout`, where the URL gives one. */
  readonly busyTimeoutMs: number | undefined;
  /** Settings that the URL asks for, to be run once after opening. */
  readonly pragmas: readonly string[];
}

/**
 * Parameters of the Go driver that become a PRAGMA (github.com/mattn/go-sqlite3, "Connection String"), by each of their names.
 * Values are words or numbers; anything else is refused, for they go into the text of a PRAGMA.
 */
const PRAGMAS: Readonly<Record<string, string>> = {
  _auto_vacuum: 'auto_vacuum',
  _vacuum: 'auto_vacuum',
  _case_sensitive_like: 'case_sensitive_like',
  _cslike: 'case_sensitive_like',
  _defer_foreign_keys: 'defer_foreign_keys',
  _defer_fk: 'defer_foreign_keys',
  _ignore_check_constraints: 'ignore_check_constraints',
  _journal_mode: 'journal_mode',
  _journal: 'journal_mode',
  _locking_mode: 'locking_mode',
  _locking: 'locking_mode',
  _query_only: 'query_only',
  _recursive_triggers: 'recursive_triggers',
  _rt: 'recursive_triggers',
  _secure_delete: 'secure_delete',
  _synchronous: 'synchronous',
  _sync: 'synchronous',
  _writable_schema: 'writable_schema',
  _cache_size: 'cache_size',
};
const FOREIGN_KEYS = ['_foreign_keys', '_fk'];
const BUSY_TIMEOUT = ['_busy_timeout', '_timeout'];
/** Parameters that SQLite itself reads from a URI (sqlite.org/uri.html). */
const OF_SQLITE = ['mode', 'cache', 'immutable', 'nolock', 'psow', 'vfs'];
const IS_ON = new Set(['1', 'yes', 'true', 'on']);
const PRAGMA_VALUE = /^-?\w{1,32}$/;

/**
 * Reads `sqlite://file.db?_fk=1`, `sqlite3://…`, `sqlite://file:…` and bare `file:` names (atlas-config-cli.md 3.4): what stands after `://`
 * is the DSN, and with `mode=memory` it gets the prefix `file:`. Relative paths start from `baseDir`.
 * Gives a text for what cannot be understood.
 */
export function parseSqliteDsn(url: string, baseDir: string): SqliteDsn | { readonly problem: string } {
  const rest = url.replace(/^sqlite3?:\/\//i, '');
  const cut = rest.indexOf('?');
  const name = cut === -1 ? rest : rest.slice(0, cut);
  const params = new URLSearchParams(cut === -1 ? '' : rest.slice(cut + 1));
  const memory = params.get('mode') === 'memory' || name === ':memory:' || name === 'file::memory:';
  const isUri = rest.startsWith('file:');
  if (name === '' || name === 'file:') return { problem: 'the SQLite URL names no file' };

  const pragmas: string[] = [];
  for (const [key, value] of params) {
    const pragma = PRAGMAS[key];
    if (pragma === undefined) continue;
    if (!PRAGMA_VALUE.test(value))
      return { problem: `parameter "${key}" of the SQLite URL has the value "${value}", expected a word or a number` };
    pragmas.push(`PRAGMA ${pragma} = ${value}`);
  }
  const busy = first(params, BUSY_TIMEOUT);
  if (busy !== undefined && !/^\d{1,9}$/.test(busy)) {
    return { problem: `parameter "_busy_timeout" of the SQLite URL is "${busy}", expected milliseconds` };
  }
  const file = memory ? undefined : path.resolve(baseDir, isUri ? uriPath(name) : name);
  return {
    text: memory && !isUri ? `file:${rest}` : rest,
    file,
    uri:
      file === undefined
        ? 'file::memory:?mode=memory'
        : `file:${encodeURI(file).replace(/[?#]/g, encodeURIComponent)}${query(params)}`,
    foreignKeys: IS_ON.has((first(params, FOREIGN_KEYS) ?? '').toLowerCase()),
    busyTimeoutMs: busy === undefined ? undefined : Number(busy),
    pragmas,
  };
}

const first = (params: URLSearchParams, names: readonly string[]): string | undefined =>
  names.map((name) => params.get(name)).find((value) => value !== null) ?? undefined;

/** The path in `file:name`, `file:/path`, `file:///path` and `file://localhost/path`. */
const uriPath = (name: string): string => {
  const text = name.slice('file:'.length).replace(/^\/\/(?:localhost)?(?=\/)/, '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const query = (params: URLSearchParams): string => {
  const kept = new URLSearchParams([...params].filter(([key]) => OF_SQLITE.includes(key)));
  return kept.size === 0 ? '' : `?${kept}`;
};
