import { SecretUrl } from '../../shared/secret-url.ts';
import type { DatabaseUrl } from './database-url.ts';
import { splitUrl, type UrlParts, urlProblem } from './url-parts.ts';

type Place = Pick<DatabaseUrl, 'dialect' | 'host' | 'database' | 'schema'>;

const SUPPORTED = 'postgres, postgresql, mysql, mariadb, maria, mysql+unix, mariadb+unix, maria+unix, sqlite, sqlite3';
const POSTGRES_PORT = 5432;
const MYSQL_PORT = 3306;

/**
 * Parameters of a Postgres URL that would send it to another place than the one that is shown. `host` is let through for sockets only, where
 * the URL itself has no host (libpq's form `postgres:///db?host=/run/postgresql`).
 */
const POSTGRES_OVERRIDES = ['host', 'hostaddr', 'port', 'dbname', 'database', 'service', 'servicefile'];

/** Names of parameters whose value is, or opens, a secret; and names that only look like it. */
const SECRET_NAME = /pass|pwd|secret|token|auth|cred|salt|key/i;
const NOT_SECRET = new Set(['sslkey', 'ssl-key', '_foreign_keys', '_defer_foreign_keys', 'foreign_keys', 'keepalives']);

class SecretDatabaseUrl extends SecretUrl implements DatabaseUrl {
  readonly scheme: string;
  readonly dialect: DatabaseUrl['dialect'];
  readonly host: string;
  readonly database: string;
  readonly schema: string;

  constructor(text: string, scheme: string, place: Place, redacted: string) {
    super(text, redacted);
    this.scheme = scheme;
    this.dialect = place.dialect;
    this.host = place.host;
    this.database = place.database;
    this.schema = place.schema;
  }
}

/**
 * Parses all URL forms of atlas-config-cli.md 3.4 that Flotilla has a driver for.
 * @throws AppError TARGET_URL_INVALID, without any part of the text that could be a secret
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const parts = splitUrl(text.trim());
  return new SecretDatabaseUrl(text.trim(), parts.scheme, placeOf(parts), redact(parts));
}

/** Whether the value of a parameter of this name must not be shown. */
const isSecretParam = (name: string): boolean =>
  name === '' || (SECRET_NAME.test(name) && !NOT_SECRET.has(name.toLowerCase()));

/** Rebuilds the URL from its parts, without passwords. What is kept is kept as written. */
function redact({ scheme, user, shown, params }: UrlParts): string {
  const userInfo = user === undefined ? '' : `${encodeURIComponent(user)}@`;
  const kept = params.filter(({ name }) => !isSecretParam(name)).map(({ raw }) => raw);
  return `${scheme}://${userInfo}${shown.host}${shown.path}${kept.length === 0 ? '' : `?${kept.join('&')}`}`;
}

function placeOf(parts: UrlParts): Place {
  switch (parts.scheme) {
    case 'postgres':
    case 'postgresql':
      return postgresPlace(parts);
    case 'mysql':
      return mysqlPlace(parts, 'mysql');
    case 'maria':
    case 'mariadb':
      return mysqlPlace(parts, 'mariadb');
    case 'mysql+unix':
      return socketPlace(parts, 'mysql');
    case 'maria+unix':
    case 'mariadb+unix':
      return socketPlace(parts, 'mariadb');
    case 'sqlite':
    case 'sqlite3':
      return sqlitePlace(parts);
    default:
      throw urlProblem(`scheme "${parts.scheme}" is not supported, expected one of ${SUPPORTED}`);
  }
}

const hostOf = ({ hostname, port }: UrlParts, defaultPort: number): string => {
  const name = hostname === '' ? 'localhost' : hostname;
  return `${name.includes(':') ? `[${name}]` : name}:${port ?? defaultPort}`;
};

const param = ({ params }: UrlParts, name: string): string | undefined =>
  params.find((one) => one.name === name)?.value;

function postgresPlace(parts: UrlParts): Place {
  const socket = postgresSocket(parts);
  if (parts.hostname.includes(','))
    throw urlProblem('a postgres URL with several hosts is not supported, expected one');
  if (parts.user !== undefined && param(parts, 'user') !== undefined) {
    throw urlProblem('the postgres URL names a user twice: before the host and as a parameter');
  }
  const path = param(parts, 'search_path') ?? '';
  return {
    dialect: 'postgres',
    host: socket ?? hostOf(parts, POSTGRES_PORT),
    database: parts.path.slice(1) || (parts.user ?? param(parts, 'user') ?? ''),
    schema: unquote(path),
  };
}

/** `"My Schema"` in search_path is the schema `My Schema`. A list of several is kept as it is: the driver refuses to migrate there. */
const unquote = (path: string): string => {
  const quoted = /^\s*"((?:[^"]|"")+)"\s*$/.exec(path)?.[1];
  return quoted === undefined ? path.trim() : quoted.replaceAll('""', '"');
};

/** The folder of a socket with its port, as libpq names it. */
function postgresSocket(parts: UrlParts): string | undefined {
  for (const { name } of parts.params) {
    const isOverride = POSTGRES_OVERRIDES.includes(name.toLowerCase());
    const isSocket = name === 'host' && parts.hostname === '' && (param(parts, 'host') ?? '').startsWith('/');
    if (isOverride && !isSocket) {
      throw urlProblem(
        `parameter "${name}" of the postgres URL would change where it points, expected host, port and database before the "?"`,
      );
    }
  }
  const folder = param(parts, 'host');
  return folder === undefined ? undefined : `${folder}/.s.PGSQL.${parts.port ?? POSTGRES_PORT}`;
}

const mysqlPlace = (parts: UrlParts, dialect: 'mysql' | 'mariadb'): Place => {
  const database = parts.path.slice(1);
  return { dialect, host: hostOf(parts, MYSQL_PORT), database, schema: database };
};

function socketPlace(parts: UrlParts, dialect: 'mysql' | 'mariadb'): Place {
  if (parts.path === '') throw urlProblem(`the ${parts.scheme} URL names no socket, expected ${parts.scheme}:///path`);
  const database = param(parts, 'database') ?? '';
  return { dialect, host: parts.path, database, schema: database };
}

function sqlitePlace(parts: UrlParts): Place {
  const file = parts.path.replace(/^file:(?:\/\/(?=\/))?/, '');
  if (file === '') throw urlProblem('the sqlite URL names no file, expected sqlite://file.db');
  const slash = file.lastIndexOf('/');
  const folder = slash === -1 ? '.' : slash === 0 ? '/' : file.slice(0, slash);
  return { dialect: 'sqlite', host: folder, database: file, schema: 'main' };
}
