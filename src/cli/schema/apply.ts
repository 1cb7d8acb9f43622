import { DEFAULT_LIMITS, planRealms, printStatements, type Statement } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { renderApply } from '../render/schema.ts';
import { type SchemaFlags, type SchemaSettings, selectSchema } from './flags.ts';
import { dialectFor, loadState } from './load-state.ts';

const SYNCED = 'Schema is synced, no changes to be made\n';
const HEADER = '-- Planned Changes:\n';
const INDENT = '  ';

/** `schema apply`: brings a database to the desired state, once somebody has seen and approved what that takes. */
export async function runApply(deps: MigrateDeps, flags: SchemaFlags): Promise<number> {
  const txMode = parseTxMode(flags.txMode ?? 'file');
  if (flags.dryRun === true && flags.autoApprove === true)
    throw new AppError(
      'INPUT_INVALID',
      'if any flags in the group [dry-run auto-approve] are set none of the others can be; [auto-approve dry-run] were all set',
    );
  const settings = await selectSchema(deps, flags, 'schema.apply');
  if (settings.url === undefined) throw new AppError('INPUT_INVALID', 'required flag "url" not set');
  const url = await deps.parseUrl(settings.url);
  const dialect = await dialectFor(deps, [settings.url], settings);
  const request = { dialect, settings, isDevOptional: true };
  const to = await loadState(deps, settings.to, request);
  const from = await loadState(deps, [settings.url], request);
  const statements = planRealms(dialect, from, to).statements(INDENT);
  const texts = statements.map(({ text }) => text);
  if (flags.dryRun === true || statements.length === 0) {
    await show(deps, settings, statements, { applied: [], pending: texts });
    return 0;
  }
  if (settings.format === undefined) deps.io.stdout(HEADER + printStatements(statements));
  await approve(deps, flags);
  const outcome = await (await deps.engine()).runPlan(url, texts, txMode, DEFAULT_LIMITS);
  const pending = texts.slice(outcome.applied.length);
  if (settings.format !== undefined)
    deps.io.stdout(await renderApply(deps, settings.format, url, { ...outcome, pending }));
  if (outcome.error === undefined) return 0;
  const { statement, text } = outcome.error;
  throw new AppError('TARGET_STATEMENT', `executing statement ${JSON.stringify(statement)}: ${text}`, {
    next: `${outcome.applied.length} of ${texts.length} statements hold; mend the cause and apply again`,
  });
}

async function show(
  deps: MigrateDeps,
  settings: SchemaSettings,
  statements: readonly Statement[],
  report: { readonly applied: readonly string[]; readonly pending: readonly string[] },
): Promise<void> {
  if (settings.format !== undefined && settings.url !== undefined)
    deps.io.stdout(await renderApply(deps, settings.format, await deps.parseUrl(settings.url), report));
  else deps.io.stdout(statements.length === 0 ? SYNCED : HEADER + printStatements(statements));
}

async function approve(deps: MigrateDeps, flags: SchemaFlags): Promise<void> {
  if (flags.autoApprove === true) return;
  const answer = await deps.ask('Apply these changes? Only "yes" does: ');
  if (answer === 'yes') return;
  throw new AppError(
    'SCHEMA_NOT_APPROVED',
    answer === undefined
      ? 'the changes are not approved, and there is no terminal to ask at'
      : 'the changes were not approved',
    { next: 'read the plan, then pass --auto-approve' },
  );
}

/** @throws AppError INPUT_INVALID in Atlas's words */
function parseTxMode(text: string): 'file' | 'none' {
  if (text === 'file' || text === 'none') return text;
  throw new AppError('INPUT_INVALID', `unknown tx-mode "${text}"`);
}
