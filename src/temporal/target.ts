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
}

/** The namespace of the embedded server; on an existing server the profile's, else Temporal's own `default`. */
export const EMBEDDED_NAMESPACE = 'flotilla';

/**
 * The server to connect to, from flotilla.yaml and from Temporal's own variables and profiles, which win.
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
  set('TEMPORAL_ADDRESS', settings.address);
  set('TEMPORAL_NAMESPACE', settings.namespace);
  for (const [name, value] of Object.entries(env)) set(name, value);
  const profile = env.TEMPORAL_PROFILE || settings.profile;
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
