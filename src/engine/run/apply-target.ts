import {
  type ApplyContext,
  askGate,
  FileFailed,
  GateClosed,
  now,
  type RunDeps,
  tellFileStarted,
} from './apply-context.ts';
import type { ApplyHooks } from './apply-hooks.ts';
import { leftBehind, newProgress, type Progress } from './apply-progress.ts';
import { pauseBeforeRetry } from './lock-retry.ts';
import { operatorOf } from './operator.ts';
import { type Planned, planTarget } from './plan-target.ts';
import { type Driver, DriverError } from './ports.ts';
import { prepareHooks } from './prepare-hooks.ts';
import { pretendApply } from './pretend-apply.ts';
import { ChecksFailed } from './run-checks.ts';
import { runExpected } from './run-expected.ts';
import { runFiles, tellFileFinished } from './run-files.ts';
import { HookFailed, judgePlan, runHooks } from './run-hooks.ts';
import { type Worded, wordDriverError, wordRefusal } from './target-error.ts';
import type { AppliedFile, ApplyOutcome, Engine } from './types.ts';

/** How often the whole starts again because somebody else changed the revisions between two looks. */
const MAX_MOVES = 5;
const BASELINE = 1;

/** Engine.apply on an open driver. Never throws for what the database or the directory does wrong. */
export async function applyTarget(
  deps: RunDeps,
  driver: Driver,
  call: Parameters<Engine['apply']>,
): Promise<ApplyOutcome> {
  const outcome = await applyUnmasked(deps, driver, call);
  const [, , { hooks }] = call;
  return hooks === undefined || outcome.kind !== 'failed' ? outcome : masked(outcome, hooks);
}

/** What the database says may name SQL of the project, that of another target too: it holds the lock. */
function masked(outcome: Extract<ApplyOutcome, { kind: 'failed' }>, { redact }: ApplyHooks): ApplyOutcome {
  const { error } = outcome;
  return {
    ...outcome,
    text: redact(outcome.text),
    error: {
      ...error,
      message: redact(error.message),
      fingerprint: redact(error.fingerprint),
      ...(error.statement === undefined ? {} : { statement: redact(error.statement) }),
      ...(error.blocker === undefined ? {} : { blocker: redact(error.blocker) }),
    },
  };
}

async function applyUnmasked(
  deps: RunDeps,
  driver: Driver,
  [target, directory, options, callbacks = {}]: Parameters<Engine['apply']>,
): Promise<ApplyOutcome> {
  const progress = newProgress();
  const { limits, sessionName } = options;
  const hooks = prepareHooks(options.hooks, driver.scanner);
  if ('refused' in hooks) return failedOutcome(progress, hooks.refused);
  try {
    const session = await driver.open({ target, limits, sessionName, signal: callbacks.signal });
    try {
      return await applyOnSession({ deps, driver, session, target, directory, options, callbacks, hooks }, progress);
    } finally {
      await session.release();
    }
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return error.kind === 'cancelled' ? cancelledOutcome(progress) : failedOutcome(progress, wordDriverError(error));
  }
}

const failedOutcome = ({ from, current, files }: Progress, { error, text }: Worded): ApplyOutcome => ({
  kind: 'failed',
  ...(from === undefined ? {} : { from }),
  current,
  files,
  error,
  text,
});

const cancelledOutcome = (progress: Progress): ApplyOutcome => ({
  kind: 'cancelled',
  ...leftBehind(progress),
  files: progress.files.slice(0, progress.committed),
});

/** Tries until it is done, or fails in a way that another try would not mend. */
async function applyOnSession(context: ApplyContext, progress: Progress): Promise<ApplyOutcome> {
  const { options, callbacks } = context;
  for (let retries = 0, moves = 0; ; ) {
    progress.attempts += 1;
    try {
      return await attempt(context, progress);
    } catch (error) {
      await rollBack(context, progress, error);
      if (error instanceof GateClosed) return { kind: 'held', ...leftBehind(progress) };
      const cause = causeOf(error);
      if (error instanceof ChecksFailed && cause === undefined) return checksFailed(context, progress, error);
      if (!(cause instanceof DriverError)) throw error;
      if (cause.kind === 'cancelled') return cancelledOutcome(progress);
      if (cause.kind === 'history-moved' && moves < MAX_MOVES) {
        moves += 1;
        continue;
      }
      const isRolledBack = !(error instanceof FileFailed) || error.isRolledBack;
      if (cause.kind === 'lock-timeout' && !cause.sessionLost && isRolledBack && retries < options.lockRetries) {
        progress.files.splice(progress.committed);
        await pauseBeforeRetry(context, retries);
        retries += 1;
        if (callbacks.signal?.aborted) return cancelledOutcome(progress);
        continue;
      }
      if (error instanceof ChecksFailed) return checksFailed(context, progress, error);
      if (error instanceof HookFailed) {
        progress.files.splice(progress.committed);
        return failedOutcome(progress, error.worded);
      }
      return error instanceof FileFailed
        ? fileFailed(context, progress, error)
        : failedOutcome(progress, wordDriverError(cause));
    }
  }
}

/** What an error of ours says of the database; any other as it is. */
const causeOf = (error: unknown): unknown =>
  error instanceof FileFailed || error instanceof ChecksFailed || error instanceof HookFailed ? error.error : error;

/** What the project runs before a rollback may be refused, by Postgres always after a statement that was: that is no failure of its own. */
async function rollBack(context: ApplyContext, progress: Progress, error: unknown): Promise<void> {
  const cause = causeOf(error);
  const isLost = cause instanceof DriverError && cause.sessionLost;
  if (progress.isInTransaction && !isLost) await runHooks(context, 'beforeRollback', true).catch(passOverRefusal);
  progress.isInTransaction = false;
  await context.session.rollback();
}

const passOverRefusal = (error: unknown): void => {
  if (!(error instanceof HookFailed)) throw error;
};

function fileFailed(context: ApplyContext, progress: Progress, failure: FileFailed): ApplyOutcome {
  const { file } = failure.file;
  const { statement, error } = failure;
  progress.files.push(failure.applied);
  context.callbacks.onProgress?.({
    kind: 'FileFailed',
    file,
    text: error.message,
    at: now(context),
    ...(statement === undefined ? {} : { statement }),
  });
  return failedOutcome(
    progress,
    wordDriverError(error, statement === undefined ? undefined : { statement, version: file.version }),
  );
}

function checksFailed(
  context: ApplyContext,
  progress: Progress,
  { applied, message, error }: ChecksFailed,
): ApplyOutcome {
  progress.files.push(applied);
  context.callbacks.onProgress?.({ kind: 'FileFailed', file: applied.file, text: message, at: applied.end });
  const worded = error === undefined ? checkRefusal(applied, message) : { ...wordDriverError(error), text: message };
  return failedOutcome(progress, worded);
}

/** One cause for a fleet: the check, whose words are the same everywhere. Without quoted text, checks of one file would be one cause. */
function checkRefusal({ file, checks = [] }: AppliedFile, text: string): Worded {
  const check = checks.find((one) => one.error !== undefined);
  const { error } = wordRefusal({ code: 'CHECK_FAILED', text });
  const fingerprint = [error.code, file.name, check?.name, check?.error?.statement].join(' ');
  return { text, error: { ...error, fingerprint } };
}

async function attempt(context: ApplyContext, progress: Progress): Promise<ApplyOutcome> {
  const { session, options, deps } = context;
  const expected = progress.attempts === 1 ? await attemptExpected(context, progress) : undefined;
  if (expected !== undefined) return expected;
  const history = options.dryRun ? await session.read() : await session.lockAndRead(options.lock);
  const plan = await planTarget(context, history, progress.committed);
  if (plan.kind === 'refused') return failedOutcome({ ...progress, current: plan.current }, plan.worded);
  const { pending, runs } = plan;
  tellPlanned(context, progress, plan);
  // What was begun is brought to its end.
  const denied = progress.hasLanded ? undefined : await judgePlan(context, plan);
  if (denied !== undefined) return failedOutcome(progress, denied);
  if (!options.dryRun) deps.expectations.saw(context.directory, options, history, plan);
  if (options.dryRun) return runs.length === 0 ? unchanged(plan) : pretendApply(context, plan);
  if (runs.length > 0 || pending.baseline !== undefined) await makeReady(context, progress, plan);
  if (runs.length === 0 && progress.files.length === 0) {
    if (plan.from === plan.standing) return unchanged(plan);
    // What an earlier try of the same operation has done, and could not tell.
    await runOutside(context, progress, 'post');
    return applied(progress);
  }
  if (runs.length > 0 && !progress.isPreDone) await runOutside(context, progress, 'pre');
  progress.isPreDone = true;
  await runFiles(context, progress, runs);
  await runOutside(context, progress, 'post');
  return applied(progress);
}

/** What the project wants run before the first file, or after the last one. From then on the target is brought to its end. */
async function runOutside(context: ApplyContext, progress: Progress, point: 'pre' | 'post'): Promise<void> {
  if (context.hooks.statements[point].length === 0) return;
  await context.session.holdLocks?.();
  await askGate(context, progress);
  progress.hasLanded = true;
  await runHooks(context, point, false);
}

/** The first file with the message that takes the locks, where the target is expected to stand like those before it; the others as ever. */
async function attemptExpected(context: ApplyContext, progress: Progress): Promise<ApplyOutcome | undefined> {
  const { deps, directory, options } = context;
  const expectation = deps.expectations.of(directory, options);
  const isPlain = options.hooks === undefined && options.operation?.isResumed !== true;
  if (expectation === undefined || options.dryRun || !isPlain) return undefined;
  const { plan } = expectation;
  await askGate(context, progress);
  const first = await runExpected(context, expectation, (own, run) => {
    tellPlanned(own, progress, plan);
    tellFileStarted(own, run);
  });
  if (first === undefined) {
    deps.expectations.missed(directory, options);
    return undefined;
  }
  progress.hasLanded = true;
  tellFileFinished(context, progress, first);
  progress.committed = progress.files.length;
  await runFiles(context, progress, plan.runs.slice(1));
  return applied(progress);
}

const applied = ({ from = '', current, files, attempts }: Progress): ApplyOutcome => ({
  kind: 'applied',
  from,
  to: current ?? '',
  files,
  attempts,
});

function tellPlanned({ callbacks }: ApplyContext, progress: Progress, plan: Planned): void {
  if (progress.from !== undefined) return;
  const { files, current } = plan.pending;
  progress.from = plan.from;
  progress.current = plan.standing;
  progress.isBegun = plan.isBegun;
  const target = files.at(-1)?.version;
  if (target !== undefined) callbacks.onProgress?.({ kind: 'Planned', pending: files, current, target });
}

const unchanged = ({ pending }: Planned): ApplyOutcome => ({ kind: 'unchanged', current: pending.current });

/** The revisions table, and the row of a baseline: written before and apart from the files, so that a file that fails leaves them. */
async function makeReady(context: ApplyContext, progress: Progress, plan: Planned): Promise<void> {
  const { session, options } = context;
  const { baseline } = plan.pending;
  if (!plan.hasTable) await askGate(context, progress);
  await session.createRevisions();
  if (baseline === undefined) return;
  await session.begin();
  await askGate(context, progress);
  await session.write([
    {
      version: baseline.version,
      description: baseline.description,
      type: BASELINE,
      applied: 0,
      total: 0,
      executedAt: now(context),
      executionTime: 0n,
      error: '',
      errorStmt: '',
      hash: '',
      partialHashes: null,
      operatorVersion: operatorOf(options),
    },
  ]);
  await session.commit();
}
