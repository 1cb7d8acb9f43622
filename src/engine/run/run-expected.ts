import type { ApplyContext } from './apply-context.ts';
import type { Expectation } from './expectations.ts';
import { type FileRun, runBatch } from './run-file.ts';
import type { AppliedFile, ApplyProgress } from './types.ts';

/**
 * Runs the first file of a plan that was made for another target, with the message that takes the locks and checks that the plan fits.
 * undefined: nothing was run, the target has to be asked first.
 * @param tellBegun what is told of the file before its statements
 * @throws FileFailed
 * @throws DriverError where it was not the file
 */
export async function runExpected(
  context: ApplyContext,
  { rows, plan }: Expectation,
  tellBegun: (context: ApplyContext, run: FileRun) => void,
): Promise<AppliedFile | undefined> {
  const { session, options, callbacks } = context;
  const [run] = plan.runs;
  const { lock, txMode } = options;
  if (run === undefined || session.executeExpected === undefined || lock.scope !== 'target') return undefined;
  const isOneCommit = txMode !== 'all' || plan.runs.length === 1;
  if (run.ready.checks.length > 0) return undefined;
  if (run.ready.txMode === 'none' || !isOneCommit || !session.canRollBack(run.ready.texts)) return undefined;

  // Until the server has said that the plan fits, what is told may turn out not to have happened.
  const held: ApplyProgress[] = [];
  let hasEntered = false;
  const onProgress = (event: ApplyProgress): void => {
    if (hasEntered) callbacks.onProgress?.(event);
    else held.push(event);
  };
  const own = { ...context, callbacks: { ...callbacks, onProgress } };
  const enter = (): void => {
    hasEntered = true;
    tellBegun(context, run);
    for (const event of held) callbacks.onProgress?.(event);
  };
  let failure: { readonly error: unknown } | undefined;
  const applied = await runBatch(own, run, true, async (batch) => {
    try {
      return (await session.executeExpected?.(lock, rows, batch, enter)) ?? false;
    } catch (error) {
      if (hasEntered) throw error;
      failure = { error };
      return false;
    }
  });
  if (failure !== undefined) throw failure.error;
  return applied;
}
