/** What `migrate down` did on one target: rendered as Atlas's text, or handed to a template (atlas-config-cli.md 5.4, 5.5). */
import type { DatabaseUrl, DownOutcome, DownPlanned, RevertedFile } from '../../engine/index.ts';
import { type FileName, fileName } from './migrate-apply-report.ts';

export interface RevertedFileReport extends FileName {
  readonly Start: string;
  readonly End: string;
  readonly Skipped: number;
  readonly Applied: readonly string[];
  /** `versions`: all in one transaction; `statement`: each statement by itself. */
  readonly Scope: string;
  readonly Error: { readonly Stmt: string; readonly Text: string } | null;
  /** Of the text only; `{{ json . }}` leaves them to `Error`. */
  readonly Checks: RevertedFile['checks'];
}

/** The fields of the template, in the order in which `{{ json . }}` prints them. */
export interface DownReport {
  readonly Planned: readonly (FileName & { readonly Content: string })[] | null;
  readonly Reverted: readonly RevertedFileReport[] | null;
  readonly Current: string;
  readonly Target: string;
  readonly Total: number;
  readonly Start: string;
  readonly End: string;
  readonly Error: string;
}

export interface DownFacts {
  readonly url: DatabaseUrl;
  readonly planned: DownPlanned | undefined;
  readonly outcome: DownOutcome;
  readonly start: Date;
  readonly end: Date;
}

export function makeDownReport({ planned, outcome, start, end }: DownFacts): DownReport {
  const files = outcome.kind === 'reverted' || outcome.kind === 'failed' ? outcome.files : [];
  const versions = planned?.versions ?? [];
  const scope = outcome.kind === 'reverted' ? outcome.scope : 'statement';
  const isOfFile = files.some(({ error, checks }) => error !== undefined || checks.error !== undefined);
  return {
    Planned: versions.length === 0 ? null : versions.map((file) => ({ ...fileName(file), Content: file.content })),
    Reverted: files.length === 0 ? null : files.map((file) => revertedFile(file, scope)),
    Current: planned?.current ?? (outcome.kind === 'unchanged' ? outcome.current : ''),
    Target: planned?.target ?? '',
    Total: versions.length,
    Start: start.toISOString(),
    End: end.toISOString(),
    Error: outcome.kind === 'failed' && !isOfFile ? outcome.text : '',
  };
}

const revertedFile = (one: RevertedFile, scope: string): RevertedFileReport => {
  const error = one.error ?? one.checks.error;
  return {
    ...fileName(one.file),
    Start: one.start.toISOString(),
    End: one.end.toISOString(),
    Skipped: one.skipped,
    Applied: one.statements,
    Scope: scope,
    Error: error === undefined ? null : { Stmt: error.statement ?? '', Text: error.text },
    Checks: one.checks,
  };
};
