import { DEFAULT_LIMITS } from '../../engine/index.ts';
import { renderSet } from '../render/migrate-set.ts';
import { OPERATOR_VERSION } from '../version.ts';
import type { MigrateDeps } from './deps.ts';
import { type MigrateFlags, requireUrl, selectTargets } from './flags.ts';
import { openVerified } from './open-directory.ts';
import { coloursOf } from './output.ts';

/** `migrate set [version]`: makes the revisions table say that a target stands at a version. Runs no statement of a file. */
export async function runSet(deps: MigrateDeps, flags: MigrateFlags, version: string | undefined): Promise<number> {
  const { targets, project } = await selectTargets(deps, flags);
  for (const settings of targets) {
    const directory = await openVerified(deps, settings.dir, settings.dirFormat, project?.memoryDirectories);
    const url = requireUrl(settings);
    const engine = await deps.engine();
    const target = { id: settings.id, url, revisionsSchema: settings.revisionsSchema };
    const report = await engine.set(target, directory, version, {
      limits: DEFAULT_LIMITS,
      operatorVersion: OPERATOR_VERSION,
    });
    deps.io.stdout(renderSet(report, coloursOf(deps)));
  }
  return 0;
}
