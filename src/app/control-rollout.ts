/** The verbs of an operator on a live rollout. Each comes back once it holds, and leaves an entry in the audit trail. */
import { randomUUID } from 'node:crypto';
import { AppError } from '../shared/errors.ts';
import type { RolloutView } from '../shared/wire.ts';
import type { RolloutRow } from '../store/types.ts';
import type { Actor, App } from './app.ts';
import type { MessageDelivery } from './deliver-messages.ts';
import type { AppDeps } from './deps.ts';
import { findRollout, refuseOver } from './find-rollout.ts';
import { GATE_SETTLE_MS } from './gate-reader.ts';
import type { RolloutMessage } from './ports.ts';
import { viewRollout } from './rollout-view.ts';
import { spanOf } from './traces/trace-rollout.ts';

export interface ControlDeps extends AppDeps {
  readonly delivery: MessageDelivery;
}

interface Asked {
  readonly actor: Actor;
  readonly reason?: string;
}

/** How long a verb waits for its effect to be seen; then it answers with what is there. */
const SETTLE_MS = 1_000;
const SETTLE_STEP_MS = 20;
/** A pause that cancels waits so long for the last target in flight: a server that undoes a long statement gets 30 s for it. */
const CANCELLED_MS = 45_000;

/** A start that has not begun after so long is not waited for: its database does not answer. */
const LONGEST_START_MS = 2_000;

/**
 * Closes the gate, and comes back when no worker can start a target any more: 65 ms after the commit. The workflow is told in the background,
 * because that takes as long as Temporal's backlog.
 */
async function stop(
  deps: ControlDeps,
  id: string,
  verb: 'pause' | 'abort',
  asked: Asked,
  cancel = false,
): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  refuseOver(row, verb);
  const reason = asked.reason ?? '';
  const { name } = asked.actor;
  const event = {
    kind: verb === 'pause' ? 'PauseRequested' : 'AbortRequested',
    actor: name,
    ...(asked.reason === undefined ? {} : { reason: asked.reason }),
    data: cancel ? { now: true } : {},
  };
  const closing = { reason, by: name, operator: true, terminal: verb === 'abort', cancel };
  const gate = await deps.store.closeGate(row.id, closing, event, deps.clock.nowMs());
  const closedMs = deps.clock.monotonicMs();
  const base = { id: randomUUID(), by: name, reason };
  await deps.delivery.post(row, verb === 'pause' ? { ...base, verb, pauseSeq: gate.pauseSeq } : { ...base, verb });
  await deps.clock.sleep(Math.max(0, closedMs + GATE_SETTLE_MS - deps.clock.monotonicMs()));
  // What this process has let start is seen to begin, however long a busy machine keeps it waiting.
  await Promise.race([deps.running.untilBegun(row.id), deps.clock.sleep(LONGEST_START_MS)]);
  return accepted(deps, row, verb, asked, beganMs);
}

export async function pauseRollout(
  deps: ControlDeps,
  id: string,
  { now = false, ...asked }: Asked & { readonly now?: boolean },
): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const paused = await stop(deps, id, 'pause', asked, now);
  return now ? untilNothingInFlight(deps, paused.id, asked.actor, beganMs) : paused;
}

/** Every process gives up what it has in flight, by the word in the gate; what comes back is where the rollout stands then, or when time is over. */
async function untilNothingInFlight(
  deps: ControlDeps,
  id: string,
  { name }: Actor,
  beganMs: number,
): Promise<RolloutView> {
  const { store, clock } = deps;
  while (clock.monotonicMs() - beganMs < CANCELLED_MS) {
    const [gate, totals] = await Promise.all([store.gate(id), store.totals(id)]);
    // Somebody has said otherwise since.
    if (gate?.cancels !== true) break;
    if ((totals.running ?? 0) === 0) {
      const ms = Math.round(clock.monotonicMs() - beganMs);
      await store.appendEvent(id, { kind: 'InFlightEnded', actor: name, data: { ms } }, clock.nowMs());
      break;
    }
    await clock.sleep(SETTLE_STEP_MS);
  }
  return viewRollout(deps, await findRollout(store, id));
}

export const abortRollout = (deps: ControlDeps, id: string, asked: Asked): Promise<RolloutView> =>
  stop(deps, id, 'abort', asked);

/** Sends a verb to the workflow, which says whether it fits, and writes it into the audit trail. */
export async function tell(
  deps: ControlDeps,
  row: RolloutRow,
  message: RolloutMessage,
  asked: Asked & { readonly data?: Readonly<Record<string, unknown>> },
): Promise<void> {
  refuseOver(row, message.verb);
  const gate = await deps.store.gate(row.id);
  if (gate?.terminal === true) {
    throw new AppError('ROLLOUT_OVER', `rollout "${row.id}" is being aborted; there is nothing to ${message.verb}`, {
      next: `flotilla rollout get ${row.id}`,
    });
  }
  // A resume must not overtake the pause before it.
  await deps.delivery.settled(row);
  await deps.workflows.send(row, message);
  // What these two move is written by the move itself, with the number of targets.
  if (message.verb === 'retry' || message.verb === 'skip') return;
  const reason = asked.reason === undefined ? {} : { reason: asked.reason };
  const event = { kind: requested(message.verb), actor: asked.actor.name, ...reason, data: asked.data ?? {} };
  await deps.store.appendEvent(row.id, event, deps.clock.nowMs());
}

const requested = (verb: string): string => `${verb.charAt(0).toUpperCase()}${verb.slice(1)}Requested`;

export async function resumeRollout(deps: ControlDeps, id: string, asked: Asked): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  const before = await viewRollout(deps, row);
  refuseOver(row, 'resume');
  if (before.state !== 'paused' && before.state !== 'draining') throw notPaused(before);
  await tell(deps, row, { id: randomUUID(), by: asked.actor.name, verb: 'resume' }, asked);
  await settle(deps, row.id, ['paused', 'draining']);
  return accepted(deps, row, 'resume', asked, beganMs);
}

const notPaused = (view: RolloutView): AppError =>
  new AppError('ROLLOUT_STATE', `rollout "${view.id}" is ${view.state}, not paused; there is nothing to resume`, {
    next: view.next ?? `flotilla rollout get ${view.id}`,
  });

export async function promoteRollout(deps: ControlDeps, id: string, asked: Asked): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  await tell(deps, row, { id: randomUUID(), by: asked.actor.name, verb: 'promote' }, asked);
  await settle(deps, row.id, ['baking']);
  return accepted(deps, row, 'promote', asked, beganMs);
}

export async function approveRollout(
  deps: ControlDeps,
  id: string,
  asked: Asked & { readonly group?: string },
): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  const group = asked.group === undefined ? {} : { group: asked.group };
  if (asked.group !== undefined) await requireGroup(deps, row, asked.group);
  await tell(
    deps,
    row,
    { id: randomUUID(), by: asked.actor.name, verb: 'approve', ...group },
    { ...asked, data: group },
  );
  await settle(deps, row.id, ['awaiting_approval']);
  return accepted(deps, row, 'approve', asked, beganMs);
}

export async function setLimits(
  deps: ControlDeps,
  id: string,
  options: Parameters<App['setLimits']>[1],
): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  const { actor, group, ...limits } = options;
  await requireGroup(deps, row, group);
  requireWhole('parallel', limits.parallel, 1);
  requireWhole('per_host', limits.perHost, 1);
  requireWhole('max_failures', limits.maxFailures, 0);
  requireWhole('bake', limits.bakeMs, 0);
  const message = { id: randomUUID(), by: actor.name, verb: 'setLimits', group, ...limits } as const;
  await tell(deps, row, message, { actor, data: { group, ...limits } });
  return accepted(deps, row, 'set', { actor }, beganMs);
}

function requireWhole(name: string, value: number | null | undefined, least: number): void {
  if (value === undefined || value === null || (Number.isSafeInteger(value) && value >= least)) return;
  throw new AppError('INPUT_INVALID', `"${name}" is ${value}; expected a whole number of at least ${least}`);
}

/** @throws AppError GROUP_NOT_FOUND */
export async function requireGroup(deps: ControlDeps, row: RolloutRow, name: string): Promise<void> {
  const groups = await deps.store.groups(row.id);
  if (groups.some((group) => group.name === name)) return;
  const names = groups.map((group) => `"${group.name}"`).join(', ');
  throw new AppError('GROUP_NOT_FOUND', `rollout "${row.id}" has no group "${name}"; it has ${names}`);
}

/** Waits a little until the visible state has left those that the verb ends: the next look at it then shows the verb's effect. */
export async function settle(deps: ControlDeps, id: string, leaves: readonly RolloutView['state'][]): Promise<void> {
  const deadline = deps.clock.monotonicMs() + SETTLE_MS;
  while (deps.clock.monotonicMs() < deadline) {
    const view = await viewRollout(deps, await findRollout(deps.store, id));
    if (!leaves.includes(view.state)) return;
    await deps.clock.sleep(SETTLE_STEP_MS);
  }
}

/** Says that a verb holds, and how long that took. */
export async function accepted(
  deps: ControlDeps,
  row: RolloutRow,
  verb: string,
  asked: Asked,
  beganMs: number,
): Promise<RolloutView> {
  const ms = deps.clock.monotonicMs() - beganMs;
  const reason = asked.reason === undefined ? {} : { reason: asked.reason };
  deps.events.emit({
    kind: 'ControlAccepted',
    rolloutId: row.id,
    verb,
    actor: asked.actor.name,
    ms,
    ...reason,
    ...spanOf(row),
  });
  return viewRollout(deps, await findRollout(deps.store, row.id));
}
