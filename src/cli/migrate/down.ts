import type { Directory, DownOutcome, DownPlanned, Engine } from '../../engine/index.ts';
import { printFailure } from '../render/failure.ts';
import { renderDown } from '../render/migrate-down.ts';
import { type DownReport, makeDownReport } from '../render/migrate-down-report.ts';
import { downTemplateData } from '../render/template-data.ts';
import { parseAmount } from './amount.ts';
import type { MigrateDeps } from './deps.ts';
import { type MigrateFlags, requireUrl, type Settings, selectTargets } from './flags.ts';
import { openVerified } from './open-directory.ts';
import { coloursOf, documentPrinter } from './output.ts';
import { sessionOptions } from './session-options.ts';

export interface DownFlags extends MigrateFlags {
  readonly skipChecks?: boolean;
}

/**
 * `migrate down [amount]`: takes versions back by the way back that their files hold, one report a target. Of several targets none is touched where
 * one cannot be taken back; then the first target that fails ends the run, and those after it are named.
 */
export async function runDown(deps: MigrateDeps, flags: DownFlags, amountText: string | undefined): Promise<number> {
  const amount = parseAmount(amountText, 'revert');
  const { targets, project } = await selectTargets(deps, flags, 'migrate.down');
  const jobs: DownJob[] = [];
  for (const settings of targets) {
    requireUrl(settings);
    const directory = await openVerified(deps, settings.dir, settings.dirFormat, project?.memoryDirectories);
    jobs.push({ settings, directory, flags, amount, isOfFleet: targets.length > 1 });
  }
  const engine = await deps.engine();
  if (jobs.length > 1 && !(await canAllGoBack(deps, engine, jobs))) return 1;
  const print = documentPrinter(deps);
  for (const [i, job] of jobs.entries()) {
    if (await downOne(deps, engine, job, print)) continue;
    const rest = jobs.slice(i + 1).map(({ settings }) => settings.id);
    if (jobs.length > 1) deps.io.stderr(`target "${job.settings.id}" failed\n`);
    if (rest.length > 0) deps.io.stderr(`not attempted: ${rest.join(', ')}\n`);
    return 1;
  }
  return 0;
}

interface DownJob {
  readonly settings: Settings;
  readonly directory: Directory;
  readonly flags: DownFlags;
  readonly amount: number | undefined;
  readonly isOfFleet: boolean;
}

/** Asks every target first, and changes nothing: a fleet is not to be left with some targets back and the others not. */
async function canAllGoBack(deps: MigrateDeps, engine: Engine, jobs: readonly DownJob[]): Promise<boolean> {
  const targets = new Map<string, { readonly code: string; readonly ids: string[] }>();
  for (const job of jobs) {
    const outcome = await callDown(deps, engine, job, { dryRun: true, skipChecks: true });
    if (outcome.kind === 'cancelled') {
      deps.io.stderr('Abort: interrupted\n');
      return false;
    }
    if (outcome.kind !== 'failed') continue;
    const known = targets.get(outcome.text) ?? { code: outcome.error.code, ids: [] };
    targets.set(outcome.text, known);
    known.ids.push(job.settings.id);
  }
  for (const [text, { code, ids }] of targets) printFailure(deps.io, code, text + countOf(ids));
  if (targets.size > 0) deps.io.stderr('nothing was changed\n');
  return targets.size === 0;
}

const NAMED = 5;
const countOf = (ids: readonly string[]): string =>
  ` (${ids.length} ${ids.length === 1 ? 'target' : 'targets'}: ${ids.slice(0, NAMED).join(', ')}${ids.length > NAMED ? ', …' : ''})`;

function callDown(
  deps: MigrateDeps,
  engine: Engine,
  { settings, directory, flags, amount, isOfFleet }: DownJob,
  mode: { readonly dryRun: boolean; readonly skipChecks: boolean },
  onPlanned?: (plan: DownPlanned) => void,
): Promise<DownOutcome> {
  return engine.down(
    { id: settings.id, url: requireUrl(settings), revisionsSchema: settings.revisionsSchema },
    directory,
    {
      ...(amount === undefined ? {} : { amount }),
      ...(flags.toVersion === undefined ? {} : { toVersion: flags.toVersion }),
      ...mode,
      ...sessionOptions('down', settings, isOfFleet),
    },
    { signal: deps.io.signal, ...(onPlanned === undefined ? {} : { onPlanned }) },
  );
}

/** True where it succeeded. */
async function downOne(
  deps: MigrateDeps,
  engine: Engine,
  job: DownJob,
  print: (text: string) => void,
): Promise<boolean> {
  const { settings, flags } = job;
  const url = requireUrl(settings);
  const start = new Date(deps.clock.nowMs());
  const began = deps.clock.monotonicMs();
  let planned: DownPlanned | undefined;
  const mode = { dryRun: flags.dryRun ?? false, skipChecks: flags.skipChecks ?? false };
  const outcome = await callDown(deps, engine, job, mode, (plan) => {
    planned ??= plan;
  });
  const report = makeDownReport({ url, planned, outcome, start, end: new Date(deps.clock.nowMs()) });
  const hasReport = planned !== undefined || outcome.kind === 'unchanged';
  if (hasReport) print(await render(deps, settings.format, report, deps.clock.monotonicMs() - began));
  if (outcome.kind === 'cancelled') deps.io.stderr('Abort: interrupted\n');
  // A template that was rendered holds the error: stderr stays empty, and scripts read stdout (atlas-config-cli.md 3.7).
  else if (outcome.kind === 'failed' && (settings.format === undefined || !hasReport))
    printFailure(deps.io, outcome.error.code, outcome.text);
  return outcome.kind === 'reverted' || outcome.kind === 'unchanged';
}

const render = async (
  deps: MigrateDeps,
  template: string | undefined,
  report: DownReport,
  ms: number,
): Promise<string> =>
  template === undefined
    ? renderDown(report, ms, coloursOf(deps))
    : deps.renderTemplate(template, downTemplateData(report));
