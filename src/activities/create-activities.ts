import { Context } from '@temporalio/activity';
import { beginRevert } from '../app/begin-revert.ts';
import { findJoiners } from '../app/find-joiners.ts';
import { reopenTargets, skipTargets } from '../app/move-targets.ts';
import { prepareRollout } from '../app/prepare-rollout.ts';
import { runSlice, type SliceDeps } from '../app/run-slice.ts';
import { finishRollout, saveStatus } from '../app/save-status.ts';
import type { RolloutActivities } from './types.ts';

export interface ActivityDeps extends SliceDeps {
  /** Aborts when the process begins to go down: slices finish what is in flight and hand back the rest. */
  readonly shutdown: AbortSignal;
}

/** Well below the heartbeat timeout of 4 s; by a timer, because a statement may take a quarter of an hour. */
const HEARTBEAT_MS = 1_000;

/** About a quarter of a minute: a control database that is away for longer must not hold up the end of a rollout. */
const LOOKS_TRIED = 5;

/** The activities of both queues: thin steps around the use cases, each with a heartbeat while it runs. */
export function createActivities(deps: ActivityDeps): RolloutActivities {
  const { store, clock } = deps;
  return {
    prepareRollout: ({ rolloutId }) => withHeartbeat(() => prepareRollout(deps, rolloutId)),
    applySlice: (input) =>
      withHeartbeat((context) =>
        runSlice(deps, input, {
          stop: deps.shutdown,
          cancel: context.cancellationSignal,
          again: context.info.attempt > 1,
        }),
      ),
    findJoiners: (input) => withHeartbeat((context) => findJoiners(deps, input, context.info.attempt >= LOOKS_TRIED)),
    openGate: ({ rolloutId, epoch, knownPauseSeq }) =>
      withHeartbeat(async () => {
        const gate = await store.openGate(rolloutId, { epoch, knownPauseSeq });
        return { opened: gate.state === 'open' && gate.epoch === epoch, pauseSeq: gate.pauseSeq };
      }),
    closeGate: ({ rolloutId, epoch, reason, terminal }) =>
      withHeartbeat(async () => {
        const gate = await store.gate(rolloutId);
        if (gate?.epoch !== epoch) return; // a newer run has the say
        await store.closeGate(rolloutId, { reason, by: 'flotilla', operator: false, terminal }, null, clock.nowMs());
      }),
    saveStatus: ({ rolloutId, epoch, status }) => withHeartbeat(() => saveStatus(deps, rolloutId, epoch, status)),
    reopenTargets: ({ rolloutId, ...command }) =>
      withHeartbeat(async () => ({ moved: await reopenTargets(deps, rolloutId, command) })),
    skipTargets: ({ rolloutId, ...command }) =>
      withHeartbeat(async () => ({ moved: await skipTargets(deps, rolloutId, command) })),
    beginRevert: ({ rolloutId, epoch, ...command }) =>
      withHeartbeat(async () => ({ begun: await beginRevert(deps, rolloutId, epoch, command) })),
    finishRollout: ({ rolloutId, epoch, status }) => withHeartbeat(() => finishRollout(deps, rolloutId, epoch, status)),
  };
}

async function withHeartbeat<T>(run: (context: Context) => Promise<T>): Promise<T> {
  const context = Context.current();
  context.heartbeat();
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await run(context);
  } finally {
    clearInterval(timer);
  }
}
