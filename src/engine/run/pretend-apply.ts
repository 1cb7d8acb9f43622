import type { MigrationFile } from '../directory/types.ts';
import { type ApplyContext, now, tellFileStarted } from './apply-context.ts';
import type { Planned } from './plan-target.ts';
import { runChecks } from './run-checks.ts';
import type { AppliedFile, ApplyOutcome, CheckReport } from './types.ts';

/**
 * A dry run tells what would happen, in the same words, and does nothing. It asks the checks of the first file: those of a later one ask about what
 * the files before it make.
 */
export async function pretendApply(context: ApplyContext, { pending, runs }: Planned): Promise<ApplyOutcome> {
  const { callbacks } = context;
  const [first] = runs;
  let checks: readonly CheckReport[] = [];
  if (first !== undefined && first.ready.checks.length > 0) {
    tellFileStarted(context, first);
    checks = await runChecks(context, first);
  }
  const files = runs.map((run): AppliedFile => {
    const { ready, done } = run;
    const at = now(context);
    const statements = ready.texts.slice(done);
    const { file } = ready;
    callbacks.onProgress?.({ kind: 'FileStarted', file, skipped: done, at });
    for (const [i, statement] of statements.entries()) {
      const index = done + i;
      callbacks.onProgress?.({ kind: 'StatementStarted', file, index, statement, at });
      callbacks.onProgress?.({ kind: 'StatementFinished', file, index, statement, durationMs: 0 });
    }
    callbacks.onProgress?.({ kind: 'FileFinished', file, at });
    return {
      file,
      statements,
      skipped: done,
      start: at,
      end: at,
      ...(run === first && checks.length > 0 ? { checks } : {}),
    };
  });
  return {
    kind: 'applied',
    from: pending.current,
    to: lastVersion(pending.files, pending.current),
    files,
    attempts: 1,
  };
}

const lastVersion = (files: readonly MigrationFile[], current: string): string =>
  files.reduce((last, { version }) => (version > last ? version : last), current);
