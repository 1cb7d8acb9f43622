import { printGoDuration } from '../../shared/go-duration.ts';
import type { GoColours } from './go-colours.ts';
import type { AppliedFileReport } from './migrate-apply-report.ts';
import { renderStatements, summary } from './report-lines.ts';

export const hasFailedChecks = ({ Checks }: AppliedFileReport): boolean => Checks.some((check) => check.Error !== null);

/** The part of Atlas's report that stands above a file's own (atlas-config-cli.md 3.5); nothing for a file without checks. */
export function renderChecks(
  { Version, Checks }: AppliedFileReport,
  { cyan, green, red, yellow }: GoColours,
): readonly string[] {
  const [first, last] = [Checks[0], Checks.at(-1)];
  if (first === undefined || last === undefined) return [];
  const ms = Date.parse(last.End) - Date.parse(first.Start);
  return [
    `  ${cyan('--')} checks before migrating version ${cyan(Version)}`,
    ...renderStatements(
      Checks.flatMap(({ Stmts }) => Stmts.map(({ Stmt }) => Stmt)),
      cyan,
    ),
    last.Error === null
      ? `  ${cyan('--')} ${green('ok')} (${yellow(printGoDuration(ms))})`
      : `    ${red(last.Error.Text)}`,
  ];
}

/** `3 checks`, `2 checks ok, 1 failure`, `1 check error`; '' for none. An assertion that `oneof` does without is no failure. */
export function summaryOfChecks(files: readonly AppliedFileReport[]): string {
  const checks = files.flatMap(({ Checks }) => Checks);
  const asked = checks.reduce((sum, { Stmts }) => sum + Stmts.length, 0);
  const bad = checks
    .filter((check) => check.Error !== null)
    .flatMap(({ Stmts }) => Stmts.filter((one) => one.Error !== ''));
  const [ok, failed] = [asked - bad.length, bad.length];
  const plural = (count: number): string => (count > 1 ? 's' : '');
  if (failed === 0) return summary('check', ok, 0);
  return ok === 0
    ? `${failed} check error${plural(failed)}`
    : `${ok} check${plural(ok)} ok, ${failed} failure${plural(failed)}`;
}
