import type { DatabaseUrl, Revision, StatusReport } from '../../engine/index.ts';
import type { GoColours } from './go-colours.ts';
import { type GoUrl, goUrl } from './go-url.ts';
import { driverName, type FileName, fileName } from './migrate-apply-report.ts';

/** A row of the revisions table as templates see it. Hashes are hidden, as in Atlas. */
export interface RevisionReport {
  readonly Version: string;
  readonly Description: string;
  readonly Type: string;
  readonly Applied: number;
  readonly Total: number;
  readonly ExecutedAt: string;
  /** Nanoseconds. */
  readonly ExecutionTime: number;
  readonly Error: string;
  readonly ErrorStmt: string;
  readonly OperatorVersion: string;
}

/** The fields of `migrate status`, in the order in which `{{ json . }}` prints them. */
export interface MigrateStatus {
  readonly Env: { readonly Driver: string; readonly URL: GoUrl; readonly Dir: string };
  readonly Available: readonly FileName[] | null;
  readonly OutOfOrder: readonly FileName[] | null;
  readonly Pending: readonly FileName[] | null;
  readonly Applied: readonly RevisionReport[] | null;
  readonly Current: string;
  readonly Next: string;
  readonly Count: number;
  readonly Total: number;
  readonly Status: string;
  readonly Error: string;
  readonly SQL: string;
}

const NONE_YET = 'No migration applied yet';
const AT_LATEST = 'Already at latest version';

const TYPES = [
  [1, 'baseline'],
  [2, 'applied'],
  [4, 'manually set'],
] as const;

const revisionReport = (row: Revision): RevisionReport => ({
  Version: row.version,
  Description: row.description,
  Type: TYPES.filter(([bit]) => (row.type & bit) !== 0)
    .map(([, name]) => name)
    .join(' + '),
  Applied: row.applied,
  Total: row.total,
  ExecutedAt: row.executedAt.toISOString(),
  ExecutionTime: Number(row.executionTime),
  Error: row.error,
  ErrorStmt: row.errorStmt,
  OperatorVersion: row.operatorVersion,
});

const listOrNull = <T, R>(items: readonly T[], map: (item: T) => R): readonly R[] | null =>
  items.length === 0 ? null : items.map(map);

export function makeStatus(report: StatusReport, url: DatabaseUrl, dir: string): MigrateStatus {
  return {
    Env: { Driver: driverName(url), URL: goUrl(url), Dir: dir },
    Available: listOrNull(report.available, fileName),
    OutOfOrder: listOrNull(report.outOfOrder, fileName),
    Pending: listOrNull(report.pending, fileName),
    Applied: listOrNull(report.applied, revisionReport),
    Current: report.current === '' ? NONE_YET : report.current,
    Next: report.next === '' ? AT_LATEST : report.next,
    Count: report.count,
    Total: report.total,
    Status: report.status,
    Error: report.error,
    SQL: report.sql,
  };
}

/** Atlas's report (atlas-config-cli.md 3.5). As there, without a newline at its end. */
export function renderStatus(status: MigrateStatus, { cyan, green, red, yellow }: GoColours): string {
  const isPartial = status.Total > 0 && status.Count < status.Total;
  const isOk = status.Status === 'OK';
  const isKnown = status.Next !== AT_LATEST && status.Next !== 'UNKNOWN';
  const field = (name: string, value: string): string => `  ${cyan('--')} ${`${name}:`.padEnd(16)} ${value}`;
  const out = status.OutOfOrder?.length ?? 0;
  const pending = (status.Pending?.length ?? 0) + out;
  const lines = [
    `Migration Status: ${isOk ? green('OK') : yellow('PENDING')}`,
    field('Current Version', cyan(status.Current) + (isPartial ? ` (${status.Count} statements applied)` : '')),
    field(
      'Next Version',
      (isKnown ? cyan(status.Next) : status.Next) +
        (isPartial ? ` (${status.Total - status.Count} statements left)` : ''),
    ),
    field('Executed Files', `${status.Applied?.length ?? 0}${isPartial ? ' (last one partially)' : ''}`),
    field('Pending Files', `${pending}${outOfOrder(out, pending)}`),
  ];
  if (isPartial && status.Error !== '') {
    lines.push(
      '',
      'Last migration attempt had errors:',
      `  ${cyan('--')} SQL:   ${red(status.SQL.replaceAll('\n', ' '))}`,
      `  ${cyan('--')} ${red('ERROR:')} ${red(status.Error.replaceAll('\n', ' '))}`,
    );
  } else if (status.Error !== '') {
    lines.push('', `  ${red('ERROR:')} ${status.Error}`);
  }
  return lines.join('\n');
}

const outOfOrder = (out: number, all: number): string =>
  out === 0 ? '' : out === all ? ' (out of order)' : ` (${out} out of order)`;
