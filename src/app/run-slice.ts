/**
 * Works through a slice: the targets of one group on one host that one engine activity has claimed. Knows nothing of Temporal.
 * Idempotent by slice id: a second try finds the claim of the first, and its totals.
 */
import type { SliceWait } from '../rollout/types.ts';
import type { Clock } from '../shared/clock.ts';
import type { EventSink } from '../shared/events.ts';
import type { SpanSink } from '../shared/spans.ts';
import { JOINED_GROUP, type TargetCounts, type TargetError } from '../shared/states.ts';
import type { SpanRef } from '../shared/trace-context.ts';
import type { ClaimedTarget, RolloutRow, Store, TargetResult } from '../store/types.ts';
import { applyTarget } from './apply-target.ts';
import type { ChangeEngine } from './change/rollout-change.ts';
import type { GateReader } from './gate-reader.ts';
import { settleGone } from './gone-targets.ts';
import type { HeldStarts } from './held-starts.ts';
import type { HostLimits } from './host-limits.ts';
import type { RunningTargets } from './running-targets.ts';
import type { AppSettings } from './settings.ts';
import { type LaneEnd, SliceLanes } from './slice-lanes.ts';
import {
  mostFrequentCause,
  reportCancelled,
  reportHold,
  reportRelease,
  reportSlice,
  reportTarget,
  sliceEvent,
} from './slice-reports.ts';
import { bufferResults, type SliceResults } from './slice-results.ts';
import { SliceSource } from './slice-source.ts';
import type { StartHold, StartPolicy } from './start-policies/start-policy.ts';
import { surveySlice } from './survey-slice.ts';
import type { ResolvedRollout, ResolvedTarget, TargetResolver } from './target-resolver.ts';
import { type SliceTrace, traceSlice } from './traces/trace-slice.ts';

export interface SliceDeps {
  readonly store: Store;
  readonly engine: ChangeEngine;
  readonly resolver: TargetResolver;
  readonly gates: GateReader;
  /** Asked beside the gate, when a target is about to start. */
  readonly policies: readonly StartPolicy[];
  readonly hosts: HostLimits;
  readonly running: RunningTargets;
  readonly held: HeldStarts;
  readonly events: EventSink;
  readonly clock: Clock;
  readonly settings: AppSettings;
  /** undefined: no traces are kept. */
  readonly traces?: SpanSink | undefined;
}

export interface SliceInput {
  readonly rolloutId: string;
  readonly epoch: number;
  readonly sliceId: string;
  readonly group: string;
  readonly host: string;
  readonly maxTargets: number;
  /** Targets in flight at once. Default 1. */
  readonly lanes?: number;
  readonly maxMs: number;
  /** null: no limit. */
  readonly failureAllowance: number | null;
  /** What is in flight may fail beyond the allowance. */
  readonly mayOvershoot?: boolean;
  readonly pass: number;
  readonly lastPass: boolean;
}

export interface SliceSignals {
  /** No further target is started; the one in flight is finished (the process is going down). */
  readonly stop: AbortSignal;
  /** The target in flight is given up too: the engine rolls back, or stops between two statements. */
  readonly cancel: AbortSignal;
  /** This slice was tried before: what it has failed already counts against its allowance. */
  readonly again: boolean;
}

export interface SliceEnd {
  readonly counts: TargetCounts;
  /** How many targets the slice got from the store, in all its tries. */
  readonly claimed: number;
  readonly gateClosed: boolean;
  /** A policy held a target back: nothing of the group, or of the host, is to be tried for so long. */
  readonly wait?: SliceWait;
  readonly msPerTarget: number;
  readonly sampleCause?: string;
}

/** A claimed target and what the project says of it now. */
export interface SliceTarget {
  readonly claimed: ClaimedTarget;
  readonly resolved: ResolvedTarget;
}

/** One try of a slice, as its parts see it. */
export interface SliceRun {
  readonly input: SliceInput;
  readonly rollout: RolloutRow;
  readonly resolved: ResolvedRollout;
  readonly signals: SliceSignals;
  readonly trace?: SliceTrace | undefined;
  /** Whether connections are worth it: what the policies said of the first target. Each is asked about when it is about to start. */
  readonly worth: { answer?: Promise<StartHold | undefined> };
  /** Targets are read, and nothing is started, whatever the gate says. */
  readonly isLook?: boolean;
}

/** @throws AppError where the project cannot be evaluated or the store fails: the activity is tried again */
export async function runSlice(deps: SliceDeps, input: SliceInput, signals: SliceSignals): Promise<SliceEnd> {
  const beganMs = deps.clock.monotonicMs();
  const rollout = await deps.store.getRollout(input.rolloutId);
  if (rollout === undefined) throw new Error(`rollout ${input.rolloutId} is not in the store`);
  const trace = await traceSlice(deps, input, rollout, signals.again);
  try {
    return await runTraced(deps, input, signals, { rollout, trace, beganMs });
  } catch (error) {
    trace?.finish(undefined, error);
    throw error;
  }
}

async function runTraced(
  deps: SliceDeps,
  input: SliceInput,
  signals: SliceSignals,
  begun: { readonly rollout: RolloutRow; readonly trace: SliceTrace | undefined; readonly beganMs: number },
): Promise<SliceEnd> {
  const { rollout, trace, beganMs } = begun;
  const resolved = await deps.resolver.resolve(rollout);
  const slice = { id: input.sliceId, epoch: input.epoch, nextPass: input.pass + 1 };
  const results = bufferResults(deps.store, deps.clock, input.rolloutId, slice);
  const before = signals.again ? await doneBefore(deps, input, slice) : {};
  const watch = deps.gates.watchCancel(input.rolloutId);
  const cancel = AbortSignal.any([signals.cancel, watch.signal]);
  const run = { input, rollout, resolved, trace, worth: {}, signals: { ...signals, cancel } };
  let stopped: Stopped = { gateClosed: false, cancelled: 0 };
  try {
    await untilPlace(deps, run);
    stopped = await workThrough(deps, run, results, { beganMs, before, pausedNow: watch.signal, signals });
  } catch (error) {
    // What was done is written and the rest handed back, whatever went wrong.
    await results.finish(null).catch(() => undefined);
    throw error;
  } finally {
    watch.end();
  }
  const durationMs = deps.clock.monotonicMs() - beganMs;
  const end = await results.finish(sliceEvent(input, results.all, stopped.cancelled, durationMs));
  if (results.fenced)
    deps.events.emit({ kind: 'WriteFenced', rolloutId: rollout.id, epoch: input.epoch, what: 'outcomes' });
  if (stopped.cancelled > 0) reportCancelled(deps, run, stopped.cancelled);
  const wait = stopped.hold === undefined ? undefined : await reportHold(deps, input, stopped.hold);
  if (wait === undefined && results.all.length > 0) await reportRelease(deps, input);
  const sampleCause = mostFrequentCause(results.all);
  const sliceEnd: SliceEnd = {
    counts: end.counts,
    claimed: sumOf(end.counts) + end.released,
    // A fenced slice must not start anything either: to the core it is the same.
    gateClosed: stopped.gateClosed || results.fenced,
    ...(wait === undefined ? {} : { wait }),
    msPerTarget: results.all.length === 0 ? 0 : (durationMs * (input.lanes ?? 1)) / results.all.length,
    ...(sampleCause === undefined ? {} : { sampleCause }),
  };
  const span = trace?.finish(sliceEnd) ?? traceOf(rollout);
  reportSlice(deps, input, results.all, {
    released: end.released,
    durationMs,
    ...(span === undefined ? {} : { span }),
  });
  return sliceEnd;
}

/** Where this process keeps no traces, the caller's is named all the same. */
const traceOf = ({ trace }: RolloutRow): SpanRef | undefined =>
  trace === null ? undefined : { traceId: trace.traceId };

/** Until there is room on the host: a slice that has none, because other processes are at work there, must not hold targets meanwhile. */
const untilPlace = ({ hosts }: SliceDeps, { input, signals }: SliceRun): Promise<void> =>
  hosts
    .run(input.host, async () => undefined, AbortSignal.any([signals.stop, signals.cancel]))
    // It must end, which its lanes find out, too.
    .catch(() => undefined);

/** What kept a slice from starting more. */
interface Stopped {
  readonly gateClosed: boolean;
  /** Targets that were given up because an operator wanted it so. */
  readonly cancelled: number;
  readonly hold?: StartHold;
}

async function doneBefore(
  deps: SliceDeps,
  input: SliceInput,
  slice: Parameters<Store['finishSlice']>[1],
): Promise<TargetCounts> {
  const options = { release: false, event: null };
  return (await deps.store.finishSlice(input.rolloutId, slice, [], options, deps.clock.nowMs())).counts;
}

/**
 * Targets that are gone, have changed, or (one survey for many) have nothing to do get their outcome without a connection each.
 * @param isSurveyed where little is to be done: else a survey would only be one more question to each target
 */
async function settleAtOnce(
  deps: SliceDeps,
  run: SliceRun,
  claimed: readonly ClaimedTarget[],
  results: SliceResults,
  isSurveyed: boolean,
): Promise<readonly SliceTarget[]> {
  const todo: SliceTarget[] = [];
  for (const target of claimed) {
    const found = (await run.resolved.find(target.id)) ?? (await findJoined(run, target.id));
    if (found === undefined) {
      settle(deps, run, target, results, { id: target.id, state: 'gone', version: null, durationMs: 0 });
    } else if (found.url.redacted !== target.redactedUrl) {
      const error = changedError(target, found);
      settle(deps, run, target, results, { id: target.id, state: 'failed', version: null, durationMs: 0, error });
    } else {
      todo.push({ claimed: target, resolved: found });
    }
  }
  if (!isSurveyed) return todo;
  // One that was tried before may have nothing left but the end of that try.
  const fresh = todo.filter(({ claimed }) => claimed.attempts === 0);
  const standing = await surveySlice(deps, run, fresh);
  return todo.filter((target) => {
    const unchanged = standing.get(target.claimed.id);
    if (unchanged !== undefined) settle(deps, run, target.claimed, results, unchanged);
    return unchanged === undefined;
  });
}

/** A target that has joined may be younger than what this process has evaluated. */
const findJoined = ({ input, resolved }: SliceRun, id: string): Promise<ResolvedTarget | undefined> =>
  input.group === JOINED_GROUP ? resolved.findNow(id) : Promise.resolve(undefined);

const changedError = (target: ClaimedTarget, found: ResolvedTarget): TargetError => ({
  class: 'permanent',
  code: 'TARGET_CHANGED',
  message: `target "${target.id}" is now ${found.url.redacted}, the rollout was created with ${target.redactedUrl}`,
  fingerprint: 'TARGET_CHANGED',
});

async function workThrough(
  deps: SliceDeps,
  run: SliceRun,
  results: SliceResults,
  start: {
    readonly beganMs: number;
    readonly before: TargetCounts;
    /** An operator wants what is in flight to be cancelled; a part of `run.signals.cancel`. */
    readonly pausedNow: AbortSignal;
    /** Those of the slice without it. */
    readonly signals: SliceSignals;
  },
): Promise<Stopped> {
  const { input, signals } = run;
  const { clock } = deps;
  const isDown = run.rollout.direction === 'down';
  let judged = 0;
  /** Most of what was done since the last question had nothing to do: likely so have the next ones. */
  const isMostlyUnchanged = (): boolean => {
    const latest = results.all.slice(judged);
    judged = results.all.length;
    return latest.length > 0 && 2 * latest.filter(({ state }) => state === 'unchanged').length >= latest.length;
  };
  let hold: StartHold | undefined;
  let cancelled = 0;
  const apply = async (target: SliceTarget, as = run): Promise<LaneEnd> => {
    const end = await applyTarget(deps, as, target);
    if (end.kind === 'waits') hold ??= end.hold;
    if (end.kind === 'cancelled' && start.pausedNow.aborted) cancelled += 1;
    if (end.kind === 'done') {
      settle(deps, run, target.claimed, results, await settleGone(deps, run, target, end.result));
    } else if (end.left !== undefined) results.leave(end.left);
    return end.kind;
  };
  const lanes = new SliceLanes(
    {
      apply: (target) => apply(target),
      mustStop: () => signals.stop.aborted || signals.cancel.aborted || results.fenced,
      failures: () => (start.before.failed ?? 0) + results.failed,
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    },
    input,
    start.beganMs,
  );
  const source = new SliceSource(
    {
      claim: (limit, more) =>
        deps.store.claimSlice(input.rolloutId, {
          ...input,
          id: input.sliceId,
          limit,
          down: isDown,
          ...(more ? { more } : {}),
        }),
      sift: (claimed) => settleAtOnce(deps, run, claimed, results, !isDown && !signals.again && isMostlyUnchanged()),
      pace: () => {
        const ms = clock.monotonicMs() - start.beganMs;
        return { finished: results.all.length, ms, leftMs: input.maxMs - ms };
      },
      onChange: () => lanes.wake(),
    },
    input,
    sumOf(start.before),
  );
  const foundClosed = await lanes.run(source);
  const gateClosed = foundClosed || start.pausedNow.aborted;
  // What the earlier try held may be done, and its outcome not written: that is found out also where nothing may be started.
  if ((gateClosed || hold !== undefined) && signals.again)
    await Promise.all(source.rest().map((target) => apply(target, { ...run, signals: start.signals, isLook: true })));
  return { gateClosed, cancelled, ...(hold === undefined ? {} : { hold }) };
}

const sumOf = (counts: TargetCounts): number => Object.values(counts).reduce((sum, n) => sum + n, 0);

function settle(
  deps: SliceDeps,
  run: SliceRun,
  target: ClaimedTarget,
  results: SliceResults,
  result: TargetResult,
): void {
  results.add(result);
  const span = run.trace?.settle(result) ?? traceOf(run.rollout);
  reportTarget(deps, run, target, result, span);
}
