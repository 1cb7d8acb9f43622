import { printGoDuration } from '../../shared/go-duration.ts';
import type { GoColours } from './go-colours.ts';
import type { AppliedFileReport, ApplyReport, ApplyTimes } from './migrate-apply-report.ts';

const NOTHING = 'No migration files to execute\n';
export const RULE = '  -------------------------';

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

function renderFile(file: AppliedFileReport, ms: number, { cyan, green, red, yellow }: GoColours): readonly string[] {
  const statements = renderStatements(file.Applied, cyan);
  const end =
    file.Error === null
      ? `  ${cyan('--')} ${green('ok')} (${yellow(printGoDuration(ms))})`
      : `    ${red(file.Error.Text)}`;
  return [`  ${cyan('--')} migrating version ${cyan(file.Version)}`, ...statements, end];
}

function renderFooter(files: readonly AppliedFileReport[], totalMs: number, { cyan }: GoColours): readonly string[] {
  const failed = files.filter((file) => file.Error !== null);
  const failedStatements = failed.filter((file) => file.Error?.Stmt !== '').length;
  const statements = files.reduce((sum, file) => sum + file.Applied.length, 0) - failedStatements;
  const parts = [
    printGoDuration(totalMs),
    summary('migration', files.length - failed.length, failed.length),
    summary('sql statement', statements, failedStatements),
  ];
  return parts.filter((part) => part !== '').map((part) => `  ${cyan('--')} ${part}`);
}

/** One line each, its further lines below its first. */
export const renderStatements = (statements: readonly string[], cyan: GoColours['cyan']): readonly string[] =>
  statements.map((statement) => `    ${cyan('->')} ${statement.replaceAll('\n', '\n       ')}`);

/** `2 migrations`, `1 migration ok, 1 with errors`, `1 migration with errors`; '' for none. */
export function summary(noun: string, ok: number, failed: number): string {
  const plural = (count: number): string => `${count} ${noun}${count > 1 ? 's' : ''}`;
  if (failed === 0) return ok === 0 ? '' : plural(ok);
  return ok === 0 ? `${plural(failed)} with errors` : `${plural(ok)} ok, ${failed} with errors`;
}
