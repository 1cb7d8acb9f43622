import { printGoDuration } from '../../shared/go-duration.ts';
import type { GoColours } from './go-colours.ts';
import type { DownReport, RevertedFileReport } from './migrate-down-report.ts';
import { RULE, renderStatements, summary } from './report-lines.ts';

const NOTHING = 'No migrations to revert\n';

/** Atlas's report of one target (atlas-config-cli.md 5.4); where that shows no sample, in the words of `migrate apply`. */
export function renderDown(report: DownReport, totalMs: number, colours: GoColours): string {
  const { cyan, red } = colours;
  if (report.Total === 0 && report.Error === '') return NOTHING;
  const target = report.Target === '' ? 'the empty database' : cyan(report.Target);
  const noun = report.Total === 1 ? 'migration' : 'migrations';
  const lines = [
    `Migrating down from version ${cyan(report.Current)} to ${target} (${report.Total} ${noun} in total):`,
    '',
  ];
  const files = report.Reverted ?? [];
  for (const file of files) lines.push(...renderFile(file, colours));
  if (report.Error !== '') lines.push(`    ${red(report.Error)}`, '');
  lines.push(cyan(RULE), ...renderFooter(files, totalMs, colours));
  return `${lines.join('\n')}\n`;
}

const durationOf = ({ Start, End }: RevertedFileReport): number => Date.parse(End) - Date.parse(Start);

function renderFile(file: RevertedFileReport, { cyan, green, red, yellow }: GoColours): readonly string[] {
  const lines: string[] = [];
  const { statements, durationMs, error } = file.Checks;
  if (statements.length > 0) {
    lines.push(
      `  ${cyan('--')} checks before reverting version ${cyan(file.Version)}`,
      ...renderStatements(statements, cyan),
    );
    const ok = `  ${cyan('--')} ${green('ok')} (${yellow(printGoDuration(durationMs))})`;
    lines.push(error === undefined ? ok : `    ${red(error.text)}`, '');
  }
  if (error !== undefined) return lines;
  lines.push(`  ${cyan('--')} reverting version ${cyan(file.Version)}`, ...renderStatements(file.Applied, cyan));
  lines.push(
    file.Error === null
      ? `  ${cyan('--')} ${green('ok')} (${yellow(printGoDuration(durationOf(file)))})`
      : `    ${red(file.Error.Text)}`,
    '',
  );
  return lines;
}

function renderFooter(files: readonly RevertedFileReport[], totalMs: number, { cyan }: GoColours): readonly string[] {
  const failed = files.filter((file) => file.Error !== null);
  const failedStatements = failed.filter((file) => file.Checks.error === undefined && file.Error?.Stmt !== '').length;
  const failedChecks = files.filter(({ Checks }) => Checks.error !== undefined).length;
  const statements = files.reduce((sum, file) => sum + file.Applied.length, 0) - failedStatements;
  const parts = [
    printGoDuration(totalMs),
    summary('migration', files.length - failed.length, failed.length),
    // Atlas counts no checks that went well here, as `migrate apply` does.
    summary('check', 0, failedChecks),
    summary('sql statement', statements, failedStatements),
  ];
  return parts.filter((part) => part !== '').map((part) => `  ${cyan('--')} ${part}`);
}
