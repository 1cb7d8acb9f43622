import {
  formatPlan,
  hashDirectory,
  type NewFile,
  newVersion,
  type PlannedChange,
  SUM_FILE,
} from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { resolvePath } from '../resolve-path.ts';
import type { MigrateDeps } from './deps.ts';
import { type MigrateFlags, selectTargets } from './flags.ts';
import { type LocatedDirectory, locateDirectory, sourceOf, verify } from './open-directory.ts';

/** `migrate new [name]`: an empty file with the time for its version, and the new atlas.sum. Prints nothing. */
export async function runNew(
  deps: MigrateDeps,
  flags: MigrateFlags & { readonly edit?: boolean },
  name: string | undefined,
): Promise<number> {
  refusePath(name);
  const { targets, project } = await selectTargets(deps, flags);
  const [settings] = targets;
  if (settings === undefined) return 1;
  const other = targets.find(({ dir }) => dir !== settings.dir);
  if (other !== undefined) {
    throw new AppError(
      'INPUT_INVALID',
      `the targets of the env have different directories: "${settings.dir}" and "${other.dir}"`,
      {
        next: 'name one with --dir "file://…"',
      },
    );
  }
  const located = await locateDirectory(deps, settings.dir, settings.dirFormat, project?.memoryDirectories);
  if (located.texts !== undefined) verify(deps, located);
  const source = await sourceOf(deps, located);
  const { folder, texts: before = {} } = source;
  const files = unusedFiles(deps, source, name ?? '');
  let texts = { ...before, ...Object.fromEntries(files.map((file) => [file.name, file.content])) };
  const [first] = files;
  if (flags.edit === true && first !== undefined) {
    await deps.files.write(folder, { [first.name]: first.content });
    await deps.openEditor(resolvePath(folder, first.name));
    texts = { ...texts, ...(await deps.files.read(folder)) };
  }
  const written = Object.fromEntries(files.map((file) => [file.name, texts[file.name] ?? file.content]));
  await deps.files.write(folder, { ...written, [SUM_FILE]: hashDirectory(texts, located.format) });
  return 0;
}

/** @throws AppError INPUT_INVALID */
export function refusePath(name: string | undefined): void {
  if (name !== undefined && /[/\\]/.test(name))
    throw new AppError('INPUT_INVALID', `the name "${name}" of a migration file must not hold a path`);
}

/** Two files made in one second must not have one name. */
export function unusedFiles(
  deps: MigrateDeps,
  located: LocatedDirectory,
  name: string,
  changes: readonly PlannedChange[] = [],
): readonly NewFile[] {
  const taken = located.texts ?? {};
  for (let atMs = deps.clock.nowMs(); ; atMs += 1000) {
    const files = formatPlan({ version: newVersion(atMs), name, changes }, located.format);
    if (files.every((file) => !Object.hasOwn(taken, file.name))) return files;
  }
}
