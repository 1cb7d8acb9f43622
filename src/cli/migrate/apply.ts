import type { Directory } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { renderApply } from '../render/migrate-apply.ts';
import { applyTemplateData } from '../render/template-data.ts';
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
import { openVerified } from './open-directory.ts';
import { coloursOf, documentPrinter, printError } from './output.ts';

/** At most this many names in one line on stderr. */
const NAMES_SHOWN = 20;

/** `migrate apply [amount]`: one report a target. Exit code 1 where a target fails; those after it are named as not attempted. */
export async function runApply(
  deps: MigrateDeps,
  flags: MigrateFlags,
  amountText: string | undefined,
): Promise<number> {
  const amount = parseAmount(amountText);
  const selection = await selectTargets(deps, flags, 'migrate.apply');
  const jobs = await prepareJobs(deps, flags, amount, selection);
  const engine = await deps.engine();
  const print = documentPrinter(deps);
  for (const [i, job] of jobs.entries()) {
    const applied = await applyTarget(deps, engine, job);
    if (await reportTarget(deps, applied, print)) continue;
    if (jobs.length > 1) nameNotAttempted(deps, job.id, jobs.slice(i + 1));
    return 1;
  }
  return 0;
}

function parseAmount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) {
    throw new AppError(
      'INPUT_INVALID',
      `invalid amount argument "${text}" (strconv.ParseUint: parsing "${text}": invalid syntax). Omit the argument or pass a valid integer instead`,
    );
  }
  if (Number(text) === 0) throw new AppError('INPUT_INVALID', `cannot apply '${text}' migration files`);
  return Number(text);
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
      settings,
      url: requireUrl(settings),
      directory,
      txMode: parseTxMode(settings.txMode),
      execOrder: parseExecOrder(settings.execOrder),
      amount,
      allowDirty: flags.allowDirty ?? false,
      dryRun: flags.dryRun ?? false,
      lockScope: targets.length > 1 ? 'target' : 'atlas',
    });
  }
  return jobs;
}

/** Prints the report of a target, whole. True where it succeeded. */
export async function reportTarget(
  deps: MigrateDeps,
  { job, outcome, report, times }: AppliedTarget,
  print: (text: string) => void,
): Promise<boolean> {
  const template = job.settings.format;
  if (report !== undefined) {
    print(
      template === undefined
        ? renderApply(report, times, coloursOf(deps))
        : await deps.renderTemplate(template, applyTemplateData(report)),
    );
  }
  if (outcome.kind === 'cancelled') deps.io.stderr('Abort: interrupted\n');
  // A template that was rendered holds the error: stderr stays empty, and scripts read stdout (atlas-config-cli.md 3.1).
  else if (outcome.kind === 'failed' && (template === undefined || report === undefined))
    printError(deps, outcome.text);
  return outcome.kind === 'applied' || outcome.kind === 'unchanged';
}

/** Says on stderr which target stopped the run, and which were left alone. */
export function nameNotAttempted(deps: MigrateDeps, failed: string, rest: readonly { readonly id: string }[]): void {
  const names = rest.slice(0, NAMES_SHOWN).map(({ id }) => id);
  const more = rest.length > names.length ? ` and ${rest.length - names.length} more` : '';
  const left = rest.length === 0 ? '' : `; not attempted: ${names.join(', ')}${more}`;
  deps.io.stderr(`target "${failed}" failed${left}\n`);
}
