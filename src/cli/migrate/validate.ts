import { DEFAULT_LIMITS, type Directory } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from './deps.ts';
import { type MigrateFlags, type Settings, selectTargets } from './flags.ts';
import { openVerified } from './open-directory.ts';

/** `migrate validate`: the checksum, and with `--dev-url` a replay of the whole directory. Prints nothing when all is well. */
export async function runValidate(deps: MigrateDeps, flags: MigrateFlags): Promise<number> {
  const { targets, project } = await selectTargets(deps, flags);
  const distinct = new Map(targets.map((settings) => [`${settings.dirFormat ?? ''} ${settings.dir}`, settings]));
  for (const settings of distinct.values()) {
    const directory = await openVerified(deps, settings.dir, settings.dirFormat, project?.memoryDirectories);
    await replay(deps, settings, directory);
  }
  return 0;
}

async function replay(deps: MigrateDeps, { devUrl }: Settings, directory: Directory): Promise<void> {
  if (devUrl === undefined) return;
  const engine = await deps.engine();
  try {
    await engine.replay(devUrl, directory, DEFAULT_LIMITS);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `replaying the migration directory: ${error.message}`, { cause: error });
  }
}
