import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { AppError } from '../shared/errors.ts';

/** What a connection needs; the same for the client and for the workers. Holds secrets: stays in memory. */
export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
  readonly tls?: NonNullable<NativeConnectionOptions['tls']>;
  readonly apiKey?: string;
  readonly metadata?: NonNullable<NativeConnectionOptions['metadata']>;
}

export interface TemporalSettings {
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  /** A profile of Temporal's own configuration file. */
  readonly profile?: string | undefined;
  /** A secret. */
  readonly apiKey?: string | undefined;
  readonly tls?: {
    readonly enabled?: boolean | undefined;
    readonly serverName?: string | undefined;
    readonly serverCaCertPath?: string | undefined;
    readonly clientCertPath?: string | undefined;
    readonly clientKeyPath?: string | undefined;
  };
}

/** The namespace of the embedded server; on an existing server the profile's, else Temporal's own `default`. */
export const EMBEDDED_NAMESPACE = 'flotilla';

/**
 * The server to connect to, from our settings and from Temporal's own variables and profiles.
 * @returns undefined where none is configured: the daemon starts one of its own. A default profile that merely lies in the home folder is not
 *   a wish to use it.
 * @throws AppError CONFIG_INVALID where the profile cannot be read
 */
export function resolveTemporalAddress(
  settings: TemporalSettings,
  env: NodeJS.ProcessEnv,
): TemporalAddress | undefined {
  const isConfigured = [
    settings.address,
    settings.profile,
    env.TEMPORAL_ADDRESS,
    env.TEMPORAL_PROFILE,
    env.TEMPORAL_CONFIG_FILE,
  ].some((value) => value !== undefined && value !== '');
  if (!isConfigured) return undefined;

  const variables: Record<string, string> = {};
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') variables[name] = value;
  };
  for (const [name, value] of Object.entries(env)) set(name, value);
  // Flags, variables and file were weighed against each other already: what they gave goes over the bare variables.
  set('TEMPORAL_ADDRESS', settings.address);
  set('TEMPORAL_NAMESPACE', settings.namespace);
  set('TEMPORAL_API_KEY', settings.apiKey);
  set('TEMPORAL_TLS', settings.tls?.enabled?.toString());
  set('TEMPORAL_TLS_SERVER_NAME', settings.tls?.serverName);
  set('TEMPORAL_TLS_SERVER_CA_CERT_PATH', settings.tls?.serverCaCertPath);
  set('TEMPORAL_TLS_CLIENT_CERT_PATH', settings.tls?.clientCertPath);
  set('TEMPORAL_TLS_CLIENT_KEY_PATH', settings.tls?.clientKeyPath);
  const profile = settings.profile || env.TEMPORAL_PROFILE || undefined;
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      overrideEnvVars: variables,
      ...(profile === undefined ? {} : { profile }),
    });
    const { address, tls, apiKey, metadata } = connectionOptions;
    return {
      address: address ?? '127.0.0.1:7233',
      namespace: namespace ?? 'default',
      ...(tls === undefined || tls === null ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    };
  } catch (error) {
    throw new AppError(
      'CONFIG_INVALID',
      `the Temporal profile${profile === undefined ? '' : ` "${profile}"`} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { next: 'check TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE and the file they name' },
    );
  }
}
