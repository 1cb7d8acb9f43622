import type { Directory } from '../../engine/index.ts';
import { printFailure } from '../render/failure.ts';
import { renderApply } from '../render/migrate-apply.ts';
import { applyTemplateData } from '../render/template-data.ts';
import { parseAmount } from './amount.ts';
import { type AppliedTarget, type ApplyJob, applyTarget } from './apply-target.ts';
import type { MigrateDeps } from './deps.ts';
import {
  type MigrateFlags,
  parseExecOrder,
  parseTxMode,
  requireUrl,
  type Selection,
  type Settings,
  selectTargets,
} from './flags.ts';
import { nameUnasked } from './name-unasked.ts';
import { openVerified } from './open-directory.ts';
import { coloursOf, documentPrinter } from './output.ts';

/** At most this many names in one line on stderr. */
const NAMES_SHOWN = 20;

/** `migrate apply [amount]`: one report a target. Exit code 1 where a target fails; those after it are named as not attempted. */
export async function runApply(
  deps: MigrateDeps,
  flags: MigrateFlags,
  amountText: string | undefined,
): Promise<number> {
  const amount = parseAmount(amountText, 'apply');
  const selection = await selectTargets(deps, flags, 'migrate.apply');
  const jobs = await prepareJobs(deps, flags, amount, selection);
  const engine = await deps.engine();
  const print = documentPrinter(deps);
  const deployment = selection.project?.deployment;
  const unasked = deployment === undefined ? undefined : nameUnasked(deployment);
  if (unasked !== undefined) deps.io.stderr(unasked);
  if (deployment !== undefined && jobs.length > 1) {
    const { applyInGroups } = await import('./apply-in-groups.ts');
    const salt = `${flags.env}`;
    const report = (applied: AppliedTarget): Promise<boolean> => reportTarget(deps, applied, print);
    const result = await applyInGroups(deps, engine, { jobs, groups: deployment.groups, salt, report });
    if (!result.succeeded) nameStop(deps, result.cause, result.notAttempted);
    return result.succeeded ? 0 : 1;
  }
  for (const [i, job] of jobs.entries()) {
    if (await reportTarget(deps, await applyTarget(deps, engine, job), print)) continue;
    if (jobs.length > 1) nameStop(deps, null, jobs.slice(i + 1));
    return 1;
  }
  return 0;
}

/** Everything that can be refused is refused here, before the first connection to any target. */
async function prepareJobs(
  deps: MigrateDeps,
  flags: MigrateFlags,
  amount: number | undefined,
  { targets, project }: Selection,
): Promise<readonly ApplyJob[]> {
  const opened = new Map<string, Directory>();
  const open = async (settings: Settings): Promise<Directory> => {
    const key = `${settings.dirFormat ?? ''} ${settings.dir}`;
    const directory =
      opened.get(key) ?? (await openVerified(deps, settings.dir, settings.dirFormat, project?.memoryDirectories));
    opened.set(key, directory);
    return directory;
  };
  const jobs: ApplyJob[] = [];
  for (const settings of targets) {
    const directory = await open(settings);
    jobs.push({
      id: settings.id,
      target: settings.target,
      settings,
      url: requireUrl(settings),
      directory,
      txMode: parseTxMode(settings.txMode),
      execOrder: parseExecOrder(settings.execOrder),
      amount,
      allowDirty: flags.allowDirty ?? false,
      dryRun: flags.dryRun ?? false,
      isOfFleet: targets.length > 1,
    });
  }
  return jobs;
}

/** Prints the report of a target, whole. True where it succeeded. */
async function reportTarget(
  deps: MigrateDeps,
  { job, outcome, report, times }: AppliedTarget,
  print: (text: string) => void,
): Promise<boolean> {
  const template = job.settings.format;
  if (report !== undefined) {
    // A template's document is for programs.
    const isTold = template === undefined && outcome.kind !== 'unchanged' && !job.dryRun;
    for (const notice of isTold ? (job.settings.hooks?.notices ?? []) : []) print(`${notice}\n`);
    print(
      template === undefined
        ? renderApply(report, times, coloursOf(deps))
        : await deps.renderTemplate(template, applyTemplateData(report)),
    );
  }
  const succeeded = outcome.kind === 'applied' || outcome.kind === 'unchanged';
  if (outcome.kind === 'cancelled') deps.io.stderr('Abort: interrupted\n');
  // A template that was rendered holds the error: stderr stays empty, and scripts read stdout (atlas-config-cli.md 3.1).
  else if (outcome.kind === 'failed' && (template === undefined || report === undefined)) {
    printFailure(deps.io, outcome.error.code, outcome.text);
  }
  // Atlas never says which target of a fleet it was.
  if (!succeeded && job.isOfFleet) deps.io.stderr(`target "${job.id}" failed\n`);
  return succeeded;
}

/** Says on stderr why a fleet was stopped, and which targets were left alone. */
function nameStop(deps: MigrateDeps, cause: string | null, rest: readonly { readonly id: string }[]): void {
  if (cause !== null) deps.io.stderr(`stopped: ${cause}\n`);
  if (rest.length === 0) return;
  const names = rest.slice(0, NAMES_SHOWN).map(({ id }) => id);
  const more = rest.length > names.length ? ` and ${rest.length - names.length} more` : '';
  deps.io.stderr(`not attempted: ${names.join(', ')}${more}\n`);
}
