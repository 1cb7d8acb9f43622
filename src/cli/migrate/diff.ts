import { DEFAULT_LIMITS, dialectOf, emptied, hashDirectory, planRealms, SUM_FILE } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { type SchemaFlags, selectSchema } from '../schema/flags.ts';
import { loadState, withoutExcluded } from '../schema/load-state.ts';
import type { MigrateDeps } from './deps.ts';
import { loadEnvs, type MigrateFlags, selectTargets } from './flags.ts';
import { refusePath, unusedFiles } from './new.ts';
import { locateDirectory, sourceOf, verify } from './open-directory.ts';

const SYNCED = 'The migration directory is synced with the desired state, no changes to be made\n';

/** `migrate diff [name]`: what the directory lacks to make the desired state, as a new file of it. */
export async function runMigrateDiff(
  deps: MigrateDeps,
  flags: MigrateFlags & SchemaFlags,
  name: string | undefined,
): Promise<number> {
  refusePath(name);
  const { url: _, ...rest } = flags;
  const loaded = await loadEnvs(deps, rest);
  const settings = await selectSchema(deps, rest, 'migrate.diff', loaded);
  const { devUrl } = settings;
  if (devUrl === undefined) throw new AppError('INPUT_INVALID', 'required flag "dev-url" not set');
  const dialect = dialectOf(devUrl);
  const { targets, project } = await selectTargets(deps, rest, undefined, loaded);
  const [target] = targets;
  if (target === undefined) throw new AppError('ENV_NOT_FOUND', `env "${flags.env}" not defined in config file`);
  const located = await locateDirectory(deps, target.dir, target.dirFormat, project?.memoryDirectories);
  const directory = located.texts === undefined ? undefined : verify(deps, located);
  const to = await loadState(deps, settings.to, { dialect, settings, isDevOptional: false });
  const replayed =
    directory === undefined
      ? emptied(to)
      : await (await deps.engine()).inspectDirectory(devUrl, directory, DEFAULT_LIMITS, settings.lockTimeoutMs);
  const plan = planRealms(dialect, withoutExcluded(replayed, { settings }), to);
  if (plan.statements('').length === 0) {
    deps.io.stdout(SYNCED);
    return 0;
  }
  const statements = plan.statements(await indentOf(deps, settings.format));
  const source = await sourceOf(deps, located);
  const files = unusedFiles(
    deps,
    source,
    name ?? '',
    statements.map(({ text, comment, reverse }) => ({
      cmd: text,
      comment,
      reverse: reverse === 'irreversible' ? [] : reverse,
    })),
  );
  const written = Object.fromEntries(files.map((file) => [file.name, file.content]));
  const texts = { ...source.texts, ...written };
  await deps.files.write(source.folder, { ...written, [SUM_FILE]: hashDirectory(texts, located.format) });
  return 0;
}

/** `--format '{{ sql . "  " }}'` says how the file is indented: the template is rendered for what it asks `sql` for, no more. */
async function indentOf(deps: MigrateDeps, template: string | undefined): Promise<string> {
  let asked = '';
  const sql = (_: unknown, indent: unknown): string => {
    asked = String(indent ?? '');
    return '';
  };
  if (template !== undefined) await deps.renderTemplate(template, {}, { sql });
  return asked;
}
