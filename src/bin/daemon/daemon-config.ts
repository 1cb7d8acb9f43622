import type { Io } from '../../cli/io.ts';
import { type DaemonConfigResult, parseDaemonConfig } from '../../config/daemon/parse-daemon-config.ts';
import { readConfigFile } from '../../config/daemon/read-config-file.ts';
import type { DaemonConfig } from '../../config/daemon/types.ts';
import { starSecrets } from '../../config/star-secrets.ts';
import { renderDiagnostic } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';

/** Flags of `serve` as commander gives them: `stateDir`, `keepTemporal`, … */
export type ServeFlags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/** The result of all sources, and the file for the lines to show. */
export interface ParsedConfig extends DaemonConfigResult {
  readonly file: { readonly path: string; readonly text: string } | undefined;
}

/** Reads flags, environment and flotilla.yaml. @throws AppError CONFIG_INVALID where the file cannot be read */
export async function parseConfigOf({ env, cwd }: Pick<Io, 'env' | 'cwd'>, flags: ServeFlags): Promise<ParsedConfig> {
  const file = await readConfigFile({ flag: typeof flags.config === 'string' ? flags.config : undefined, env, cwd });
  const named = Object.entries(flags).flatMap(([name, value]) =>
    typeof value === 'boolean'
      ? []
      : [[name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value] as const],
  );
  return { ...parseDaemonConfig({ flags: Object.fromEntries(named), env, file, cwd }), file };
}

/** All mistakes of all sources, in one error. */
export function invalidConfig({ diagnostics, file }: ParsedConfig): AppError {
  const sources = new Map(file === undefined ? [] : [[file.path, starSecrets(file.text)]]);
  return new AppError('CONFIG_INVALID', 'the configuration is not valid', {
    next: 'flotilla serve --help, and docs/configuration.md',
    details: diagnostics.map((one) => ({ message: one.detail, frame: renderDiagnostic(one, sources) })),
  });
}

/** @throws AppError CONFIG_INVALID with all mistakes of all sources */
export async function readDaemonConfig(io: Pick<Io, 'env' | 'cwd'>, flags: ServeFlags): Promise<DaemonConfig> {
  const parsed = await parseConfigOf(io, flags);
  if (parsed.value === undefined) throw invalidConfig(parsed);
  return parsed.value;
}
