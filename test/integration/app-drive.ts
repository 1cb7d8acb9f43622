import { findJoiners } from '../../src/app/find-joiners.ts';
import { reopenTargets, skipTargets } from '../../src/app/move-targets.ts';
import type { RolloutMessage, RolloutWorkflows } from '../../src/app/ports.ts';
import { prepareRollout } from '../../src/app/prepare-rollout.ts';
import { runSlice, type SliceDeps } from '../../src/app/run-slice.ts';
import { finishRollout, saveStatus } from '../../src/app/save-status.ts';
import { decide } from '../../src/rollout/decide.ts';
import type { RolloutProgress } from '../../src/rollout/progress.ts';
import { record, startRollout } from '../../src/rollout/record.ts';
import { refuseVerb } from '../../src/rollout/refuse-verb.ts';
import { statusOf } from '../../src/rollout/status-of.ts';
import type { Command, RolloutEvent } from '../../src/rollout/types.ts';
import { AppError } from '../../src/shared/errors.ts';

type Rollout = { readonly id: string; readonly project: string; readonly env: string };

interface Run {
  readonly id: string;
  readonly tell: (message: RolloutMessage) => Promise<void>;
  readonly ended: Promise<void>;
}

/** The workflow port without Temporal: the real core and the real activities' use cases, driven by an in-process loop. */
export function driveInProcess(deps: SliceDeps): RolloutWorkflows & { idle(): Promise<void> } {
  const runs = new Map<string, Run>();
  const keyOf = ({ project, env }: Rollout): string => `${project}/${env}`;
  return {
    async start(rollout) {
      const key = keyOf(rollout);
      const before = runs.get(key);
      if (before !== undefined) return before.id === rollout.id ? 'running' : 'busy';
      const run = await begin(deps, rollout.id);
      runs.set(key, run);
      void run.ended.finally(() => runs.delete(key));
      return 'started';
    },
    async send(rollout, message) {
      const run = runs.get(keyOf(rollout));
      if (run === undefined || run.id !== rollout.id) throw new AppError('ROLLOUT_OVER', 'no workflow runs');
      await run.tell(message);
    },
    async idle() {
      await Promise.all(Array.from(runs.values(), ({ ended }) => ended));
    },
  };
}

async function begin(deps: SliceDeps, id: string): Promise<Run> {
  const { store, clock } = deps;
  const never = new AbortController().signal;
  const prepared = await prepareRollout(deps, id);
  const { epoch } = prepared;
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
  const timers = new Map<string, AbortController>();
  let state: RolloutProgress = startRollout(prepared.input);
  let saved = '';
  let saving: Promise<void> = Promise.resolve();

  const save = (): void => {
    const status = statusOf(state);
    const text = JSON.stringify(status);
    if (text === saved || state.finish !== null) return;
    saved = text;
    saving = saving.then(() => saveStatus(deps, id, epoch, status));
    saving.catch(fail);
  };
  const note = (event: RolloutEvent): void => {
    state = record(state, event);
    pump();
  };
  const pump = (): void => {
    for (const command of decide(state)) {
      state = record(state, { kind: 'CommandIssued', command, atMs: clock.nowMs() });
      execute(command).catch(fail);
    }
    save();
  };
  const execute = async (command: Command): Promise<void> => {
    switch (command.kind) {
      case 'RunSlice': {
        const slice = await runSlice(
          deps,
          { ...command, rolloutId: id, epoch },
          { stop: never, cancel: never, again: false },
        );
        return note({ kind: 'SliceFinished', sliceId: command.sliceId, ...slice, atMs: clock.nowMs() });
      }
      case 'StartTimer': {
        const timer = new AbortController();
        timers.set(command.timerId, timer);
        await clock.sleep(command.ms, timer.signal).catch(() => undefined);
        if (timer.signal.aborted) return;
        return note({ kind: 'TimerFired', timerId: command.timerId, atMs: clock.nowMs() });
      }
      case 'CancelTimer':
        return timers.get(command.timerId)?.abort();
      case 'OpenGate': {
        const gate = await store.openGate(id, { epoch, knownPauseSeq: command.knownPauseSeq });
        const answer = { opened: gate.state === 'open', pauseSeq: gate.pauseSeq };
        return note({ kind: 'GateOpened', ...answer, atMs: clock.nowMs() });
      }
      case 'CloseGate': {
        const { reason, terminal } = command;
        await store.closeGate(id, { reason, by: 'flotilla', operator: false, terminal }, null, clock.nowMs());
        return note({ kind: 'GateClosed', atMs: clock.nowMs() });
      }
      case 'FindJoiners': {
        const { lookId, take } = command;
        const found = await findJoiners(deps, { rolloutId: id, epoch, lookId, take }, false);
        return note({ kind: 'JoinersFound', lookId, ...found, atMs: clock.nowMs() });
      }
      case 'Finish':
        await saving;
        await finishRollout(deps, id, epoch, statusOf(state));
        return end();
    }
  };

  const tell = async (message: RolloutMessage): Promise<void> => {
    const group = 'group' in message ? message.group : undefined;
    const refusal = refuseVerb(state, message.verb, { group });
    if (refusal !== undefined) throw new AppError(refusal.code, refusal.message);
    const atMs = clock.nowMs();
    const { by } = message;
    switch (message.verb) {
      case 'pause':
        return note({ kind: 'Paused', by, reason: message.reason, pauseSeq: message.pauseSeq, atMs });
      case 'resume':
        return note({ kind: 'Resumed', by, atMs });
      case 'promote':
        return note({ kind: 'Promoted', by, atMs });
      case 'overrideFreeze':
        return note({ kind: 'FreezeOverridden', by, atMs });
      case 'approve':
        return note({ kind: 'Approved', by, atMs, ...(message.group === undefined ? {} : { group: message.group }) });
      case 'abort':
        return note({ kind: 'Aborted', by, reason: message.reason, atMs });
      case 'retry': {
        const { targets, group: name } = message;
        const scope = { ...(targets === undefined ? {} : { targets }), ...(name === undefined ? {} : { group: name }) };
        const moved = await reopenTargets(deps, id, { commandId: message.id, actor: by, ...scope });
        return note({ kind: 'TargetsMoved', to: 'pending', moved, atMs: clock.nowMs() });
      }
      case 'skip': {
        const { targets, reason } = message;
        const moved = await skipTargets(deps, id, { commandId: message.id, actor: by, targets, reason });
        return note({ kind: 'TargetsMoved', to: 'skipped', moved, atMs: clock.nowMs() });
      }
      case 'setLimits': {
        const { verb: _verb, id: _id, by: _by, ...limits } = message;
        return note({ kind: 'LimitsSet', ...limits, atMs });
      }
    }
  };
  pump();
  ended.catch(() => undefined);
  return { id, tell, ended };
}
