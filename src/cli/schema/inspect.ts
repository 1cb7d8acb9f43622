import { printRealm, type Realm } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { renderSchema } from '../render/schema.ts';
import { type SchemaFlags, selectSchema } from './flags.ts';
import { dialectFor, loadState } from './load-state.ts';

/** `schema inspect`: prints the schema of a database, or of files as a dev database makes them. */
export async function runInspect(deps: MigrateDeps, flags: SchemaFlags): Promise<number> {
  const settings = await selectSchema(deps, flags, 'schema.inspect');
  if (settings.url === undefined) throw new AppError('INPUT_INVALID', 'required flag "url" not set');
  const dialect = await dialectFor(deps, [settings.url], settings);
  const realm: Realm = await loadState(deps, [settings.url], { dialect, settings, isDevOptional: false });
  const text =
    settings.format === undefined
      ? printRealm(dialect, realm)
      : await renderSchema(deps, settings.format, dialect, realm);
  deps.io.stdout(text);
  return 0;
}
