import {
  DEFAULT_LIMITS,
  dialectOf,
  diffRealms,
  EMPTY_REALM,
  excludeFrom,
  hashDirectory,
  parsePatterns,
  planChanges,
  printStatements,
  type Realm,
  SUM_FILE,
} from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { type SchemaFlags, selectSchema } from '../schema/flags.ts';
import { loadState } from '../schema/load-state.ts';
import type { MigrateDeps } from './deps.ts';
import { type MigrateFlags, selectTargets } from './flags.ts';
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
  const settings = await selectSchema(deps, rest, 'migrate.diff');
  const { devUrl } = settings;
  if (devUrl === undefined) throw new AppError('INPUT_INVALID', 'required flag "dev-url" not set');
  const dialect = dialectOf(devUrl);
  const { targets, project } = await selectTargets(deps, rest);
  const [target] = targets;
  if (target === undefined) throw new AppError('ENV_NOT_FOUND', `env "${flags.env}" not defined in config file`);
  const located = await locateDirectory(deps, target.dir, target.dirFormat, project?.memoryDirectories);
  const directory = located.texts === undefined ? undefined : verify(deps, located);
  const to = await loadState(deps, settings.to, { dialect, settings, isDevOptional: false });
  const replayed: Realm =
    directory === undefined
      ? { ...EMPTY_REALM, schemas: to.schemas.map((schema) => ({ ...schema, tables: [], objects: [] })) }
      : await (await deps.engine()).inspectDirectory(devUrl, directory, DEFAULT_LIMITS, settings.lockTimeoutMs);
  const parsed = parsePatterns(settings.exclude);
  if ('problem' in parsed) throw new AppError('INPUT_INVALID', parsed.problem);
  const isSchemaScoped = dialect.onlySchema !== undefined;
  const from = excludeFrom(replayed, parsed.patterns, { isSchemaScoped });
  const changes = diffRealms(dialect, from, to);
  const planned = (indent: string) =>
    planChanges(dialect, { from, to }, changes, { isSchemaScoped, indent }).statements;
  if (planned('').length === 0) {
    deps.io.stdout(SYNCED);
    return 0;
  }
  const statements = planned(await indentOf(deps, settings.format, (indent) => printStatements(planned(indent))));
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

/** `--format '{{ sql . "  " }}'` says how the file is indented: the template is rendered for what it asks `sql` for. */
async function indentOf(
  deps: MigrateDeps,
  template: string | undefined,
  print: (indent: string) => string,
): Promise<string> {
  if (template === undefined) return '';
  let asked = '';
  await deps.renderTemplate(
    template,
    {},
    {
      sql: (_, indent) => {
        asked = String(indent ?? '');
        return print(asked);
      },
    },
  );
  return asked;
}
