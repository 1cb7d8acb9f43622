import { SecretUrl } from '../../shared/secret-url.ts';
import type { DatabaseUrl } from '../url/database-url.ts';
import type { UrlPlace } from '../url/url-form.ts';
import { schemeOf, type UrlParts, urlProblem } from '../url/url-parts.ts';
import { URL_FORMS } from './index.ts';

/** Names of parameters whose value is, or opens, a secret; and names that only look like it. */
const SECRET_NAME = /pass|pwd|secret|token|auth|cred|salt|key/i;
const NOT_SECRET = new Set(['sslkey', 'ssl-key', '_foreign_keys', '_defer_foreign_keys', 'foreign_keys', 'keepalives']);

class SecretDatabaseUrl extends SecretUrl implements DatabaseUrl {
  readonly scheme: string;
  readonly dialect: DatabaseUrl['dialect'];
  readonly host: string;
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly isFile: boolean;

  constructor(text: string, scheme: string, place: UrlPlace, redacted: string) {
    super(text, redacted);
    this.scheme = scheme;
    this.dialect = place.dialect;
    this.host = place.host;
    this.database = place.database;
    this.schema = place.schema;
    this.name = place.name;
    this.isFile = place.isFile;
  }
}

/**
 * Parses all URL forms of atlas-config-cli.md 3.4 that Flotilla has a driver for.
 * @throws AppError TARGET_URL_INVALID, without any part of the text that could be a secret
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const scheme = schemeOf(text.trim());
  const form = URL_FORMS.get(scheme);
  if (form === undefined) {
    const known = [...URL_FORMS.keys()].join(', ');
    throw urlProblem(`scheme "${scheme}" is not supported, expected one of ${known}`);
  }
  const parts = form.split(text.trim());
  return new SecretDatabaseUrl(text.trim(), scheme, form.placeOf(parts), redact(parts));
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
