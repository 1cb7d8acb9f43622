import { planRealms, printStatements } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { renderDiff } from '../render/schema.ts';
import { type SchemaFlags, selectSchema } from './flags.ts';
import { dialectFor, loadState } from './load-state.ts';

const SYNCED = 'Schemas are synced, no changes to be made.\n';

/** `schema diff`: the statements that bring one state to the other. */
export async function runDiff(deps: MigrateDeps, flags: SchemaFlags): Promise<number> {
  const settings = await selectSchema(deps, flags, 'schema.diff');
  if (settings.from.length === 0) throw new AppError('INPUT_INVALID', 'required flag "from" not set');
  const dialect = await dialectFor(deps, [...settings.from, ...settings.to], settings);
  const request = { dialect, settings, isDevOptional: false };
  const from = await loadState(deps, settings.from, request);
  const to = await loadState(deps, settings.to, request);
  const { changes, statements } = planRealms(dialect, from, to);
  const planned = (indent: string): string => printStatements(statements(indent));
  if (settings.format !== undefined) deps.io.stdout(await renderDiff(deps, settings.format, changes, planned));
  else deps.io.stdout(changes.length === 0 ? SYNCED : planned(''));
  return 0;
}
