import { joinersAsked, joinersFound } from './joiners.ts';
import {
  currentGroup,
  type GroupProgress,
  isOverBudget,
  isWaiting,
  needsApproval,
  patchGroup,
  patchHost,
  progressFrom,
  type RolloutProgress,
  sumOf,
} from './progress.ts';
import { addTimer, cancelTimers, settle } from './settle.ts';
import type { Command, RolloutEvent, RolloutInput, SliceWait } from './types.ts';

/** How long a slice that found the gate closed is waited on before the gate is asked again. */
export const HOLD_MS = 500;
/** Refusals of the gate (10 s) after which a pause is taken for granted though no message of it arrived. */
const MAX_REFUSALS = 20;

type EventOf<K extends RolloutEvent['kind']> = Extract<RolloutEvent, { readonly kind: K }>;

/** The state that a run begins with: of a new rollout, or of one that is taken up again from the store. */
export const startRollout = (input: RolloutInput): RolloutProgress => settle(progressFrom(input));

/**
 * The state after an event. Events that are late, come twice or do not fit change nothing, with one exception: TargetsMoved has no id of its
 * own, the shell must record each once.
 */
export const record = (state: RolloutProgress, event: RolloutEvent): RolloutProgress =>
  settle(apply({ ...state, nowMs: Math.max(state.nowMs, event.atMs) }, event));

/** An event without the rules that follow from it; `decide` uses it to go on while it gives out commands. */
export function apply(state: RolloutProgress, event: RolloutEvent): RolloutProgress {
  switch (event.kind) {
    case 'CommandIssued':
      return issued(state, event.command);
    case 'SliceFinished':
      return sliceFinished(state, event);
    case 'TimerFired':
      return timerFired(state, event.timerId);
    case 'GateOpened':
      return gateOpened(state, event);
    case 'GateClosed':
      return state.gate.request?.kind === 'close'
        ? { ...state, gate: { ...state.gate, request: null, isOpen: false } }
        : state;
    case 'Paused':
      return paused(state, event);
    case 'Resumed':
      return resumed(state);
    case 'Promoted':
      return promoted(state);
    case 'Approved':
      return approved(state, event.group);
    case 'Aborted':
      return aborted(state, event);
    case 'RevertRequested':
      return revertRequested(state, event);
    case 'FreezeOverridden':
      return freezeOverridden(state);
    case 'JoinersFound':
      return joinersFound(state, event);
    case 'TargetsMoved':
      return targetsMoved(state, event);
    case 'LimitsSet':
      return limitsSet(state, event);
  }
}

function issued(state: RolloutProgress, command: Command): RolloutProgress {
  switch (command.kind) {
    case 'RunSlice':
      return sliceIssued(state, command);
    case 'StartTimer':
      return {
        ...state,
        timers: state.timers.map((timer) => (timer.id === command.timerId ? { ...timer, issued: true } : timer)),
      };
    case 'CancelTimer':
      return { ...state, cancels: state.cancels.filter((id) => id !== command.timerId) };
    case 'OpenGate':
      return { ...state, gate: { ...state.gate, request: { kind: 'open', pauseSeq: command.knownPauseSeq } } };
    case 'CloseGate':
      return { ...state, gate: { ...state.gate, request: { kind: 'close' }, isOpen: false, toClose: null } };
    case 'FindJoiners':
      return joinersAsked(state, command.lookId);
    case 'Finish':
      return { ...state, finish: command.state };
  }
}

function sliceIssued(state: RolloutProgress, command: Extract<Command, { kind: 'RunSlice' }>): RolloutProgress {
  if (state.slices.some(({ id }) => id === command.sliceId)) return state;
  const { sliceId, group, host, maxTargets, lanes = 1, failureAllowance } = command;
  const opening = state.gate.openings;
  const overrides = state.overrides === undefined ? {} : { overrides: state.overrides };
  const slice = { id: sliceId, group, host, maxTargets, lanes, failureAllowance, opening, ...overrides };
  return patchGroup({ ...state, nextId: state.nextId + 1, slices: [...state.slices, slice] }, group, ({ hosts }) => ({
    sliceSize: maxTargets,
    hosts: patchHost(hosts, host, (at) => ({
      slices: at.slices + 1,
      lanes: at.lanes + lanes,
      reserved: at.reserved + maxTargets,
    })),
  }));
}

function sliceFinished(state: RolloutProgress, event: EventOf<'SliceFinished'>): RolloutProgress {
  const slice = state.slices.find(({ id }) => id === event.sliceId);
  if (slice === undefined) return state;
  const { applied = 0, unchanged = 0, reverted = 0, gone = 0, skipped = 0, failed = 0, deferred = 0 } = event.counts;
  const finished = applied + unchanged + reverted + gone + skipped + failed + deferred;
  const others = state.slices.filter(({ id }) => id !== slice.id);
  const isAlone = !others.some(({ group, host }) => group === slice.group && host === slice.host);
  // Nothing to be had, and nobody else holds any: what counts as pending waits for a later pass in the store. See progress.ts.
  const hasNone = isAlone && event.claimed === 0 && !event.gateClosed && event.wait === undefined;
  const ended = patchGroup({ ...state, slices: others }, slice.group, (group) => ({
    failed: group.failed + failed,
    ...(finished > 0 && event.msPerTarget > 0 ? { msPerTarget: smooth(group.msPerTarget, event.msPerTarget) } : {}),
    ...(finished > 0 && !isWaiting(state) ? { hold: null } : {}),
    ...(failed > 0 && event.sampleCause !== undefined ? { sampleCause: event.sampleCause } : {}),
    hosts: patchHost(group.hosts, slice.host, (host) => {
      const pending = host.pending - finished;
      const isLater = hasNone || (isAlone && pending < 0);
      return {
        ...(finished > 0 && !isWaiting(state, slice.host) ? { hold: null } : {}),
        slices: host.slices - 1,
        lanes: host.lanes - slice.lanes,
        reserved: host.reserved - slice.maxTargets,
        pending: isLater ? 0 : pending,
        deferred: host.deferred + deferred + (isLater ? pending : 0),
      };
    }),
  }));
  // Issued before the override, it may have asked before: the next slice asks anew.
  const isOverridden = (slice.overrides ?? 0) < (state.overrides ?? 0);
  if (event.wait !== undefined && !isOverridden) return wait(ended, slice, event.wait);
  if (!ended.gate.isOpen) return ended;
  // What it saw of the gate was before the newest opening.
  const isOldNews = slice.opening < ended.gate.openings;
  // Nothing done though the gate is open: a worker that shuts down, or another slice was quicker. Ask again in a while, not at once.
  const isIdle = event.gateClosed ? !isOldNews : finished === 0 && !hasNone && event.wait === undefined;
  return isIdle ? hold({ ...ended, gate: { ...ended.gate, isOpen: false } }) : ended;
}

/** Nothing of the group, or of the host, is issued until the timer fires; slices in flight may report the same meanwhile. */
function wait(
  state: RolloutProgress,
  slice: { readonly group: string; readonly host: string },
  { reason, ms, scope }: SliceWait,
): RolloutProgress {
  const host = scope === 'host' ? slice.host : undefined;
  const held = patchGroup(state, slice.group, ({ hosts }) =>
    host === undefined ? { hold: reason } : { hosts: patchHost(hosts, host, () => ({ hold: reason })) },
  );
  const isKnown = isWaiting(state, host) || state.abort !== null || state.finish !== null;
  return isKnown ? held : addTimer(held, 'policy', slice.group, ms, host);
}

/** Whatever waits for a policy asks it again: it may be another one that holds. */
const freezeOverridden = (state: RolloutProgress): RolloutProgress => ({
  ...cancelTimers(state, ({ purpose }) => purpose === 'policy'),
  overrides: (state.overrides ?? 0) + 1,
  groups: state.groups.map((group) => ({
    ...group,
    hold: null,
    hosts: group.hosts.map((host) => (host.hold == null ? host : { ...host, hold: null })),
  })),
});

const smooth = (before: number | null, ms: number): number => (before === null ? ms : before * 0.7 + ms * 0.3);

/** Waits a little before the gate is asked; nothing is issued meanwhile. */
const hold = (state: RolloutProgress): RolloutProgress =>
  state.pause !== null || state.budgetStop !== null || state.timers.some(({ purpose }) => purpose === 'gate')
    ? state
    : addTimer(state, 'gate', '', HOLD_MS);

function timerFired(state: RolloutProgress, timerId: string): RolloutProgress {
  const timer = state.timers.find(({ id }) => id === timerId);
  if (timer === undefined) return state;
  const left = { ...state, timers: state.timers.filter(({ id }) => id !== timerId) };
  switch (timer.purpose) {
    case 'gate':
    case 'policy':
      return left;
    case 'bake':
      return patchGroup(left, timer.group, () => ({ baked: true }));
    case 'backoff':
      return patchGroup(left, timer.group, ({ pass, hosts }) => ({
        pass: pass + 1,
        hosts: hosts.map((host) => ({ ...host, pending: host.pending + host.deferred, deferred: 0 })),
      }));
  }
}

function gateOpened(state: RolloutProgress, event: EventOf<'GateOpened'>): RolloutProgress {
  const { gate } = state;
  if (gate.request?.kind !== 'open') return state;
  // Paused since it was sent: whatever it did, the pause closed the gate after it.
  const isOvertaken = gate.request.pauseSeq !== gate.pauseSeq;
  const answered = { ...state, gate: { ...gate, request: null } };
  if (isOvertaken) return answered;
  if (event.opened) {
    return { ...answered, gate: { ...answered.gate, isOpen: true, openings: gate.openings + 1, refusals: 0 } };
  }
  if (gate.refusals + 1 < MAX_REFUSALS) {
    return hold({ ...answered, gate: { ...answered.gate, refusals: gate.refusals + 1 } });
  }
  return {
    ...answered,
    gate: { ...answered.gate, refusals: 0, pauseSeq: Math.max(gate.pauseSeq, event.pauseSeq ?? 0) },
    pause: state.pause ?? { by: 'the gate', reason: 'it is closed, and no message says why' },
  };
}

function paused(state: RolloutProgress, event: EventOf<'Paused'>): RolloutProgress {
  const { gate } = state;
  const isKnown = event.pauseSeq < gate.pauseSeq || (event.pauseSeq === gate.pauseSeq && state.pause === null);
  if (isKnown || state.finish !== null) return state;
  return cancelTimers(
    {
      ...state,
      pause: { by: event.by, reason: event.reason },
      gate: { ...gate, isOpen: false, refusals: 0, pauseSeq: event.pauseSeq },
    },
    ({ purpose }) => purpose === 'gate',
  );
}

const resumed = (state: RolloutProgress): RolloutProgress => endBudgetStop({ ...state, pause: null });

/** Only where the budget allows it: nothing but fewer failures or a larger budget ends a budget's pause. */
function endBudgetStop(state: RolloutProgress): RolloutProgress {
  const group = state.groups.find(({ name }) => name === state.budgetStop?.group);
  if (group === undefined || isOverBudget(group)) return state;
  const { toClose } = state.gate;
  return { ...state, budgetStop: null, gate: { ...state.gate, toClose: toClose?.terminal === true ? toClose : null } };
}

function promoted(state: RolloutProgress): RolloutProgress {
  const group = currentGroup(state);
  if (group?.phase !== 'baking') return state;
  const isItsBake = ({ purpose, group: name }: { purpose: string; group: string }): boolean =>
    purpose === 'bake' && name === group.name;
  return patchGroup(cancelTimers(state, isItsBake), group.name, () => ({ baked: true }));
}

function approved(state: RolloutProgress, name: string | undefined): RolloutProgress {
  const group = currentGroup(state);
  if (group === undefined || !needsApproval(group) || (name !== undefined && name !== group.name)) return state;
  return patchGroup(state, group.name, () => ({ approved: true }));
}

function aborted(state: RolloutProgress, event: EventOf<'Aborted'>): RolloutProgress {
  if (state.abort !== null || state.finish !== null) return state;
  const cause = `aborted by ${event.by}${event.reason === '' ? '' : `: ${event.reason}`}`;
  // Whoever aborts has closed the gate; again, in case the message came another way.
  return {
    ...state,
    abort: { cause },
    gate: { ...state.gate, isOpen: false, toClose: { reason: cause, terminal: true } },
  };
}

/** As an abort; what was applied is taken back by the run after this one. */
function revertRequested(state: RolloutProgress, event: EventOf<'RevertRequested'>): RolloutProgress {
  const { by, reason, pauseSeq, scope, atMs } = event;
  const stopped = aborted(state, { kind: 'Aborted', by, reason, atMs });
  if (stopped === state) return state;
  const cause = `taken back by ${by}${reason === '' ? '' : `: ${reason}`}`;
  const gate = { ...stopped.gate, pauseSeq: Math.max(stopped.gate.pauseSeq, pauseSeq) };
  return { ...stopped, gate, abort: { cause, revert: scope } };
}

function targetsMoved(state: RolloutProgress, event: EventOf<'TargetsMoved'>): RolloutProgress {
  const toPending = event.to === 'pending';
  let next = state;
  for (const { group, host, from, count } of event.moved) {
    next = patchGroup(next, group, (progress) => moveTargets(progress, host, from, count, toPending));
  }
  const isRetry = toPending && sumOf(event.moved, ({ count }) => count) > 0;
  return isRetry ? endBudgetStop(next) : next;
}

function moveTargets(
  group: GroupProgress,
  host: string,
  from: 'failed' | 'pending' | 'deferred',
  count: number,
  toPending: boolean,
): Partial<GroupProgress> {
  const gained = toPending ? count : 0;
  return {
    failed: group.failed - (from === 'failed' ? count : 0),
    // Retried targets get all their tries again.
    ...(toPending ? { firstPass: group.pass } : {}),
    hosts:
      from === 'failed' && !toPending
        ? group.hosts
        : patchHost(group.hosts, host, ({ pending, deferred }) => {
            // The store keeps `deferred` until the next claim, while here a new pass has made it pending.
            const fromDeferred = from === 'deferred' ? Math.min(count, Math.max(0, deferred)) : 0;
            const fromPending = from === 'failed' ? 0 : count - fromDeferred;
            return { pending: pending - fromPending + gained, deferred: deferred - fromDeferred };
          }),
  };
}

function limitsSet(state: RolloutProgress, event: EventOf<'LimitsSet'>): RolloutProgress {
  const { parallel, perHost, maxFailures, bakeMs } = event;
  const group = state.groups.find(({ name }) => name === event.group);
  if (group === undefined) return state;
  const limited = patchGroup(state, group.name, () => ({
    ...(parallel === undefined ? {} : { parallel }),
    ...(perHost === undefined ? {} : { perHost }),
    ...(maxFailures === undefined ? {} : { maxFailures }),
    ...(bakeMs === undefined ? {} : { bakeMs }),
  }));
  if (bakeMs === undefined || group.phase !== 'baking') return limited;
  const isItsBake = ({ purpose, group: name }: { purpose: string; group: string }): boolean =>
    purpose === 'bake' && name === group.name;
  const leftMs = Math.max(0, group.bakeStartMs + bakeMs - state.nowMs);
  return addTimer(cancelTimers(limited, isItsBake), 'bake', group.name, leftMs);
}
