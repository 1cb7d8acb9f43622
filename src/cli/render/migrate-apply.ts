import { printGoDuration } from '../../shared/go-duration.ts';
import type { GoColours } from './go-colours.ts';
import type { AppliedFileReport, ApplyReport, ApplyTimes } from './migrate-apply-report.ts';
import { hasFailedChecks, renderChecks, summaryOfChecks } from './migrate-checks.ts';
import { RULE, renderStatements, summary } from './report-lines.ts';

const NOTHING = 'No migration files to execute\n';

/** Atlas's report of one target (atlas-config-cli.md 3.5), with its final newline. */
export function renderApply(report: ApplyReport, times: ApplyTimes, colours: GoColours): string {
  const { cyan, red } = colours;
  if (report.Pending === null && report.Error === '') return NOTHING;
  const from = report.Current === '' ? '' : ` from ${cyan(report.Current)}`;
  const count = report.Pending?.length ?? 0;
  const lines = [`Migrating to version ${cyan(report.Target)}${from} (${count} migrations in total):`, ''];
  const files = report.Applied ?? [];
  for (const file of files) lines.push(...renderFile(file, times.fileMs.get(file.Name) ?? 0, colours), '');
  if (report.Error !== '' && files.every((file) => file.Error === null)) lines.push(`    ${red(report.Error)}`, '');
  lines.push(cyan(RULE), ...renderFooter(files, times.totalMs, colours));
  return `${lines.join('\n')}\n`;
}

function renderFile(file: AppliedFileReport, ms: number, colours: GoColours): readonly string[] {
  const { cyan, green, red, yellow } = colours;
  const checks = renderChecks(file, colours);
  if (hasFailedChecks(file)) return checks;
  const statements = renderStatements(file.Applied, cyan);
  const end =
    file.Error === null
      ? `  ${cyan('--')} ${green('ok')} (${yellow(printGoDuration(ms))})`
      : `    ${red(file.Error.Text)}`;
  return [
    ...checks,
    ...(checks.length === 0 ? [] : ['']),
    `  ${cyan('--')} migrating version ${cyan(file.Version)}`,
    ...statements,
    end,
  ];
}

function renderFooter(files: readonly AppliedFileReport[], totalMs: number, { cyan }: GoColours): readonly string[] {
  const failed = files.filter((file) => file.Error !== null);
  const failedStatements = failed.filter((file) => file.Error?.Stmt !== '' && !hasFailedChecks(file)).length;
  const statements = files.reduce((sum, file) => sum + file.Applied.length, 0) - failedStatements;
  const parts = [
    printGoDuration(totalMs),
    summary('migration', files.length - failed.length, failed.length),
    summaryOfChecks(files),
    summary('sql statement', statements, failedStatements),
  ];
  return parts.filter((part) => part !== '').map((part) => `  ${cyan('--')} ${part}`);
}
