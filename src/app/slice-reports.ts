import type { SliceWait } from '../rollout/types.ts';
import type { TargetCounts } from '../shared/states.ts';
import type { SpanRef } from '../shared/trace-context.ts';
import type { ClaimedTarget, NewEvent, TargetResult } from '../store/types.ts';
import { isThrottle } from './held-starts.ts';
import type { SliceDeps, SliceInput, SliceRun } from './run-slice.ts';
import { type StartHold, waitOf } from './start-policies/start-policy.ts';

/** Says a hold once, however often it is met. An entry of the audit trail that cannot be written does not keep the slice from its end. */
export async function reportHold(deps: SliceDeps, input: SliceInput, hold: StartHold): Promise<SliceWait> {
  const { rolloutId, group, host } = input;
  const ms = waitOf(hold, deps.clock.nowMs());
  const { policy, reason, scope } = hold;
  const { isNew, heldMs } = deps.held.note(input, hold, ms);
  if (isThrottle(policy)) deps.events.emit({ kind: 'StartsThrottled', group, reason: policy, heldMs });
  if (isNew) {
    const place = scope === 'host' ? { group, host } : { group };
    deps.events.emit({ kind: 'StartsHeld', rolloutId, ...place, policy, reason, waitMs: ms });
    await note(deps, rolloutId, 'StartsHeld', { ...place, policy, why: reason });
  }
  return { reason, ms, ...(scope === undefined ? {} : { scope }) };
}

/** Says that what held the group, or the host, is over. */
export async function reportRelease(deps: SliceDeps, input: SliceInput): Promise<void> {
  const { rolloutId, group } = input;
  for (const { policy, host, heldMs, totalMs } of deps.held.release(input)) {
    const place = host === undefined ? { group } : { group, host };
    if (isThrottle(policy)) deps.events.emit({ kind: 'StartsThrottled', group, reason: policy, heldMs });
    deps.events.emit({ kind: 'StartsReleased', rolloutId, ...place, policy, heldMs: totalMs });
    await note(deps, rolloutId, 'StartsReleased', { ...place, policy, ms: Math.round(totalMs) });
  }
}

async function note(
  { store, clock }: SliceDeps,
  rolloutId: string,
  kind: string,
  data: NewEvent['data'],
): Promise<void> {
  await store.appendEvent(rolloutId, { kind, actor: 'flotilla', data }, clock.nowMs()).catch(() => undefined);
}

export function reportCancelled(deps: SliceDeps, { input, rollout }: SliceRun, count: number): void {
  const { rolloutId, group, host } = input;
  deps.events.emit({ kind: 'TargetsCancelled', rolloutId, env: rollout.env, group, host, count });
}

/** Says the outcome of a target to logs and metrics. */
export function reportTarget(
  deps: SliceDeps,
  run: SliceRun,
  target: ClaimedTarget,
  result: TargetResult,
  span: SpanRef | undefined,
): void {
  deps.events.emit({
    kind: 'TargetMigrated',
    rolloutId: run.rollout.id,
    env: run.rollout.env,
    target: target.id,
    dialect: target.dialect,
    direction: run.rollout.direction,
    result: result.state,
    durationMs: result.durationMs,
    attempt: target.attempts + 1,
    ...(result.error === undefined ? {} : { error: result.error }),
    ...(span === undefined ? {} : { span }),
  });
  if (result.state === 'deferred' && result.error !== undefined) {
    deps.events.emit({ kind: 'TargetRetried', reason: result.error.class });
  }
}

/** One entry of the audit trail a slice; the failed ones by name, so that the live view can show them. */
export function sliceEvent(
  input: SliceInput,
  results: readonly TargetResult[],
  cancelled: number,
  durationMs: number,
): NewEvent | null {
  if (results.length === 0 && cancelled === 0) return null;
  const failed = results.filter(({ state }) => state === 'failed' || state === 'deferred').slice(0, 10);
  return {
    kind: 'SliceFinished',
    actor: 'flotilla',
    data: {
      group: input.group,
      host: input.host,
      ...countStates(results),
      ...(cancelled === 0 ? {} : { cancelled }),
      ms: Math.round(durationMs),
      ...(failed.length === 0
        ? {}
        : {
            failures: failed.map(({ id, error }) => ({
              target: id,
              code: error?.code ?? '',
              message: error?.message ?? '',
            })),
          }),
    },
  };
}

function countStates(results: readonly TargetResult[]): TargetCounts {
  const counts: Partial<Record<TargetResult['state'], number>> = {};
  for (const { state } of results) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Says the end of a slice to logs and metrics. */
export function reportSlice(
  deps: SliceDeps,
  input: SliceInput,
  results: readonly TargetResult[],
  more: { readonly released: number; readonly durationMs: number; readonly span?: SpanRef },
): void {
  const { rolloutId, group, host } = input;
  deps.events.emit({
    kind: 'SliceFinished',
    rolloutId,
    group,
    host,
    counts: countStates(results),
    ...more,
  });
}

/** The cause that most failures of the slice share, in the database's words. */
export function mostFrequentCause(results: readonly TargetResult[]): string | undefined {
  const clusters = new Map<string, { readonly text: string; n: number }>();
  for (const { id, error, state } of results) {
    if (error === undefined || state !== 'failed') continue;
    const cluster = clusters.get(error.fingerprint) ?? { text: `${error.code} ${error.message} (${id})`, n: 0 };
    cluster.n += 1;
    clusters.set(error.fingerprint, cluster);
  }
  return Array.from(clusters.values()).toSorted((a, b) => b.n - a.n)[0]?.text;
}
