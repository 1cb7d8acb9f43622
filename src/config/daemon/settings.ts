/** Every single-valued setting: where it may be given, what it looks like, what it is when nobody gives it. */
import path from 'node:path';
import type { z } from 'zod';
import { z as zod } from 'zod';
import { LOG_FORMATS, LOG_LEVELS, ROLES } from './types.ts';
import {
  age,
  countOrShare,
  duration,
  flag,
  listenAddress,
  listOf,
  storeKey,
  storeUrl,
  text,
  wholeNumber,
} from './value-schemas.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** The variables that may hold it, the first one set wins. */
  readonly variables: readonly string[];
  /** Without its dashes. */
  readonly flag?: string;
  /** As it would be written in the file. */
  readonly preset: (env: Environment) => unknown;
  /** Never shown. */
  readonly isSecret?: boolean;
}

const setting = <T>(
  schema: z.ZodType<T>,
  preset: unknown,
  variables: readonly string[],
  more: Pick<Setting<T>, 'flag' | 'isSecret'> = {},
): Setting<T> => ({
  schema,
  variables,
  preset: typeof preset === 'function' ? (env) => preset(env) : () => preset,
  ...more,
});

/** `$XDG_STATE_HOME/flotilla`, else `~/.local/state/flotilla` (DESIGN.md section 3). */
function defaultStateDir(env: Environment): string {
  const { XDG_STATE_HOME: state, HOME: home } = env;
  if (state !== undefined && path.isAbsolute(state)) return path.join(state, 'flotilla');
  return path.join(home === undefined || home === '' ? '.' : home, '.local/state/flotilla');
}

/** By their place in flotilla.yaml. */
export const SETTINGS = {
  listen: setting(listenAddress, '127.0.0.1:7171', ['FLOTILLA_LISTEN'], { flag: 'listen' }),
  state_dir: setting(text, defaultStateDir, ['FLOTILLA_STATE_DIR'], { flag: 'state-dir' }),
  role: setting(zod.enum(ROLES), 'all', ['FLOTILLA_ROLE'], { flag: 'role' }),
  'store.url': setting(storeUrl.optional(), undefined, ['FLOTILLA_STORE_URL'], { isSecret: true }),
  'store.key': setting(storeKey.optional(), undefined, ['FLOTILLA_STORE_KEY'], { isSecret: true }),
  'temporal.address': setting(text.optional(), undefined, ['TEMPORAL_ADDRESS', 'FLOTILLA_TEMPORAL_ADDRESS'], {
    flag: 'temporal-address',
  }),
  'temporal.namespace': setting(text.optional(), undefined, ['TEMPORAL_NAMESPACE', 'FLOTILLA_TEMPORAL_NAMESPACE'], {
    flag: 'temporal-namespace',
  }),
  'temporal.profile': setting(text.optional(), undefined, ['TEMPORAL_PROFILE', 'FLOTILLA_TEMPORAL_PROFILE'], {
    flag: 'temporal-profile',
  }),
  'temporal.api_key': setting(text.optional(), undefined, ['TEMPORAL_API_KEY'], { isSecret: true }),
  'temporal.codec_key': setting(listOf(storeKey).optional(), undefined, ['FLOTILLA_TEMPORAL_CODEC_KEY'], {
    isSecret: true,
  }),
  'temporal.codec_key_file': setting(text.optional(), undefined, ['FLOTILLA_TEMPORAL_CODEC_KEY_FILE']),
  'temporal.tls.enabled': setting(flag.optional(), undefined, ['TEMPORAL_TLS']),
  'temporal.tls.server_name': setting(text.optional(), undefined, ['TEMPORAL_TLS_SERVER_NAME']),
  'temporal.tls.server_ca_cert_path': setting(text.optional(), undefined, ['TEMPORAL_TLS_SERVER_CA_CERT_PATH']),
  'temporal.tls.client_cert_path': setting(text.optional(), undefined, ['TEMPORAL_TLS_CLIENT_CERT_PATH']),
  'temporal.tls.client_key_path': setting(text.optional(), undefined, ['TEMPORAL_TLS_CLIENT_KEY_PATH']),
  'retention.rollouts': setting(age.optional(), undefined, ['FLOTILLA_RETENTION_ROLLOUTS']),
  'limits.connect_timeout': setting(duration, '10s', ['FLOTILLA_CONNECT_TIMEOUT']),
  'limits.lock_timeout': setting(duration, '200ms', ['FLOTILLA_LOCK_TIMEOUT']),
  'limits.statement_timeout': setting(duration, '15m', ['FLOTILLA_STATEMENT_TIMEOUT']),
  'limits.idle_in_transaction_timeout': setting(duration, '1m', ['FLOTILLA_IDLE_IN_TRANSACTION_TIMEOUT']),
  'limits.keepalive': setting(duration, '10s', ['FLOTILLA_KEEPALIVE']),
  'limits.per_host': setting(wholeNumber(1), 16, ['FLOTILLA_PER_HOST']),
  'limits.engine_concurrency': setting(wholeNumber(1), 32, ['FLOTILLA_ENGINE_CONCURRENCY']),
  'limits.retry_backoff': setting(listOf(duration), ['1s', '4s', '15s'], ['FLOTILLA_RETRY_BACKOFF']),
  'limits.max_shrink': setting(countOrShare, '10%', ['FLOTILLA_MAX_SHRINK']),
  'limits.quarantine_after': setting(wholeNumber(0), 0, ['FLOTILLA_QUARANTINE_AFTER']),
  'limits.targets_per_hour': setting(wholeNumber(0), 0, ['FLOTILLA_TARGETS_PER_HOUR']),
  'log.level': setting(zod.enum(LOG_LEVELS), 'info', ['FLOTILLA_LOG_LEVEL'], { flag: 'log-level' }),
  'log.format': setting(zod.enum(LOG_FORMATS), 'json', ['FLOTILLA_LOG_FORMAT'], { flag: 'log-format' }),
} as const;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS).filter((name): name is SettingName => Object.hasOwn(SETTINGS, name));
