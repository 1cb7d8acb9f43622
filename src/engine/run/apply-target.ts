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
import { pauseBeforeRetry } from './lock-retry.ts';
import { operatorOf } from './operator.ts';
import { type Planned, planTarget } from './plan-target.ts';
import { type Driver, DriverError } from './ports.ts';
import { prepareHooks } from './prepare-hooks.ts';
import { pretendApply } from './pretend-apply.ts';
import { ChecksFailed, runChecks } from './run-checks.ts';
import { runExpected } from './run-expected.ts';
import { type FileRun, runByStatement, runInTransaction } from './run-file.ts';
import { HookFailed, judgePlan, runHooks } from './run-hooks.ts';
import { type Worded, wordDriverError, wordRefusal } from './target-error.ts';
import type { AppliedFile, ApplyOutcome, Engine, LeftBehind } from './types.ts';

/** How often the whole starts again because somebody else changed the revisions between two looks. */
const MAX_MOVES = 5;
const BASELINE = 1;

/** What one call has done so far, over all its attempts. */
interface Progress {
  /** Where the target stood; undefined: not read yet. */
  from: string | undefined;
  /** Where it stands: the last version that is complete. */
  current: string | null;
  /** Brought to their end, also those of a transaction that is still open. */
  readonly files: AppliedFile[];
  /** How many of `files` are there to stay. */
  committed: number;
  attempts: number;
  /** Something of the target has been run to stay: from then on the gate is not asked, the target is brought to its end. */
  hasLanded: boolean;
  /** An earlier try of the same operation has run something here. */
  isBegun: boolean;
  /** Begun, with its hooks, and neither committed nor rolled back. */
  isInTransaction: boolean;
  isPreDone: boolean;
}

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
  const progress: Progress = {
    from: undefined,
    current: null,
    files: [],
    committed: 0,
    attempts: 0,
    hasLanded: false,
    isBegun: false,
    isInTransaction: false,
    isPreDone: false,
  };
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

const leftBehind = ({ from, current, hasLanded, isBegun }: Progress): { readonly left?: LeftBehind } =>
  from !== undefined && (hasLanded || isBegun) ? { left: { from, current: current ?? '' } } : {};

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
  await (options.txMode === 'all' ? runAll(context, progress, runs) : runEach(context, progress, runs));
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
  await runEach(context, progress, plan.runs.slice(1));
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

function tellFileFinished(context: ApplyContext, progress: Progress, applied: AppliedFile): void {
  const { version } = applied.file;
  progress.files.push(applied);
  // A file out of order is older than where the target stands.
  if (progress.current === null || version > progress.current) progress.current = version;
  context.callbacks.onProgress?.({ kind: 'FileFinished', file: applied.file, at: applied.end });
}
