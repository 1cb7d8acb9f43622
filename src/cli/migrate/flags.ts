import { resolveEnvUrl } from '../../config/project/env-url.ts';
import type { EvaluatedEnv, EvaluatedProject, EvaluatedTarget, ProjectResult } from '../../config/types.ts';
import type { ApplyHooks, DatabaseUrl } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { parseGoDuration } from '../../shared/go-duration.ts';
import { parseCsvRecord } from '../csv-record.ts';
import { hasColour } from '../io.ts';
import { parseVars } from '../rollout/vars.ts';
import type { MigrateDeps } from './deps.ts';

/** Flags as commander gives them: what was not set is not there. Defaults are those of `settle`. */
export interface MigrateFlags {
  readonly config?: string;
  readonly env?: string;
  readonly var?: readonly string[];
  readonly url?: string;
  readonly dir?: string;
  readonly dirFormat?: string;
  readonly devUrl?: string;
  readonly format?: string;
  readonly revisionsSchema?: string;
  readonly lockTimeout?: string;
  readonly lockName?: string;
  readonly baseline?: string;
  readonly txMode?: string;
  readonly execOrder?: string;
  readonly toVersion?: string;
  readonly allowDirty?: boolean;
  readonly dryRun?: boolean;
}

/** What a command works on: flags over the env over the defaults (atlas-config-cli.md 1.3, 3.2). */
export interface Settings {
  readonly id: string;
  /** Of the env: undefined without one. */
  readonly target: EvaluatedTarget | undefined;
  readonly url: DatabaseUrl | undefined;
  readonly devUrl: DatabaseUrl | undefined;
  readonly dir: string;
  readonly dirFormat: string | undefined;
  /** The template of `--format`, or of the env's `format` block; undefined: the default report. */
  readonly format: string | undefined;
  readonly revisionsSchema: string | undefined;
  readonly lockTimeoutMs: number;
  readonly lockName: string;
  readonly baseline: string | undefined;
  readonly txMode: string;
  readonly execOrder: string;
  readonly toVersion: string | undefined;
  /** What the env wants around `migrate apply`. */
  readonly hooks: ApplyHooks | undefined;
}

export interface Selection {
  /** One without an env; one for each expanded block of an env. */
  readonly targets: readonly Settings[];
  readonly project: EvaluatedProject | undefined;
}

/** The part of the report that a command's own `format { migrate { … } }` names. */
export type FormatKey = 'migrate.apply' | 'migrate.down' | 'migrate.status' | undefined;

/**
 * Evaluates the project file where `--env` (or `-c`) asks for it, and settles what each target needs.
 * @throws AppError PROJECT_INVALID with Atlas's text of the first mistake, INPUT_INVALID for flags
 */
export async function selectTargets(
  deps: MigrateDeps,
  flags: MigrateFlags,
  formatKey?: FormatKey,
  loaded?: LoadedEnvs,
): Promise<Selection> {
  const { envs, project } = loaded ?? (await loadEnvs(deps, flags));
  if (envs === undefined) return { targets: [await settle(deps, flags, undefined, formatKey)], project };
  const targets: Settings[] = [];
  // An explicit URL is one database, however many targets the env has.
  const isOne = flags.url !== undefined && !flags.url.startsWith(ENV_SCHEME);
  for (const env of isOne ? envs.slice(0, 1) : envs) targets.push(await settle(deps, flags, env, formatKey));
  return { targets, project };
}

/** A project file that is evaluated, which may ask databases and run programs: once a command. */
export interface LoadedEnvs {
  readonly envs: readonly EvaluatedEnv[] | undefined;
  readonly project: EvaluatedProject | undefined;
}

/** The envs that `--env` names; undefined without one. @throws AppError PROJECT_INVALID, ENV_NOT_FOUND, INPUT_INVALID */
export async function loadEnvs(
  deps: MigrateDeps,
  flags: Pick<MigrateFlags, 'config' | 'env' | 'var'>,
): Promise<LoadedEnvs> {
  const vars = parseVars((flags.var ?? []).flatMap((text) => parseCsvRecord(text)));
  if (flags.env === undefined && flags.config === undefined) return { envs: undefined, project: undefined };
  const result = await deps.loadProject({ config: flags.config, env: flags.env ?? '', vars });
  if (result.value === undefined) throw await projectError(deps, result);
  const { value: project } = result;
  if (flags.env === undefined) return { envs: undefined, project };
  if (project.envs.length === 0) throw new AppError('ENV_NOT_FOUND', `env "${flags.env}" not defined in config file`);
  return { envs: project.envs, project };
}

/** Atlas's one line, then every mistake that was found, with its lines of the file. */
async function projectError(
  deps: MigrateDeps,
  { text, diagnostics, sources }: Extract<ProjectResult, { readonly value: undefined }>,
): Promise<AppError> {
  const { renderDiagnostic } = await import('../../engine/index.ts');
  const placed = diagnostics.filter(({ subject }) => subject !== undefined);
  const details = placed.map((one) => {
    const frame = renderDiagnostic(one, sources, { colour: hasColour(deps.io) });
    // Atlas's line has said it already.
    return { message: one.summary, frame: placed.length === 1 ? frame.slice(frame.indexOf('\n') + 1) : frame };
  });
  return new AppError('PROJECT_INVALID', text, { details });
}

async function settle(
  deps: MigrateDeps,
  flags: MigrateFlags,
  env: EvaluatedEnv | undefined,
  formatKey: FormatKey,
): Promise<Settings> {
  const migration = env?.migration;
  const url = flags.url === undefined ? env?.url : await deps.parseUrl(oneOf('url', flags.url, env));
  const devUrl = flags.devUrl === undefined ? env?.devUrl : await deps.parseUrl(oneOf('dev-url', flags.devUrl, env));
  return {
    id: env?.target?.id ?? url?.database ?? '',
    target: env?.target,
    url,
    devUrl,
    dir: (flags.dir === undefined ? migration?.dir : oneOf('dir', flags.dir, env)) ?? 'file://migrations',
    dirFormat: flags.dirFormat ?? migration?.format,
    format: flags.format ?? (formatKey === undefined ? undefined : env?.formats[formatKey]),
    revisionsSchema: flags.revisionsSchema ?? migration?.revisionsSchema,
    lockTimeoutMs: lockTimeout(flags.lockTimeout) ?? migration?.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
    lockName: flags.lockName ?? migration?.lockName ?? 'atlas_migrate_execute',
    baseline: flags.baseline ?? migration?.baseline,
    txMode: flags.txMode ?? migration?.txMode ?? 'file',
    execOrder: flags.execOrder ?? migration?.execOrder?.toLowerCase().replaceAll('_', '-') ?? 'linear',
    toVersion: flags.toVersion ?? migration?.toVersion,
    hooks: env?.hooks,
  };
}

/** @throws AppError INPUT_INVALID in Go's words */
export function lockTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseGoDuration(text);
  if (ms === undefined || ms < 0) {
    throw new AppError(
      'INPUT_INVALID',
      `invalid argument "${text}" for "--lock-timeout" flag: time: invalid duration "${text}"`,
    );
  }
  return ms;
}

/** Of `--lock-timeout`. */
export const DEFAULT_LOCK_TIMEOUT_MS = 10_000;

const ENV_SCHEME = 'env://';

/** A flag that may name an attribute of the env (`env://url`): exactly one value. */
function oneOf(flag: string, text: string, env: EvaluatedEnv | undefined): string {
  const [value, ...more] = resolveEnvUrl(text, env);
  if (value === undefined || more.length > 0) {
    throw new AppError('INPUT_INVALID', `"${text}" names ${more.length + 1} values, and --${flag} takes one`);
  }
  return value;
}

/** The URL that the command cannot do without. */
export function requireUrl(settings: Settings): DatabaseUrl {
  if (settings.url === undefined) throw new AppError('INPUT_INVALID', 'required flag "url" not set');
  return settings.url;
}

const EXEC_ORDERS = ['linear', 'linear-skip', 'non-linear'] as const;

/** @throws AppError INPUT_INVALID in Atlas's words */
export function parseExecOrder(text: string): (typeof EXEC_ORDERS)[number] {
  const order = EXEC_ORDERS.find((one) => one === text);
  if (order === undefined) throw new AppError('INPUT_INVALID', `unknown execution order: "${text}"`);
  return order;
}

const TX_MODES = ['none', 'file', 'all'] as const;

/** @throws AppError INPUT_INVALID in Atlas's words */
export function parseTxMode(text: string): (typeof TX_MODES)[number] {
  const mode = TX_MODES.find((one) => one === text);
  if (mode === undefined) throw new AppError('INPUT_INVALID', `unknown tx-mode "${text}"`);
  return mode;
}
