import type { ApplyOptions, ApplyOutcome, ApplyProgress, DownOutcome, MigrationTarget } from '../engine/index.ts';
import type { TargetError } from '../shared/states.ts';
import type { TargetResult } from '../store/types.ts';
import type { SliceDeps, SliceRun, SliceTarget } from './run-slice.ts';
import { sessionNameOf } from './running-targets.ts';
import { statementKind } from './statement-kind.ts';

/** Atlas's name of its lock: what other tools on the same database look for. */
const ATLAS_LOCK = 'atlas_migrate_execute';

/** Brings one target to the rollout's version, or back to where the rollout found it. `held`: the gate was closed, nothing was run. `cancelled`: given up before its end. */
export async function applyTarget(
  deps: SliceDeps,
  run: SliceRun,
  target: SliceTarget,
): Promise<TargetResult | 'held' | 'cancelled'> {
  const { input } = run;
  const { id, host } = target.claimed;
  // A place on the host first: the time is the target's own, not that of the queue.
  const work = async (): Promise<TargetResult | 'held' | 'cancelled'> => {
    const done = deps.running.begin({ rolloutId: run.rollout.id, target: id, host, group: input.group });
    const beganMs = deps.clock.monotonicMs();
    try {
      const outcome = await (run.rollout.direction === 'down' ? takeBack : bringForward)(deps, run, target);
      return toResult(deps, run, target, outcome, deps.clock.monotonicMs() - beganMs);
    } finally {
      done();
    }
  };
  try {
    return await deps.hosts.run(host, work, run.signals.cancel);
  } catch (error) {
    if (run.signals.cancel.aborted) return 'cancelled'; // while it waited for its place
    throw error;
  }
}

type Outcome = ApplyOutcome | DownOutcome;

export const engineTarget = ({ claimed, resolved }: SliceTarget): MigrationTarget => ({
  id: claimed.id,
  url: resolved.url,
  revisionsSchema: resolved.revisionsSchema,
});

const bringForward = (deps: SliceDeps, run: SliceRun, target: SliceTarget): Promise<Outcome> =>
  guarded(deps, () =>
    deps.engine.apply(engineTarget(target), run.directory, optionsOf(deps, run, target), {
      ...callbacksOf(deps, run),
      onProgress: (event) => noteStatement(deps, target.claimed.dialect, event),
    }),
  );

/** From where this rollout has left it (a half-done one: from where it stands) to where it stood before. */
const takeBack = (deps: SliceDeps, run: SliceRun, target: SliceTarget): Promise<Outcome> => {
  const { lock, limits, sessionName, lockRetries } = optionsOf(deps, run, target);
  const { version, fromVersion } = target.claimed;
  const upTo = run.rollout.toVersion;
  return guarded(deps, () =>
    deps.engine.down(
      engineTarget(target),
      run.directory,
      {
        toVersion: fromVersion ?? '',
        // What is newer than where the rollout has left it is somebody else's; a file that failed may be half applied.
        from: { version: version ?? upTo, upTo },
        dryRun: false,
        skipChecks: run.rollout.skipChecks,
        lock,
        limits,
        sessionName,
        lockRetries,
      },
      callbacksOf(deps, run),
    ),
  );
};

const callbacksOf = (deps: SliceDeps, run: SliceRun) => ({
  mayStart: () => deps.gates.mayStart(run.rollout.id, run.input.epoch),
  signal: run.signals.cancel,
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
  const { migration } = target.resolved;
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
    lockRetries: settings.lockRetries,
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

function toResult(
  deps: SliceDeps,
  run: SliceRun,
  { claimed }: SliceTarget,
  outcome: Outcome,
  durationMs: number,
): TargetResult | 'held' | 'cancelled' {
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
    case 'held':
    case 'cancelled':
      return outcome.kind;
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
