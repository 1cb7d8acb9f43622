import { type ApplyContext, FileFailed, NANOSECONDS_PER_MS, newRevision, now } from './apply-context.ts';
import { withLockRetries } from './lock-retry.ts';
import { type Batch, DriverError } from './ports.ts';
import type { ReadyFile } from './prepare-cached.ts';
import { runHooks } from './run-hooks.ts';
import { commentOf } from './statement-comment.ts';
import type { AppliedFile, CheckReport, Revision } from './types.ts';
import { watchStatements } from './watch-statements.ts';

/** A file and where it stands on the target. */
export interface FileRun {
  readonly ready: ReadyFile;
  /** Statements that an earlier try has done. */
  readonly done: number;
  /** The file's row, where it has one. */
  readonly row: Revision | undefined;
  /** What its checks have said; undefined before they were asked. */
  readonly checks?: readonly CheckReport[];
}

/** A file that was edited after it had failed may have another number of statements: the row follows it, or it would stay partial for ever. */
const rowOf = (context: ApplyContext, { ready, row }: FileRun): Revision => {
  const fresh = newRevision(context, ready);
  return row === undefined
    ? fresh
    : { ...fresh, type: row.type, applied: row.applied, partialHashes: row.partialHashes };
};

const report = (
  context: ApplyContext,
  { ready, done, checks = [] }: FileRun,
  start: Date,
  landed: number,
): AppliedFile => ({
  file: ready.file,
  statements: ready.texts.slice(done, done + landed),
  skipped: done,
  start,
  end: now(context),
  ...(checks.length === 0 ? {} : { checks }),
});

const failed = (
  context: ApplyContext,
  run: FileRun,
  error: DriverError,
  at: {
    readonly start: Date;
    readonly landed: number;
    readonly statement: string | undefined;
    readonly isRolledBack: boolean;
  },
): FileFailed => {
  const { statement } = at;
  // The failed statement is listed, as the last.
  const applied = report(context, run, at.start, at.landed + (statement === undefined ? 0 : 1));
  const text = error.message;
  const withError = { ...applied, error: { text, ...(statement === undefined ? {} : { statement }) } };
  return new FileFailed(run.ready, withError, error, at);
};

/**
 * Runs a file inside of the open transaction, with its row, and commits if asked. On failure the caller rolls back.
 * @throws FileFailed
 * @throws HookFailed
 */
export async function runInTransaction(context: ApplyContext, run: FileRun, commit: boolean): Promise<AppliedFile> {
  const { session } = context;
  const applied = await runBatch(context, run, commit, async (batch) => {
    // What runs before the commit runs after the row.
    const hasHooks = commit && context.hooks.statements.beforeCommit.length > 0;
    const commits = commit && !hasHooks;
    if (session.executeAll !== undefined) await session.executeAll({ ...batch, commit: commits });
    else await executeEach(context, batch, commits);
    if (hasHooks) {
      await runHooks(context, 'beforeCommit', true);
      await session.commit();
    }
    return true;
  });
  if (applied === undefined) throw new Error('a batch was neither run nor refused');
  return applied;
}

async function executeEach(context: ApplyContext, batch: Batch, commit: boolean): Promise<void> {
  const { session, deps } = context;
  const began = deps.clock.monotonicMs();
  for (const [index, text] of batch.statements.entries()) {
    const before = deps.clock.monotonicMs();
    await session.execute(text, undefined, batch.comments?.[index]);
    batch.onLanded(index, deps.clock.monotonicMs() - before);
  }
  await session.write([{ ...batch.row, executionTime: elapsed(context, began) }]);
  if (commit) await session.commit();
}

/**
 * @param send gives false where nothing was run, for a reason that is not the batch's
 * @throws FileFailed
 */
export async function runBatch(
  context: ApplyContext,
  run: FileRun,
  commit: boolean,
  send: (batch: Batch) => Promise<boolean>,
): Promise<AppliedFile | undefined> {
  const { ready, done } = run;
  const start = now(context);
  const watch = watchStatements(context, ready);
  const texts = done === 0 ? ready.texts : ready.texts.slice(done);
  const row: Revision = { ...rowOf(context, run), applied: ready.texts.length, partialHashes: null };
  let landed = 0;
  const onLanded = (index: number, durationMs: number): void => {
    landed = index + 1;
    watch.land(done + index, durationMs);
    watch.begin(done + index + 1);
  };
  try {
    watch.begin(done);
    const comments = commentsOf(context, run);
    const batch = { statements: texts, row, commit, onLanded, ...(comments === undefined ? {} : { comments }) };
    if (!(await send(batch))) return undefined;
    return report(context, run, start, texts.length);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const index = context.session.executeAll === undefined ? landed : error.statementIndex;
    const at = index ?? texts.length;
    throw failed(context, run, error, { start, landed: at, statement: texts[at], isRolledBack: true });
  } finally {
    watch.end();
  }
}

/** undefined where nobody has anything to say: then the statements go out as they are, without a look at each. */
function commentsOf({ callbacks }: ApplyContext, { ready, done }: FileRun): Batch['comments'] {
  if (callbacks.tagsOf === undefined) return undefined;
  return ready.texts.slice(done).map((_, i) => commentOf(callbacks, ready.file, done + i));
}

const elapsed = ({ deps }: ApplyContext, beganMs: number): bigint =>
  BigInt(Math.round((deps.clock.monotonicMs() - beganMs) * NANOSECONDS_PER_MS));

/**
 * Runs a file statement by statement, without a transaction around them: the row is written first, and advanced with each
 * (atlas-config-cli.md 4.7). On failure it says so, and the next try goes on there.
 * @throws FileFailed
 */
export async function runByStatement(context: ApplyContext, run: FileRun): Promise<AppliedFile> {
  const { session, deps } = context;
  const { ready, done } = run;
  const start = now(context);
  const began = deps.clock.monotonicMs();
  const watch = watchStatements(context, ready);
  let row = rowOf(context, run);
  let landed = 0;
  try {
    await session.write([row]);
    for (let index = done; index < ready.texts.length; index++) {
      const text = ready.texts[index] ?? '';
      const sentMs = deps.clock.monotonicMs();
      const after: Revision = {
        ...row,
        applied: index + 1,
        partialHashes: ready.partialHashes.slice(0, index + 1),
        executionTime: elapsed(context, began),
      };
      const step = { before: row, after };
      watch.begin(index);
      const comment = commentOf(context.callbacks, ready.file, index);
      await withLockRetries(context, () => session.execute(text, step, comment));
      watch.land(index, deps.clock.monotonicMs() - sentMs);
      row = after;
      landed += 1;
    }
    await session.write([{ ...row, partialHashes: null, executionTime: elapsed(context, began) }]);
    return report(context, run, start, landed);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const statement = ready.texts[done + landed];
    if (error.kind !== 'cancelled' && !error.sessionLost && statement !== undefined) {
      // The failure itself is what is reported, also where it cannot be noted.
      await session.write([{ ...row, error: error.message, errorStmt: statement }]).catch(() => undefined);
    }
    throw failed(context, run, error, { start, landed, statement, isRolledBack: false });
  } finally {
    watch.end();
  }
}
