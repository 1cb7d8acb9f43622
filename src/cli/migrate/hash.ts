import { hashDirectory, SUM_FILE } from '../../engine/index.ts';
import type { MigrateDeps } from './deps.ts';
import { type MigrateFlags, selectTargets } from './flags.ts';
import { locateDirectory, sourceOf, textsOf } from './open-directory.ts';

/** `migrate hash`: writes atlas.sum anew, without a look at the old one. Prints nothing. */
export async function runHash(deps: MigrateDeps, flags: MigrateFlags): Promise<number> {
  const { targets, project } = await selectTargets(deps, flags);
  const distinct = new Map(targets.map((settings) => [`${settings.dirFormat ?? ''} ${settings.dir}`, settings]));
  for (const { dir, dirFormat } of distinct.values()) {
    const located = await locateDirectory(deps, dir, dirFormat, project?.memoryDirectories);
    const source = await sourceOf(deps, located);
    await deps.files.write(source.folder, { [SUM_FILE]: hashDirectory(textsOf(source), source.format) });
  }
  return 0;
}
