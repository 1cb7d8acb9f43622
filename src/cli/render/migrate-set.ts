import type { SetReport } from '../../engine/index.ts';
import type { GoColours } from './go-colours.ts';

/** Atlas's report of `migrate set` (atlas-config-cli.md 3.2). */
export function renderSet(report: SetReport, { cyan, green, red, yellow }: GoColours): string {
  const rows = [
    ...report.set.map((row) => ({ row, sign: green('+') })),
    ...report.removed.map((row) => ({ row, sign: red('-') })),
  ].toSorted((a, b) => (a.row.version < b.row.version ? -1 : 1));
  const list = rows.map(({ row, sign }) => {
    const description = row.description === '' ? '' : ` (${row.description})`;
    return `  ${sign} ${row.version}${description}\n`;
  });
  const body = list.length === 0 ? '' : `\n${list.join('')}\n`;
  if (report.current === '')
    return `All revisions deleted (${yellow(String(report.removed.length))} in total):\n${body}`;
  const counts = [
    ...(report.set.length > 0 ? [`${report.set.length} set`] : []),
    ...(report.removed.length > 0 ? [`${report.removed.length} removed`] : []),
  ];
  return `Current version is ${cyan(report.current)}${counts.length === 0 ? '' : ` (${counts.join(', ')}):`}\n${body}`;
}
