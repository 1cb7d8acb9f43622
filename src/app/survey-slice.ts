import type { SurveyOutcome } from '../engine/index.ts';
import type { TargetResult } from '../store/types.ts';
import { engineTarget, modesOf } from './apply-target.ts';
import type { SliceDeps, SliceRun, SliceTarget } from './run-slice.ts';

/**
 * Where one round trip tells of many targets: those of the slice that have nothing to do, by id. Reads only, so the gate is not asked.
 * A survey that fails tells nothing: each target then finds out by itself.
 */
export async function surveySlice(
  deps: SliceDeps,
  run: SliceRun,
  todo: readonly SliceTarget[],
): Promise<ReadonlyMap<string, TargetResult>> {
  const [first] = todo;
  const unchanged = new Map<string, TargetResult>();
  if (first === undefined || todo.length < 2 || !run.resolved.change.surveysTogether(deps.engine, first.resolved.url))
    return unchanged;
  const beganMs = deps.clock.monotonicMs();
  const outcomes = await deps.hosts.run(run.input.host, () => survey(deps, run, todo));
  const durationMs = (deps.clock.monotonicMs() - beganMs) / todo.length;
  for (const [i, { claimed }] of todo.entries()) {
    const outcome = outcomes[i];
    // A target without any row may still be given a baseline, or be refused as not clean: that is for apply to say.
    if (outcome?.kind !== 'standing' || outcome.pending.length > 0 || outcome.current === '') continue;
    unchanged.set(claimed.id, { id: claimed.id, state: 'unchanged', version: outcome.current, durationMs });
  }
  return unchanged;
}

async function survey(deps: SliceDeps, run: SliceRun, todo: readonly SliceTarget[]): Promise<readonly SurveyOutcome[]> {
  const { execOrder } = modesOf(todo[0]?.resolved.migration);
  const options = { toVersion: run.rollout.toVersion, execOrder, limits: deps.settings.limits };
  try {
    return await run.resolved.change.survey(deps.engine, todo.map(engineTarget), options);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'thrown value';
    deps.events.emit({ kind: 'DaemonNotice', level: 'warn', message: `survey of a slice failed: ${message}` });
    return [];
  }
}
