/** What `flotilla serve` runs with: flags, environment, flotilla.yaml and defaults, merged and checked. */
import type { CountOrShare } from '../../shared/count-or-share.ts';
import type { Freeze } from '../../shared/start-windows.ts';

export const ROLES = ['all', 'api', 'orchestrator', 'engine'] as const;
export const TOKEN_ROLES = ['viewer', 'operator'] as const;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const LOG_FORMATS = ['json', 'pretty'] as const;

export interface ListenAddress {
  /** '' for all addresses. Without the brackets of IPv6. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface ProjectFolder {
  /** Absolute. */
  readonly dir: string;
  /** The project file, relative to `dir`. */
  readonly config: string;
}

export interface AuthToken {
  readonly name: string;
  readonly role: (typeof TOKEN_ROLES)[number];
  /** Of the token, in lower-case hexadecimal. */
  readonly sha256: string;
}

/** Connection to a Temporal server of the user's. All undefined: the daemon starts one of its own. */
export interface TemporalConfig {
  readonly address: string | undefined;
  readonly namespace: string | undefined;
  readonly profile: string | undefined;
  /** A secret. */
  readonly apiKey: string | undefined;
  /** What goes to Temporal is encrypted under the first of them, all decrypt; secrets. Undefined: those of `codecKeyFile`. */
  readonly codecKeys: readonly Uint8Array[] | undefined;
  readonly codecKeyFile: string | undefined;
  readonly tls: {
    readonly enabled: boolean | undefined;
    readonly serverName: string | undefined;
    readonly serverCaCertPath: string | undefined;
    readonly clientCertPath: string | undefined;
    readonly clientKeyPath: string | undefined;
  };
}

export interface DaemonLimits {
  readonly connectTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly keepaliveMs: number;
  /** Targets of one host that a process works on at once, over all rollouts. */
  readonly perHost: number;
  /** Targets that an engine process works on at once, on all hosts; and slices. */
  readonly engineConcurrency: number;
  /** The wait before pass i + 2 of a group; when they are used up, a deferred target is failed. */
  readonly retryBackoffMs: readonly number[];
  /** How many targets of an env's last rollout may be missing before a start asks. */
  readonly maxShrink: CountOrShare;
  /** Rollouts in a row; 0: never. */
  readonly quarantineAfter: number;
  /** Targets of an env that may be started in any 60 minutes; 0: no limit. */
  readonly targetsPerHour: number;
}

export interface DaemonConfig {
  readonly listen: ListenAddress;
  /** Absolute. */
  readonly stateDir: string;
  readonly role: (typeof ROLES)[number];
  /** Postgres URL of the store, a secret; undefined: a SQLite file in the state folder. */
  readonly storeUrl: string | undefined;
  /** What may hold secrets is kept in the store under this key; undefined: under that of `store.key` in the state folder. */
  readonly storeKey: Uint8Array | undefined;
  readonly temporal: TemporalConfig;
  /** Rollouts that ended longer ago are removed; undefined: none is. */
  readonly retentionMs: number | undefined;
  readonly projects: ReadonlyMap<string, ProjectFolder>;
  readonly limits: DaemonLimits;
  readonly authTokens: readonly AuthToken[];
  /** Nothing starts in them, in any project. */
  readonly freezes: readonly Freeze[];
  readonly log: { readonly level: (typeof LOG_LEVELS)[number]; readonly format: (typeof LOG_FORMATS)[number] };
}

/** One line of `config show`: secrets are redacted. */
export interface ShownSetting {
  /** `limits.lock_timeout`, as in flotilla.yaml. */
  readonly name: string;
  readonly value: string;
  /** `--listen`, `FLOTILLA_LISTEN`, `flotilla.yaml:3:5` or `default`. */
  readonly source: string;
}
