import type { ApplyOptions, ApplyOutcome, ApplyProgress, DownOutcome, MigrationTarget } from '../engine/index.ts';
import { jitteredPauseMs } from '../shared/jittered-pause.ts';
import type { TargetError } from '../shared/states.ts';
import type { LeftTarget, RolloutRow, TargetResult } from '../store/types.ts';
import type { SliceDeps, SliceRun, SliceTarget } from './run-slice.ts';
import { sessionNameOf } from './running-targets.ts';
import { askPolicies, type StartHold } from './start-policies/start-policy.ts';
import { statementKind } from './statement-kind.ts';
import type { TargetTrace } from './traces/target-trace.ts';

/** Atlas's name of its lock: what other tools on the same database look for. */
const ATLAS_LOCK = 'atlas_migrate_execute';

/** `held`: the gate was closed, nothing was run; `waits`: a policy said so. `cancelled`: given up before its end. What a try has left of such a target, where it has left something. */
export type TargetEnd =
  | { readonly kind: 'done'; readonly result: TargetResult }
  | { readonly kind: 'held' | 'cancelled'; readonly left?: LeftTarget }
  | { readonly kind: 'waits'; readonly hold: StartHold; readonly left?: LeftTarget };

/** Brings one target to the rollout's version, or back to where the rollout found it. */
export async function applyTarget(deps: SliceDeps, run: SliceRun, target: SliceTarget): Promise<TargetEnd> {
  const { input } = run;
  const { id, host } = target.claimed;
  // A place on the host first: the time is the target's own, not that of the queue.
  const work = async (): Promise<TargetEnd> => {
    const hold = await holdOfAll(deps, run, target);
    if (hold !== undefined) return { kind: 'waits', hold };
    const held: Held = {};
    const done = deps.running.begin({ rolloutId: run.rollout.id, target: id, host, group: input.group });
    const beganMs = deps.clock.monotonicMs();
    const trace = run.trace?.begin(target);
    try {
      const outcome = await (run.rollout.direction === 'down' ? takeBack : bringForward)(deps, run, target, {
        held,
        trace,
      });
      const end = toEnd(deps, run, target, outcome, deps.clock.monotonicMs() - beganMs);
      if (trace !== undefined) endTrace(run, target, trace, end);
      return end.kind === 'held' && held.hold !== undefined ? { ...end, kind: 'waits', hold: held.hold } : end;
    } finally {
      done();
    }
  };
  try {
    for (let refusals = 1; ; refusals++) {
      const end = await deps.hosts.run(host, work, run.signals.cancel, isRefused);
      if (!isRefused(end) || refusals > MOST_REFUSALS || run.signals.stop.aborted) return end;
      // Nothing was run, and nothing is wrong with the target: it waits until the host has room.
      deps.events.emit({ kind: 'TargetRetried', reason: 'connections' });
      await deps.clock.sleep(jitteredPauseMs(FIRST_PAUSE_MS, LONGEST_PAUSE_MS, refusals), run.signals.cancel);
    }
  } catch (error) {
    if (run.signals.cancel.aborted) return { kind: 'cancelled' }; // while it waited for its place
    throw error;
  }
}

/** A host that has no connection left is asked so often, for a minute or so, before that is the target's outcome. */
const MOST_REFUSALS = 30;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 3_000;

/** too_many_connections of PostgreSQL; ER_CON_COUNT_ERROR and ER_TOO_MANY_USER_CONNECTIONS of MySQL. */
const NO_CONNECTION_LEFT = new Set(['53300', '1040', '1203']);

const isRefused = (end: TargetEnd): boolean =>
  end.kind === 'done' && end.result.error !== undefined && NO_CONNECTION_LEFT.has(end.result.error.code);

type Outcome = ApplyOutcome | DownOutcome;

export const engineTarget = ({ claimed, resolved }: SliceTarget): MigrationTarget => ({
  id: claimed.id,
  url: resolved.url,
  revisionsSchema: resolved.revisionsSchema,
});

/** What one try of a target has besides it. */
interface Try {
  readonly held: Held;
  readonly trace: TargetTrace | undefined;
}

/** The newest answer of the policies to one target. */
interface Held {
  hold?: StartHold;
}

/** A try that has begun nothing, or is about to be made again because the server has no connection left, is nothing to show. */
function endTrace({ trace: slice }: SliceRun, { claimed }: SliceTarget, trace: TargetTrace, end: TargetEnd): void {
  if (end.kind === 'done' && !isRefused(end)) {
    const { state: outcome, version, error } = end.result;
    slice?.end(claimed.id, trace, { outcome, version, ...(error === undefined ? {} : { error }) });
  } else if (end.kind === 'cancelled') slice?.end(claimed.id, trace, { outcome: 'cancelled', version: null });
}

/** A slice that must wait opens no connection, but for what an earlier try may have begun. */
function holdOfAll(deps: SliceDeps, run: SliceRun, target: SliceTarget): Promise<StartHold | undefined> {
  if (run.signals.again) return Promise.resolve(undefined);
  run.worth.answer ??= holdOf(deps, run, target, false);
  return run.worth.answer;
}

/** The way back is not held: it is asked for where something is wrong. */
async function holdOf(
  deps: SliceDeps,
  run: SliceRun,
  { claimed, resolved }: SliceTarget,
  starts: boolean,
): Promise<StartHold | undefined> {
  const { id: rolloutId, project, env, direction } = run.rollout;
  if (direction === 'down') return undefined;
  const { windows, throttles, maxPerHour } = run.resolved;
  const { labels, url } = resolved;
  const target = { project, env, rolloutId, target: claimed.id, group: run.input.group, labels, url };
  const question = { ...target, windows, throttles, maxPerHour, starts };
  const ask = (row: RolloutRow) =>
    askPolicies(deps.policies, { ...question, lifted: row.liftedThrottles, overridden: isOverridden(row) });
  const hold = await ask(run.rollout);
  if (hold === undefined) return undefined;
  // The row is as old as the slice. Only a target that is held costs one more read, and the first ends the slice.
  // A store that does not answer overrides and lifts nothing.
  const row = await deps.store.getRollout(run.rollout.id).catch(() => undefined);
  if (row === undefined) return hold;
  const { liftedThrottles } = run.rollout;
  const isSame =
    isOverridden(row) === isOverridden(run.rollout) && row.liftedThrottles.length === liftedThrottles.length;
  return isSame ? hold : ask(row);
}

const isOverridden = ({ freezeOverride }: Pick<RolloutRow, 'freezeOverride'>): boolean =>
  freezeOverride !== null && freezeOverride.approvedBy !== null;

const bringForward = (deps: SliceDeps, run: SliceRun, target: SliceTarget, own: Try): Promise<Outcome> =>
  guarded(deps, () =>
    run.resolved.change.bringForward(
      deps.engine,
      { target: engineTarget(target), claimed: target.claimed },
      optionsOf(deps, run, target),
      {
        ...callbacksOf(deps, run, target, own),
        onProgress: (event) => {
          noteStatement(deps, target.claimed.dialect, event);
          own.trace?.note(event);
        },
      },
    ),
  );

const takeBack = (deps: SliceDeps, run: SliceRun, target: SliceTarget, own: Try): Promise<Outcome> =>
  guarded(deps, () =>
    run.resolved.change.takeBack(
      deps.engine,
      { target: engineTarget(target), claimed: target.claimed },
      run.rollout,
      optionsOf(deps, run, target),
      { ...callbacksOf(deps, run, target, own), onStatement: (event) => own.trace?.note(event) },
    ),
  );

const callbacksOf = (deps: SliceDeps, run: SliceRun, target: SliceTarget, { held, trace }: Try) => ({
  async mayStart() {
    if (run.isLook === true) return false;
    const hold = await holdOf(deps, run, target, true);
    if (hold !== undefined) held.hold = hold;
    // The gate last: its answer is good for 20 ms.
    const isOpen = hold === undefined && (await deps.gates.mayStart(run.rollout.id, run.input.epoch));
    return isOpen && { onBegun: deps.running.starting(run.rollout.id) };
  },
  signal: run.signals.cancel,
  ...(trace?.tagsOf === undefined ? {} : { tagsOf: trace.tagsOf }),
});

/** The engine returns what databases do wrong; what it throws is a bug of ours. One target's bug is not the fleet's. */
async function guarded(deps: SliceDeps, call: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await call();
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : 'thrown value';
    deps.events.emit({ kind: 'DaemonNotice', level: 'error', message: `engine threw: ${message}` });
    return { kind: 'failed', current: null, files: [], error: bug(message), text: message };
  }
}

const bug = (message: string): TargetError => ({
  class: 'unknown',
  code: 'INTERNAL',
  message,
  fingerprint: 'INTERNAL',
});

function optionsOf({ settings }: SliceDeps, run: SliceRun, target: SliceTarget): ApplyOptions {
  const { migration, hooks } = target.resolved;
  const { txMode, execOrder } = modesOf(migration);
  return {
    toVersion: run.rollout.toVersion,
    txMode,
    execOrder,
    ...(migration?.baseline === undefined ? {} : { baseline: migration.baseline }),
    allowDirty: false,
    dryRun: false,
    lock: {
      scope: 'target',
      name: migration?.lockName ?? ATLAS_LOCK,
      waitMs: migration?.lockTimeoutMs ?? settings.lockWaitMs,
    },
    limits: settings.limits,
    sessionName: sessionNameOf(run.rollout.id, target.claimed.id),
    operatorVersion: settings.operatorVersion,
    operation: {
      name: `rollout ${run.rollout.id}`,
      isResumed: run.signals.again || target.claimed.attempts > 0,
    },
    lockRetries: settings.lockRetries,
    hooks,
  };
}

/** The project file was checked when the rollout was created: what is none of the words there is their default here. */
export function modesOf(
  migration: { readonly txMode?: string; readonly execOrder?: string } | undefined,
): Pick<ApplyOptions, 'txMode' | 'execOrder'> {
  const txMode = (migration?.txMode ?? '').toLowerCase();
  const execOrder = (migration?.execOrder ?? '').toLowerCase().replaceAll('_', '-');
  return {
    txMode: txMode === 'none' || txMode === 'all' ? txMode : 'file',
    execOrder: execOrder === 'linear-skip' || execOrder === 'non-linear' ? execOrder : 'linear',
  };
}

function noteStatement(deps: SliceDeps, dialect: string, event: ApplyProgress): void {
  if (event.kind !== 'StatementFinished') return;
  deps.events.emit({
    kind: 'StatementExecuted',
    dialect,
    statementKind: statementKind(event.statement),
    durationMs: event.durationMs,
  });
}

function toEnd(deps: SliceDeps, run: SliceRun, target: SliceTarget, outcome: Outcome, durationMs: number): TargetEnd {
  if (outcome.kind !== 'held' && outcome.kind !== 'cancelled') {
    return { kind: 'done', result: toResult(deps, run, target, outcome, durationMs) };
  }
  const left = 'left' in outcome ? outcome.left : undefined;
  if (left === undefined) return { kind: outcome.kind };
  return { kind: outcome.kind, left: { id: target.claimed.id, from: left.from, version: left.current } };
}

function toResult(
  deps: SliceDeps,
  run: SliceRun,
  { claimed }: SliceTarget,
  outcome: Exclude<Outcome, { readonly kind: 'held' | 'cancelled' }>,
  durationMs: number,
): TargetResult {
  const { id } = claimed;
  switch (outcome.kind) {
    case 'applied':
      return { id, state: 'applied', version: outcome.to, from: outcome.from, durationMs };
    case 'reverted':
      return { id, state: 'reverted', version: outcome.to, durationMs };
    case 'unchanged':
      // On the way back: it stands there already.
      if (run.rollout.direction === 'down') return { id, state: 'reverted', version: outcome.current, durationMs };
      return { id, state: 'unchanged', version: outcome.current, durationMs };
    case 'failed': {
      const { error } = outcome;
      if (error.class === 'lock') {
        const kind = error.statement === undefined ? 'lock' : statementKind(error.statement);
        const waitedMs = deps.settings.limits.lockTimeoutMs;
        deps.events.emit({ kind: 'LockTimedOut', dialect: claimed.dialect, statementKind: kind, waitedMs });
      }
      // `unknown` is not tried again blindly: nobody can say what the first try has done.
      const worthIt = error.class === 'transient' || error.class === 'lock';
      const state = worthIt && !run.input.lastPass ? 'deferred' : 'failed';
      const from = 'from' in outcome && outcome.from !== undefined ? { from: outcome.from } : {};
      return { id, state, version: outcome.current, ...from, durationMs, error };
    }
  }
}
