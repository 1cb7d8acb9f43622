import { DEFAULT_LIMITS, emptied, planRealms, printStatements, type Realm } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { renderApply } from '../render/schema.ts';
import { approve, refuseBoth, requireDone } from './approve.ts';
import { type SchemaFlags, selectSchema } from './flags.ts';
import { dialectFor, loadState } from './load-state.ts';

const NOTHING = 'Nothing to drop\n';
const HEADER = '-- Planned Changes:\n';

/** `schema clean`: drops all that is in a schema, or in a database, once somebody has seen and approved it. */
export async function runClean(deps: MigrateDeps, flags: SchemaFlags): Promise<number> {
  refuseBoth(flags);
  const settings = await selectSchema(deps, flags, 'schema.clean');
  if (settings.url === undefined) throw new AppError('INPUT_INVALID', 'required flag "url" not set');
  const url = await deps.parseUrl(settings.url);
  const dialect = await dialectFor(deps, [settings.url], settings);
  const from = await loadState(deps, [settings.url], { dialect, settings, isDevOptional: true });
  const statements = planRealms(dialect, from, nothingOf(from)).statements('');
  const texts = statements.map(({ text }) => text);
  const { format } = settings;
  const report = async (applied: readonly string[], pending: readonly string[]): Promise<void> => {
    if (format !== undefined) deps.io.stdout(await renderApply(deps, format, url, { applied, pending }));
    else if (applied.length === 0) deps.io.stdout(texts.length === 0 ? NOTHING : HEADER + printStatements(statements));
  };
  if (texts.length === 0 || flags.dryRun === true) {
    await report([], texts);
    return 0;
  }
  if (format === undefined) await report([], texts);
  await approve(deps, flags);
  const outcome = await (await deps.engine()).runPlan(url, texts, 'file', DEFAULT_LIMITS);
  if (format !== undefined) await report(outcome.applied, texts.slice(outcome.applied.length));
  requireDone(outcome, texts.length);
  return 0;
}

/** A schema that a URL is bound to stays, and is empty; of a whole database nothing stays. */
const nothingOf = (from: Realm): Realm => (from.boundTo === undefined ? { objects: [], schemas: [] } : emptied(from));
