import { askGate, GateClosed, now, type RunDeps } from './apply-context.ts';
import { halfDownRow } from './half-down.ts';
import { pauseBeforeRetry } from './lock-retry.ts';
import { type DownRun, planDown } from './plan-down.ts';
import { type Driver, DriverError, type Session } from './ports.ts';
import { commentOf } from './statement-comment.ts';
import { type Worded, wordDriverError, wordRefusal } from './target-error.ts';
import type { DownCallbacks, DownOutcome, Engine, RevertedFile } from './types.ts';

type Call = Parameters<Engine['down']>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface DownContext {
  readonly deps: RunDeps;
  readonly driver: Driver;
  readonly session: Session;
  readonly target: Call[0];
  readonly directory: Call[1];
  readonly options: Call[2];
  readonly callbacks: DownCallbacks;
}

/** What one call has done so far, over all its attempts. */
interface Progress {
  current: string | null;
  files: Mutable<RevertedFile>[];
  /** Something has been run to stay: from then on the gate is not asked, the target is brought to its end. */
  hasLanded: boolean;
}

/** A check said no. */
class CheckFailed extends Error {}

/** Engine.down on an open driver. Never throws for what the database or the directory does wrong. */
export async function downTarget(deps: RunDeps, driver: Driver, call: Call): Promise<DownOutcome> {
  const [target, directory, options, callbacks = {}] = call;
  const progress: Progress = { current: null, files: [], hasLanded: false };
  const request = { target, limits: options.limits, sessionName: options.sessionName, signal: callbacks.signal };
  try {
    const session = await driver.open(request);
    try {
      return await downOnSession({ deps, driver, session, target, directory, options, callbacks }, progress);
    } finally {
      await session.release();
    }
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return error.kind === 'cancelled' ? { kind: 'cancelled' } : failed(progress, wordDriverError(error));
  }
}

const failed = ({ current, files }: Progress, { error, text }: Worded): DownOutcome => ({
  kind: 'failed',
  current,
  files,
  error,
  text,
});

/** Tries until it is done, or fails in a way that another try would not mend. */
async function downOnSession(context: DownContext, progress: Progress): Promise<DownOutcome> {
  const { session, options, callbacks } = context;
  for (let retry = 0; ; retry++) {
    try {
      return await attempt(context, progress);
    } catch (error) {
      await session.rollback();
      if (error instanceof GateClosed) return { kind: 'held' };
      if (error instanceof CheckFailed) {
        return failed(progress, wordRefusal({ code: 'DOWN_CHECK_FAILED', text: error.message }));
      }
      if (!(error instanceof DriverError)) throw error;
      if (error.kind === 'cancelled' || callbacks.signal?.aborted) return { kind: 'cancelled' };
      const isWorthIt = error.kind === 'lock-timeout' || error.kind === 'history-moved';
      if (isWorthIt && !error.sessionLost && retry < options.lockRetries) {
        await pauseBeforeRetry(context, retry);
        continue;
      }
      const at = progress.files.at(-1);
      const statement = at?.error?.statement;
      return failed(
        progress,
        wordDriverError(
          error,
          at === undefined || statement === undefined ? undefined : { statement, version: at.file.version },
        ),
      );
    }
  }
}

async function attempt(context: DownContext, progress: Progress): Promise<DownOutcome> {
  const { session, options, callbacks, driver, directory } = context;
  progress.files = progress.files.filter(({ error }) => progress.hasLanded && error === undefined);
  const history = options.dryRun ? await session.read() : await session.lockAndRead(options.lock);
  const plan = planDown(driver, history, directory, options);
  if (plan.kind === 'refused') return failed({ ...progress, current: plan.current }, plan.worded);
  const { runs, planned } = plan;
  progress.current ??= planned.current;
  if (runs.length === 0 && progress.files.length === 0) return { kind: 'unchanged', current: planned.current };
  callbacks.onPlanned?.(planned);
  const isWhole = runs.every(({ file, texts }) => file.txMode !== 'none' && session.canRollBack(texts));
  if (options.dryRun) await pretend(context, progress, runs);
  else if (isWhole) await downTogether(context, progress, runs);
  else await downByStatement(context, progress, runs, planned.target);
  return {
    kind: 'reverted',
    from: planned.current,
    to: planned.target,
    files: progress.files,
    scope: isWhole ? 'versions' : 'statement',
  };
}

function beginFile(context: DownContext, progress: Progress, { file, half }: DownRun): Mutable<RevertedFile> {
  const at = now(context);
  const entry = {
    file,
    checks: { statements: [], durationMs: 0 },
    statements: [],
    skipped: half.done,
    start: at,
    end: at,
  };
  progress.files.push(entry);
  return entry;
}

/** @throws CheckFailed where a table or column that would be dropped holds data */
async function runChecks(
  { session, deps }: DownContext,
  entry: Mutable<RevertedFile>,
  { checks, file }: DownRun,
): Promise<void> {
  const beganMs = deps.clock.monotonicMs();
  for (const check of checks) {
    const isEmpty = await session.ask(check);
    if (isEmpty === null) continue;
    const answer = (await session.ask(isEmpty)) ?? '';
    const durationMs = deps.clock.monotonicMs() - beganMs;
    entry.checks = { statements: [...entry.checks.statements, isEmpty], durationMs };
    if (['1', 't', 'true'].includes(answer)) continue;
    const text = `check assertion "${isEmpty}" returned false: version "${file.version}" is not taken back, its data would be lost`;
    entry.checks = { ...entry.checks, error: { statement: isEmpty, text } };
    throw new CheckFailed(text);
  }
}

/** One statement, told to whoever asks what is in flight. */
async function runStatement(
  { deps, target, options, callbacks }: DownContext,
  entry: Mutable<RevertedFile>,
  { statement, index }: { readonly statement: string; readonly index: number },
  execute: (comment: string | undefined) => Promise<void>,
): Promise<void> {
  const { file } = entry;
  const done = deps.inFlight.begin({ targetId: target.id, sessionName: options.sessionName }, statement);
  // The failed statement is listed, as the last.
  entry.statements = [...entry.statements, statement];
  const beganMs = deps.clock.monotonicMs();
  callbacks.onStatement?.({ kind: 'StatementStarted', file, index, statement, at: now({ deps }) });
  try {
    await execute(commentOf(callbacks, file, index));
    const durationMs = deps.clock.monotonicMs() - beganMs;
    callbacks.onStatement?.({ kind: 'StatementFinished', file, index, statement, durationMs });
  } catch (error) {
    if (error instanceof DriverError) entry.error = { statement, text: error.message };
    throw error;
  } finally {
    done();
  }
}

/** Everything in one transaction: all or nothing. */
async function downTogether(context: DownContext, progress: Progress, runs: readonly DownRun[]): Promise<void> {
  const { session } = context;
  await session.begin();
  for (const run of runs) {
    const entry = beginFile(context, progress, run);
    await runChecks(context, entry, run);
    await askGate(context, progress);
    for (let index = run.half.done; index < run.texts.length; index++) {
      const statement = run.texts[index] ?? '';
      await runStatement(context, entry, { statement, index }, (comment) =>
        session.execute(statement, undefined, comment),
      );
    }
    await session.remove([run.row.version]);
    entry.end = now(context);
  }
  await session.commit();
  progress.hasLanded = true;
}

/** Version by version, statement by statement, each with its progress in the row: a killed one goes on. All checks come first. */
async function downByStatement(
  context: DownContext,
  progress: Progress,
  runs: readonly DownRun[],
  target: string,
): Promise<void> {
  const { session } = context;
  const entries: { readonly run: DownRun; readonly entry: Mutable<RevertedFile> }[] = [];
  for (const run of runs) {
    const entry = beginFile(context, progress, run);
    await runChecks(context, entry, run);
    entries.push({ run, entry });
  }
  progress.files = progress.files.filter((file) => entries.every(({ entry }) => entry !== file));
  await session.holdLocks?.();
  await askGate(context, progress);
  for (const [i, { run, entry }] of entries.entries()) {
    progress.files.push(entry);
    entry.start = now(context);
    let before = halfDownRow(run.row, run.half, run.isMapped);
    await session.write([before]);
    progress.hasLanded = true;
    for (let done = run.half.done; done < run.texts.length; done++) {
      const statement = run.texts[done] ?? '';
      const after = halfDownRow(run.row, { ...run.half, done: done + 1 }, run.isMapped);
      const step = { before, after };
      await runStatement(context, entry, { statement, index: done }, (comment) =>
        session.execute(statement, step, comment),
      );
      before = after;
    }
    await session.remove([run.row.version]);
    progress.current = entries[i + 1]?.run.row.version ?? target;
    entry.end = now(context);
  }
}

/** A dry run asks the checks and tells what would happen. */
async function pretend(context: DownContext, progress: Progress, runs: readonly DownRun[]): Promise<void> {
  for (const run of runs) {
    const entry = beginFile(context, progress, run);
    await runChecks(context, entry, run);
    entry.statements = run.texts.slice(run.half.done);
  }
}
