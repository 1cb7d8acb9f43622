import { hashDirectory, SUM_FILE } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from './deps.ts';
import { type MigrateFlags, selectTargets } from './flags.ts';
import { type LocatedDirectory, locateDirectory, textsOf } from './open-directory.ts';

/** `migrate hash`: writes atlas.sum anew, without a look at the old one. Prints nothing. */
export async function runHash(deps: MigrateDeps, flags: MigrateFlags): Promise<number> {
  const { targets, project } = await selectTargets(deps, flags);
  const distinct = new Map(targets.map((settings) => [`${settings.dirFormat ?? ''} ${settings.dir}`, settings]));
  for (const { dir, dirFormat } of distinct.values()) {
    const located = await locateDirectory(deps, dir, dirFormat, project?.memoryDirectories);
    await deps.files.write(writableFolder(located), { [SUM_FILE]: hashDirectory(textsOf(located), located.format) });
  }
  return 0;
}

/** The folder of a directory that can be written; one in memory is made anew by the project file each time. */
export function writableFolder(located: LocatedDirectory): string {
  if (located.folder === undefined) {
    throw new AppError(
      'INPUT_INVALID',
      `the directory "${located.url.text}" is made by the project file and cannot be written`,
      {
        next: 'name the folder of its source files with --dir "file://…"',
      },
    );
  }
  return located.folder;
}
