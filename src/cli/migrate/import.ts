import { importDirectory, SUM_FILE } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from './deps.ts';
import type { MigrateFlags } from './flags.ts';
import { locateDirectory, sourceOf, textsOf, verify } from './open-directory.ts';

/** `migrate import`: another tool's directory as Atlas's, its forward part. A source without atlas.sum is taken as it is. */
export async function runImport(
  deps: MigrateDeps,
  flags: MigrateFlags & { readonly from?: string; readonly to?: string },
): Promise<number> {
  const from = await locateDirectory(deps, flags.from ?? 'file://migrations', flags.dirFormat);
  const to = await locateDirectory(deps, flags.to ?? 'file://migrations', undefined);
  if (from.format === 'atlas') {
    throw new AppError('INPUT_INVALID', 'cannot import a migration directory already in "atlas" format');
  }
  if (Object.keys(to.texts ?? {}).length > 0) {
    throw new AppError('INPUT_INVALID', 'target migration directory must be empty');
  }
  const texts = textsOf(from);
  if (Object.hasOwn(texts, SUM_FILE)) verify(deps, from);
  const imported = importDirectory(texts, from.format);
  if (imported.kind === 'refused') throw new AppError('DIRECTORY_INVALID', imported.text);
  if (imported.count === 0) {
    deps.io.stdout('nothing to import\n');
    return 0;
  }
  const { folder } = await sourceOf(deps, to);
  await deps.files.write(folder, imported.texts);
  return 0;
}
