import fs from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type pg from 'pg';
import { DriverError } from '../../run/ports.ts';
import type { DatabaseUrl } from '../../url/database-url.ts';
import { splitServerUrl, type UrlParts } from '../../url/url-parts.ts';

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Read here, or by parse-database-url.ts. */
const UNDERSTOOD = new Set([
  'application_name',
  'channel_binding',
  'connect_timeout',
  'host',
  'options',
  'password',
  'search_path',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslpassword',
  'sslrootcert',
  'user',
]);
/** For libpq, pgx or lib/pq on the caller's side; they say nothing to the server, and nothing that would change what is run. */
const IGNORED = new Set([
  'binary_parameters',
  'fallback_application_name',
  'gssencmode',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'krbsrvname',
  'load_balance_hosts',
  'sslcompression',
  'sslsni',
  'tcp_user_timeout',
]);
const SETTING_NAME = /^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?$/i;

/** How a URL is connected to. Holds the password. */
export interface ConnectPlan {
  readonly sslMode: SslMode;
  readonly options: pg.ClientConfig;
}

const problem = (text: string): DriverError => new DriverError('url', text, { class: 'permanent' });

/**
 * Reads what a Postgres URL asks of a connection. Parameters that are neither understood nor a client library's own are sent as settings of
 * the session, as lib/pq does.
 * @throws DriverError of kind `url`
 */
export function planConnection(url: DatabaseUrl, connectTimeoutMs: number): ConnectPlan {
  const parts = splitServerUrl(url.reveal());
  const param = (name: string): string | undefined => parts.params.find((one) => one.name === name)?.value;
  const sslMode = sslModeOf(param('sslmode'));
  const ssl = sslMode === 'disable' || sslMode === 'allow' ? undefined : tlsOptions(sslMode, param);
  const user = parts.user ?? param('user');
  const timeoutMs = readSeconds(param('connect_timeout')) ?? connectTimeoutMs;
  return {
    sslMode,
    options: {
      host: param('host') ?? (parts.hostname === '' ? 'localhost' : parts.hostname),
      port: parts.port ?? 5432,
      database: url.database,
      ...(user === undefined ? {} : { user }),
      ...(parts.password === undefined ? {} : { password: parts.password }),
      ssl: ssl ?? false,
      enableChannelBinding: param('channel_binding') === 'require',
      connectionTimeoutMillis: timeoutMs,
      keepAlive: true,
      application_name: param('application_name') ?? 'flotilla',
      ...startupOptions(parts),
    },
  };
}

function sslModeOf(text: string | undefined): SslMode {
  if (text === undefined || text === '') return 'prefer'; // as libpq
  const mode = SSL_MODES.find((one) => one === text);
  if (mode === undefined) throw problem(`sslmode "${text}" is unknown, expected one of ${SSL_MODES.join(', ')}`);
  return mode;
}

const readSeconds = (text: string | undefined): number | undefined => {
  const seconds = Number(text);
  return text === undefined || !Number.isFinite(seconds) || seconds <= 0 ? undefined : seconds * 1000;
};

/** postgresql.org/docs/current/libpq-ssl.html: what each mode verifies. With a root certificate, `require` verifies the chain, too. */
function tlsOptions(mode: SslMode, param: (name: string) => string | undefined): ConnectionOptions {
  const root = param('sslrootcert');
  const verifyChain = mode === 'verify-ca' || mode === 'verify-full' || (mode === 'require' && root !== undefined);
  const cert = param('sslcert');
  const key = param('sslkey');
  const passphrase = param('sslpassword');
  return {
    rejectUnauthorized: verifyChain,
    ...(root === undefined || root === '' || root === 'system' ? {} : { ca: readPem('sslrootcert', root) }),
    ...(cert === undefined ? {} : { cert: readPem('sslcert', cert) }),
    ...(key === undefined ? {} : { key: readPem('sslkey', key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

function readPem(name: string, file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw problem(`${name} "${file}" of the URL cannot be read: ${code}`);
  }
}

/** Settings for the startup packet: `-c name=value`, with blanks and backslashes escaped. */
function startupOptions({ params }: UrlParts): { readonly options?: string } {
  const settings = params
    .filter(({ name }) => name !== '' && !UNDERSTOOD.has(name) && !IGNORED.has(name))
    .map(({ name, value }) => {
      if (!SETTING_NAME.test(name)) throw problem('a parameter of the URL is no name of a setting');
      return `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`;
    });
  const given = params.find(({ name }) => name === 'options')?.value;
  const options = [...(given === undefined ? [] : [given]), ...settings].join(' ');
  return options === '' ? {} : { options };
}
