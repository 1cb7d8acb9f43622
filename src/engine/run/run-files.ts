import { type ApplyContext, askGate, tellFileStarted } from './apply-context.ts';
import type { Progress } from './apply-progress.ts';
import { runChecks } from './run-checks.ts';
import { type FileRun, runByStatement, runInTransaction } from './run-file.ts';
import { runHooks } from './run-hooks.ts';
import type { AppliedFile } from './types.ts';

/**
 * Runs files, each in a transaction of its own or all in one, as the options say, with their checks and the hooks of the transaction.
 * @throws FileFailed
 * @throws ChecksFailed
 * @throws HookFailed
 * @throws GateClosed
 */
export const runFiles = (context: ApplyContext, progress: Progress, runs: readonly FileRun[]): Promise<void> =>
  context.options.txMode === 'all' ? runAll(context, progress, runs) : runEach(context, progress, runs);

async function runEach(context: ApplyContext, progress: Progress, runs: readonly FileRun[]): Promise<void> {
  const { session } = context;
  for (const run of runs) {
    if (run.ready.txMode !== 'none' && session.canRollBack(run.ready.texts)) {
      await session.begin();
      await askGate(context, progress);
      tellFileStarted(context, run);
      await enterTransaction(context, progress);
      const checked = await checkFirst(context, progress, run);
      const applied = await runInTransaction(context, checked, true);
      progress.isInTransaction = false;
      progress.hasLanded = true;
      tellFileFinished(context, progress, applied);
      progress.committed = progress.files.length;
    } else {
      await runPlain(context, progress, run);
    }
  }
}

async function enterTransaction(context: ApplyContext, progress: Progress): Promise<void> {
  progress.isInTransaction = true;
  await runHooks(context, 'afterBegin', true);
}

/** Statement by statement. The hooks of a transaction run around a file that only has none because the database ends it with each statement. */
async function runPlain(context: ApplyContext, progress: Progress, run: FileRun): Promise<void> {
  await context.session.holdLocks?.();
  await askGate(context, progress);
  tellFileStarted(context, run);
  const hasHooks = run.ready.txMode !== 'none';
  if (hasHooks) await runHooks(context, 'afterBegin', false);
  const checked = await checkFirst(context, progress, run);
  progress.hasLanded = true;
  tellFileFinished(context, progress, await runByStatement(context, checked));
  progress.committed = progress.files.length;
  if (hasHooks) await runHooks(context, 'beforeCommit', false);
}

/** All files in one transaction. Where the database cannot roll them back together, each statement stands for itself. */
async function runAll(context: ApplyContext, progress: Progress, runs: readonly FileRun[]): Promise<void> {
  const { session } = context;
  if (!session.canRollBack(runs.flatMap(({ ready }) => ready.texts))) {
    for (const run of runs) await runPlain(context, progress, run);
    return;
  }
  if (runs.length === 0) return;
  await session.begin();
  await askGate(context, progress);
  const { current } = progress;
  await enterTransaction(context, progress);
  try {
    for (const [i, run] of runs.entries()) {
      tellFileStarted(context, run);
      const checked = await checkFirst(context, progress, run);
      tellFileFinished(context, progress, await runInTransaction(context, checked, i === runs.length - 1));
    }
  } catch (error) {
    progress.current = current; // all of them are rolled back
    throw error;
  }
  progress.isInTransaction = false;
  progress.hasLanded = true;
  progress.committed = progress.files.length;
}

/** Asks the checks of a file that has some. They may take their time: then the gate is asked again. */
async function checkFirst(context: ApplyContext, progress: Progress, run: FileRun): Promise<FileRun> {
  const checks = await runChecks(context, run);
  if (checks.length > 0) await askGate(context, progress);
  return { ...run, checks };
}

export function tellFileFinished(context: ApplyContext, progress: Progress, applied: AppliedFile): void {
  const { version } = applied.file;
  progress.files.push(applied);
  // A file out of order is older than where the target stands.
  if (progress.current === null || version > progress.current) progress.current = version;
  context.callbacks.onProgress?.({ kind: 'FileFinished', file: applied.file, at: applied.end });
}
