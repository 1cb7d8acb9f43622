import { resolveEnvUrl } from '../../config/project/env-url.ts';
import type { EvaluatedEnv, EvaluatedProject, SchemaSource } from '../../config/types.ts';
import type { DatabaseUrl, hcl } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { parseCsvRecord } from '../csv-record.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { DEFAULT_LOCK_TIMEOUT_MS, type LoadedEnvs, loadEnvs, lockTimeout } from '../migrate/flags.ts';
import { parseVars } from '../rollout/vars.ts';

/** Flags as commander gives them: what was not set is not there. */
export interface SchemaFlags {
  readonly config?: string;
  readonly env?: string;
  readonly var?: readonly string[];
  readonly url?: string;
  readonly to?: readonly string[];
  readonly from?: readonly string[];
  readonly file?: readonly string[];
  readonly devUrl?: string;
  readonly lockTimeout?: string;
  readonly exclude?: readonly string[];
  readonly format?: string;
  readonly txMode?: string;
  readonly dryRun?: boolean;
  readonly autoApprove?: boolean;
  /** Of `apply`: a plan file. */
  readonly plan?: string;
  readonly save?: boolean;
  readonly name?: string;
  readonly output?: string;
}

/** What a schema command works on: flags over the env (atlas-config-cli.md 1.3, 3.2). URLs of states may hold secrets. */
export interface SchemaSettings {
  /** Of the env's target; undefined without an env. */
  readonly id: string | undefined;
  readonly url: string | undefined;
  readonly to: readonly string[];
  readonly from: readonly string[];
  readonly devUrl: DatabaseUrl | undefined;
  readonly exclude: readonly string[];
  /** How long a dev database that somebody else uses is waited for. */
  readonly lockTimeoutMs: number;
  readonly format: string | undefined;
  /** For `variable` blocks of the desired state. */
  readonly inputs: ReadonlyMap<string, hcl.Value>;
  /** Desired states that data sources have read, by their URLs. */
  readonly schemaSources: Readonly<Record<string, SchemaSource>>;
}

/** For commands that work on one database. @throws AppError PROJECT_INVALID, ENV_NOT_FOUND, INPUT_INVALID */
export async function selectSchema(
  deps: MigrateDeps,
  flags: SchemaFlags,
  formatKey: string,
  loaded?: LoadedEnvs,
): Promise<SchemaSettings> {
  const { envs, project } = loaded ?? (await loadEnvs(deps, flags));
  if (project !== undefined && envs !== undefined && envs.length > 1)
    throw new AppError('INPUT_INVALID', `multiple envs found for "${flags.env}"`, {
      next: 'name one database with --url',
    });
  return settingsOf(deps, flags, formatKey, envs?.[0], project);
}

/** One for each expanded block of the env (atlas-config-cli.md 2.2); an explicit URL is one database, however many the env has. */
export async function selectSchemas(
  deps: MigrateDeps,
  flags: SchemaFlags,
  formatKey: string,
): Promise<readonly SchemaSettings[]> {
  const { envs = [], project } = await loadEnvs(deps, flags);
  const isOne = flags.url !== undefined && !flags.url.startsWith('env://');
  const chosen = isOne ? envs.slice(0, 1) : envs;
  if (chosen.length === 0) return [await settingsOf(deps, flags, formatKey, undefined, project)];
  return Promise.all(chosen.map((env) => settingsOf(deps, flags, formatKey, env, project)));
}

async function settingsOf(
  deps: MigrateDeps,
  flags: SchemaFlags,
  formatKey: string,
  env: EvaluatedEnv | undefined,
  project: EvaluatedProject | undefined,
): Promise<SchemaSettings> {
  const list = (texts: readonly string[] | undefined): readonly string[] =>
    (texts ?? []).flatMap((text) => parseCsvRecord(text)).flatMap((text) => resolveEnvUrl(text, env));
  const [devUrl] = list(flags.devUrl === undefined ? undefined : [flags.devUrl]);
  const to = list(flags.to ?? flags.file);
  return {
    id: env?.target?.id,
    url: list(flags.url === undefined ? undefined : [flags.url])[0] ?? env?.url?.reveal(),
    to: (to.length > 0 ? to : (env?.src ?? [])).map(toUrl),
    from: list(flags.from),
    devUrl: devUrl === undefined ? env?.devUrl : await deps.parseUrl(devUrl),
    exclude: [...(env?.exclude ?? []), ...(flags.exclude ?? []).flatMap((text) => parseCsvRecord(text))],
    lockTimeoutMs: lockTimeout(flags.lockTimeout) ?? env?.migration?.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
    format: flags.format ?? env?.formats[formatKey],
    inputs: await inputsOf(flags, env),
    schemaSources: project?.schemaSources ?? {},
  };
}

/** `schema.hcl`, the old form of `file://schema.hcl`: of `-f` and of `src`. */
const toUrl = (file: string): string => (/^[a-z][a-z0-9+.-]*:\/\//i.test(file) ? file : `file://${file}`);

/** `--var` over attributes of the env that Atlas does not know. */
async function inputsOf(flags: SchemaFlags, env: EvaluatedEnv | undefined): Promise<ReadonlyMap<string, hcl.Value>> {
  const { fromFlag } = await import('../../config/project/input-variables.ts');
  const vars = parseVars((flags.var ?? []).flatMap((text) => parseCsvRecord(text)));
  const given = Object.entries(vars).map(([name, value]) => [name, fromFlag(value)] as const);
  return new Map([...(env?.extra ?? []), ...given]);
}
