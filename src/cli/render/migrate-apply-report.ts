/** What `migrate apply` did on one target: rendered as Atlas's text, or handed to a template. */

import type { AppliedFile, ApplyOutcome, CheckReport, DatabaseUrl, MigrationFile } from '../../engine/index.ts';
import { type GoUrl, goUrl } from './go-url.ts';

export interface FileName {
  readonly Name: string;
  readonly Version: string;
  readonly Description: string;
}

export interface CheckFileReport {
  readonly Name: string;
  readonly Stmts: readonly { readonly Stmt: string; readonly Error: string }[];
  readonly Error: { readonly Stmt: string; readonly Text: string } | null;
  readonly Start: string;
  readonly End: string;
}

export interface AppliedFileReport extends FileName {
  readonly Start: string;
  readonly End: string;
  /** Statements that an earlier try had done. */
  readonly Skipped: number;
  /** With the failed one, which is the last. */
  readonly Applied: readonly string[];
  readonly Error: { readonly Stmt: string; readonly Text: string } | null;
  readonly Checks: readonly CheckFileReport[];
}

/** The fields of the template, in the order in which `{{ json . }}` prints them. */
export interface ApplyReport {
  readonly Driver: string;
  readonly URL: GoUrl;
  readonly Dir: string;
  readonly Pending: readonly FileName[] | null;
  readonly Applied: readonly AppliedFileReport[] | null;
  readonly Current: string;
  readonly Target: string;
  readonly Start: string;
  readonly End: string;
  readonly Error: string;
  readonly Message: string;
}

/** Milliseconds, by a monotonic clock: of the whole run, and of each file by name. */
export interface ApplyTimes {
  readonly totalMs: number;
  readonly fileMs: ReadonlyMap<string, number>;
}

export const fileName = (file: MigrationFile): FileName => ({
  Name: file.name,
  Version: file.version,
  Description: file.description,
});

export const driverName = (url: DatabaseUrl): string => (url.scheme === 'postgresql' ? 'postgres' : url.scheme);

export interface ApplyFacts {
  readonly url: DatabaseUrl;
  readonly dir: string;
  /** What the engine planned; undefined where it failed before that. */
  readonly planned:
    | { readonly pending: readonly MigrationFile[]; readonly current: string; readonly target: string }
    | undefined;
  readonly outcome: ApplyOutcome;
  readonly start: Date;
  readonly end: Date;
}

export function makeApplyReport({ url, dir, planned, outcome, start, end }: ApplyFacts): ApplyReport {
  const files = 'files' in outcome ? outcome.files : [];
  const pending = planned?.pending ?? [];
  const current = planned?.current ?? (outcome.kind === 'unchanged' ? outcome.current : '');
  const target = pending.length === 0 ? '' : (planned?.target ?? '');
  const error = outcome.kind === 'failed' ? outcome.text : outcome.kind === 'cancelled' ? 'interrupted' : '';
  return {
    Driver: driverName(url),
    URL: goUrl(url),
    Dir: dir,
    Pending: pending.length === 0 ? null : pending.map(fileName),
    Applied: files.length === 0 ? null : files.map(appliedFile),
    Current: current,
    Target: target,
    Start: start.toISOString(),
    End: end.toISOString(),
    Error: error,
    Message: messageOf(error, current, target, pending.length),
  };
}

const messageOf = (error: string, current: string, target: string, count: number): string => {
  if (error !== '') return '';
  if (count === 0) return 'No migration files to execute';
  return `Migrated to version ${target} from ${current} (${count} migrations in total)`;
};

const hasFailedChecks = ({ checks = [] }: AppliedFile): boolean => checks.some(({ error }) => error !== undefined);

const checkFile = ({ name, statements, error, start, end }: CheckReport): CheckFileReport => ({
  Name: name,
  Stmts: statements.map((one) => ({ Stmt: one.statement, Error: one.error ?? '' })),
  Error: error === undefined ? null : { Stmt: error.statement, Text: error.text },
  Start: start.toISOString(),
  End: end.toISOString(),
});

function appliedFile(one: AppliedFile): AppliedFileReport {
  const { error } = one;
  const failed = error?.statement;
  // An assertion that failed is listed with the checks.
  const isListed = failed === undefined || one.statements.at(-1) === failed || hasFailedChecks(one);
  return {
    ...fileName(one.file),
    Start: one.start.toISOString(),
    End: one.end.toISOString(),
    Skipped: one.skipped,
    Applied: isListed ? one.statements : [...one.statements, failed],
    Error: error === undefined ? null : { Stmt: failed ?? '', Text: error.text },
    Checks: (one.checks ?? []).map(checkFile),
  };
}
