import type { UrlForm, UrlPlace } from '../../url/url-form.ts';
import { hostOf, paramOf, splitServerUrl, type UrlParts, urlProblem } from '../../url/url-parts.ts';

const PORT = 5432;

/**
 * Parameters of a Postgres URL that would send it to another place than the one that is shown. `host` is let through for sockets only, where
 * the URL itself has no host (libpq's form `postgres:///db?host=/run/postgresql`).
 */
const OVERRIDES = ['host', 'hostaddr', 'port', 'dbname', 'database', 'service', 'servicefile'];

function placeOf(parts: UrlParts): UrlPlace {
  const socket = socketOf(parts);
  if (parts.hostname.includes(','))
    throw urlProblem('a postgres URL with several hosts is not supported, expected one');
  if (parts.user !== undefined && paramOf(parts, 'user') !== undefined) {
    throw urlProblem('the postgres URL names a user twice: before the host and as a parameter');
  }
  const host = socket ?? hostOf(parts, PORT);
  const database = parts.path.slice(1) || (parts.user ?? paramOf(parts, 'user') ?? '');
  const schema = unquote(paramOf(parts, 'search_path') ?? '');
  const name = database === '' ? host : schema === '' ? database : `${database}.${schema}`;
  return { dialect: 'postgres', host, database, schema, name, isFile: false };
}

/** `"My Schema"` in search_path is the schema `My Schema`. A list of several is kept as it is: the driver refuses to migrate there. */
const unquote = (path: string): string => {
  const quoted = /^\s*"((?:[^"]|"")+)"\s*$/.exec(path)?.[1];
  return quoted === undefined ? path.trim() : quoted.replaceAll('""', '"');
};

/** The folder of a socket with its port, as libpq names it. */
function socketOf(parts: UrlParts): string | undefined {
  for (const { name } of parts.params) {
    const isOverride = OVERRIDES.includes(name.toLowerCase());
    const isSocket = name === 'host' && parts.hostname === '' && (paramOf(parts, 'host') ?? '').startsWith('/');
    if (isOverride && !isSocket) {
      throw urlProblem(
        `parameter "${name}" of the postgres URL would change where it points, expected host, port and database before the "?"`,
      );
    }
  }
  const folder = paramOf(parts, 'host');
  return folder === undefined ? undefined : `${folder}/.s.PGSQL.${parts.port ?? PORT}`;
}

const FORM: UrlForm = { split: splitServerUrl, placeOf };

export const POSTGRES_URL_FORMS: Readonly<Record<string, UrlForm>> = { postgres: FORM, postgresql: FORM };
