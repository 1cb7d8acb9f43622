import { DEFAULT_LIMITS, planRealms, printStatements, type Statement } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { documentPrinter } from '../migrate/output.ts';
import { renderApply } from '../render/schema.ts';
import { renderApproved } from '../render/schema-plan.ts';
import { approve, refuseBoth, requireDone } from './approve.ts';
import { type SchemaFlags, type SchemaSettings, selectSchemas } from './flags.ts';
import { dialectFor, loadState } from './load-state.ts';
import { statementsOfPlan } from './planned-file.ts';

const SYNCED = 'Schema is synced, no changes to be made\n';
const HEADER = '-- Planned Changes:\n';
const INDENT = '  ';

type Print = (text: string) => void;

/**
 * `schema apply`: brings a database to the desired state, once somebody has seen and approved what that takes. The targets of an env one after the
 * other; the first that fails ends the run (atlas-config-cli.md 2.2).
 */
export async function runApply(deps: MigrateDeps, flags: SchemaFlags): Promise<number> {
  parseTxMode(flags.txMode ?? 'file');
  refuseBoth(flags);
  const targets = await selectSchemas(deps, flags, 'schema.apply');
  const print = documentPrinter(deps);
  for (const [i, settings] of targets.entries()) {
    try {
      await applyOne(deps, flags, settings, print);
    } catch (error) {
      if (targets.length > 1) nameStop(deps, settings, targets.slice(i + 1));
      throw error;
    }
  }
  return 0;
}

/** At most this many names in one line on stderr. */
const NAMES_SHOWN = 20;

/** Atlas never says which target of a fleet it was. */
function nameStop(deps: MigrateDeps, { id }: SchemaSettings, rest: readonly SchemaSettings[]): void {
  deps.io.stderr(`target "${id}" failed\n`);
  if (rest.length === 0) return;
  const more = rest.length > NAMES_SHOWN ? ` and ${rest.length - NAMES_SHOWN} more` : '';
  deps.io.stderr(
    `not attempted: ${rest
      .slice(0, NAMES_SHOWN)
      .map((one) => one.id)
      .join(', ')}${more}\n`,
  );
}

async function applyOne(deps: MigrateDeps, flags: SchemaFlags, settings: SchemaSettings, print: Print): Promise<void> {
  const txMode = parseTxMode(flags.txMode ?? 'file');
  if (settings.url === undefined) throw new AppError('INPUT_INVALID', 'required flag "url" not set');
  if (flags.plan !== undefined && settings.to.length === 0)
    throw new AppError('INPUT_INVALID', 'the flag "to" is required to verify the provided plan');
  const url = await deps.parseUrl(settings.url);
  const dialect = await dialectFor(deps, [settings.url], settings);
  const request = { dialect, settings, isDevOptional: true };
  const to = await loadState(deps, settings.to, request);
  const from = await loadState(deps, [settings.url], request);
  const statements = planRealms(dialect, from, to).statements(INDENT);
  const planned = statements.map(({ text }) => text);
  const plan =
    flags.plan === undefined
      ? undefined
      : await statementsOfPlan(deps, flags.plan, settings, { dialect, from, to, statements: planned });
  const texts = plan?.statements ?? planned;
  if (flags.dryRun === true || texts.length === 0)
    return show(deps, settings, statements, { applied: [], pending: texts }, print);
  // What stands in a plan file was looked at when it was made.
  if (plan === undefined) {
    if (settings.format === undefined) print(HEADER + printStatements(statements));
    await approve(deps, flags);
  } else if (settings.format === undefined) print(renderApproved(plan.name, texts));
  const outcome = await (await deps.engine()).runPlan(url, texts, txMode, DEFAULT_LIMITS);
  const pending = texts.slice(outcome.applied.length);
  if (settings.format !== undefined) print(await renderApply(deps, settings.format, url, { ...outcome, pending }));
  requireDone(outcome, texts.length);
}

async function show(
  deps: MigrateDeps,
  settings: SchemaSettings,
  statements: readonly Statement[],
  report: { readonly applied: readonly string[]; readonly pending: readonly string[] },
  print: Print,
): Promise<void> {
  if (settings.format !== undefined && settings.url !== undefined)
    print(await renderApply(deps, settings.format, await deps.parseUrl(settings.url), report));
  else print(statements.length === 0 ? SYNCED : HEADER + printStatements(statements));
}

/** @throws AppError INPUT_INVALID in Atlas's words */
function parseTxMode(text: string): 'file' | 'none' {
  if (text === 'file' || text === 'none') return text;
  throw new AppError('INPUT_INVALID', `unknown tx-mode "${text}"`);
}
