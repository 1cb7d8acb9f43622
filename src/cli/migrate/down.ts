import type { Directory, DownPlanned, Engine } from '../../engine/index.ts';
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
 * `migrate down [amount]`: takes versions back by the way back that their files hold, one report a target. Everything that can be refused without a
 * connection is refused first; the first target that fails ends the run, and those after it are named.
 */
export async function runDown(deps: MigrateDeps, flags: DownFlags, amountText: string | undefined): Promise<number> {
  const amount = parseAmount(amountText, 'revert');
  const { targets, project } = await selectTargets(deps, flags, 'migrate.down');
  const jobs: { readonly settings: Settings; readonly directory: Directory }[] = [];
  for (const settings of targets) {
    requireUrl(settings);
    const directory = await openVerified(deps, settings.dir, settings.dirFormat, project?.memoryDirectories);
    jobs.push({ settings, directory });
  }
  const engine = await deps.engine();
  const print = documentPrinter(deps);
  for (const [i, job] of jobs.entries()) {
    if (await downOne(deps, engine, { ...job, flags, amount, isOfFleet: jobs.length > 1 }, print)) continue;
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

/** True where it succeeded. */
async function downOne(
  deps: MigrateDeps,
  engine: Engine,
  { settings, directory, flags, amount, isOfFleet }: DownJob,
  print: (text: string) => void,
): Promise<boolean> {
  const url = requireUrl(settings);
  const start = new Date(deps.clock.nowMs());
  const began = deps.clock.monotonicMs();
  let planned: DownPlanned | undefined;
  const outcome = await engine.down(
    { id: settings.id, url, revisionsSchema: settings.revisionsSchema },
    directory,
    {
      ...(amount === undefined ? {} : { amount }),
      ...(flags.toVersion === undefined ? {} : { toVersion: flags.toVersion }),
      dryRun: flags.dryRun ?? false,
      skipChecks: flags.skipChecks ?? false,
      ...sessionOptions('down', settings, isOfFleet),
    },
    {
      signal: deps.io.signal,
      onPlanned: (plan) => {
        planned ??= plan;
      },
    },
  );
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
