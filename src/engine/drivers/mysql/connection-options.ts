import fs from 'node:fs';
import type { ConnectionOptions, SslOptions } from 'mysql2/promise';
import { DriverError } from '../../run/ports.ts';
import type { SessionLimits } from '../../run/types.ts';
import type { DatabaseUrl } from '../../url/database-url.ts';
import { splitServerUrl, type UrlParam, type UrlParts } from '../../url/url-parts.ts';

/** How to reach a server, and what the URL asks of each session. Holds the password: never log it. */
export interface ServerAddress {
  /** Equal for URLs whose sessions may be shared: all but the database and the settings. */
  readonly key: string;
  readonly options: ConnectionOptions;
  /** See SilenceWatch. */
  readonly keepaliveMs: number;
  /** `tls=preferred`: without TLS where the server has none. */
  readonly mayFallBack: boolean;
  /** `SET name = value` for each parameter that is no parameter of the Go driver: it makes them system variables. */
  readonly settings: readonly string[];
  /** The URL allows several statements in one (`multiStatements=true`). */
  readonly allowsMultiStatements: boolean;
}

/** Parameters of go-sql-driver/mysql and of Atlas that are not system variables. Those that are not read here have no meaning in Node. */
const PARAMETERS = new Set([
  'allowAllFiles',
  'allowCleartextPasswords',
  'allowFallbackToPlaintext',
  'allowNativePasswords',
  'allowOldPasswords',
  'charset',
  'checkConnLiveness',
  'clientFoundRows',
  'collation',
  'columnsWithAlias',
  'compress',
  'connectionAttributes',
  'database',
  'interpolateParams',
  'loc',
  'maxAllowedPacket',
  'multiStatements',
  'parseTime',
  'password',
  'readTimeout',
  'rejectReadOnly',
  'serverPubKey',
  'ssl-ca',
  'ssl-cert',
  'ssl-key',
  'ssl-mode',
  'timeTruncate',
  'timeout',
  'tls',
  'writeTimeout',
]);
const DEFAULT_PORT = 3306;
/** What go-sql-driver names in the handshake. */
const DEFAULT_COLLATION = 'UTF8MB4_GENERAL_CI';
const VARIABLE = /^(?:(?:@@)?(?:session\.)?)?[a-z_][a-z0-9_]*$/i;

/**
 * Reads `mysql://`, `maria://`, `mariadb://` and their `+unix` forms (atlas-config-cli.md 3.4).
 * @throws DriverError of kind `url`, without any of the URL's secrets
 */
export function readAddress(
  url: DatabaseUrl,
  sessionName: string,
  { connectTimeoutMs, keepaliveMs }: Pick<SessionLimits, 'connectTimeoutMs' | 'keepaliveMs'>,
): ServerAddress {
  const parts = splitServerUrl(url.reveal());
  const get = (name: string): string | undefined => parts.params.find((one) => one.name === name)?.value;
  const tls = readTls(parts, get);
  const settings = parts.params.filter(({ name }) => !PARAMETERS.has(name)).map(setting);
  const isUnix = parts.scheme.endsWith('+unix');
  const collation = (get('collation') ?? DEFAULT_COLLATION).toUpperCase();
  const place = isUnix
    ? { socketPath: parts.path }
    : { host: parts.hostname === '' ? 'localhost' : parts.hostname, port: parts.port ?? DEFAULT_PORT };
  const options: ConnectionOptions = {
    ...place,
    ...(parts.user === undefined ? {} : { user: parts.user }),
    ...(parts.password === undefined ? {} : { password: parts.password }),
    ...(tls.ssl === undefined ? {} : { ssl: tls.ssl }),
    charset: collation,
    compress: isOn(get('compress')),
    enableCleartextPlugin: isOn(get('allowCleartextPasswords')),
    ...(connectTimeoutMs === 0 ? {} : { connectTimeout: connectTimeoutMs }),
    connectAttributes: { program_name: sessionName },
    // Our own text only: see MysqlConnection.
    multipleStatements: true,
    // As the Go driver connects. IGNORE_SPACE and ODBC would change what a migration file means.
    flags: ['-IGNORE_SPACE', '-ODBC', '-LOCAL_FILES', isOn(get('clientFoundRows')) ? '' : '-FOUND_ROWS'].filter(
      (flag) => flag !== '',
    ),
    rowsAsArray: true,
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
  };
  return {
    key: JSON.stringify([
      place,
      parts.user,
      parts.password,
      collation,
      tls,
      isOn(get('compress')),
      url.database === '',
    ]),
    options,
    keepaliveMs,
    mayFallBack: tls.mayFallBack,
    settings,
    allowsMultiStatements: isOn(get('multiStatements')),
  };
}

const isOn = (value: string | undefined): boolean => value !== undefined && /^(?:1|t|true)$/i.test(value);

const refuse = (message: string): DriverError => new DriverError('url', message, { class: 'permanent' });

/** The value stands as it is in the SET, as in the Go driver: texts bring their quotes along. */
function setting({ name, value }: UrlParam): string {
  if (!VARIABLE.test(name)) throw refuse('a parameter of the MySQL URL is not the name of a system variable');
  if (/[;\\]|--|\/\*|#/.test(value)) throw refuse(`parameter "${name}" of the MySQL URL is not a plain value`);
  return `SET ${name} = ${value}`;
}

interface Tls {
  readonly ssl: SslOptions | undefined;
  readonly mayFallBack: boolean;
}

/** `tls=true|false|skip-verify|preferred` of the Go driver, `ssl-ca`, `ssl-cert`, `ssl-key` of Atlas, `ssl-mode` of MySQL's own clients. */
function readTls({ scheme }: UrlParts, get: (name: string) => string | undefined): Tls {
  const files = {
    ...readFile('ca', get('ssl-ca')),
    ...readFile('cert', get('ssl-cert')),
    ...readFile('key', get('ssl-key')),
  };
  const hasFiles = Object.keys(files).length > 0;
  const mode = tlsMode(get('tls'), get('ssl-mode'), hasFiles);
  switch (mode) {
    case 'off':
      return { ssl: undefined, mayFallBack: false };
    case 'verify':
      return { ssl: { ...files, rejectUnauthorized: true, verifyIdentity: true }, mayFallBack: false };
    case 'verify-ca':
      return { ssl: { ...files, rejectUnauthorized: true }, mayFallBack: false };
    case 'encrypt':
      return { ssl: { ...files, rejectUnauthorized: false }, mayFallBack: false };
    case 'preferred':
      return { ssl: { ...files, rejectUnauthorized: false }, mayFallBack: true };
    case undefined:
      throw refuse(
        `the ${scheme} URL has an unknown "tls" or "ssl-mode", expected tls=true, false, skip-verify or preferred`,
      );
  }
}

type TlsMode = 'off' | 'verify' | 'verify-ca' | 'encrypt' | 'preferred';

function tlsMode(tls: string | undefined, sslMode: string | undefined, hasFiles: boolean): TlsMode | undefined {
  if (tls === undefined && sslMode === undefined) return hasFiles ? 'verify' : 'off';
  const modes: Readonly<Record<string, TlsMode>> = {
    '': 'off',
    '0': 'off',
    '1': 'verify',
    true: 'verify',
    false: 'off',
    'skip-verify': 'encrypt',
    preferred: 'preferred',
    disabled: 'off',
    required: 'encrypt',
    verify_ca: 'verify-ca',
    verify_identity: 'verify',
  };
  return modes[(tls ?? sslMode ?? '').toLowerCase()];
}

function readFile(name: 'ca' | 'cert' | 'key', file: string | undefined): SslOptions {
  if (file === undefined || file === '') return {};
  try {
    return { [name]: fs.readFileSync(file, 'utf8') };
  } catch (cause) {
    throw new DriverError('url', `file "${file}" of parameter "ssl-${name}" cannot be read`, {
      class: 'permanent',
      cause,
    });
  }
}
