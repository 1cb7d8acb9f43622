/**
 * What follows from the state by itself, run after every event until nothing changes:
 *
 *   group:   waiting ──(approved, or no approval asked)──► working ──(no work left)──► baking ──(timer, promote)──► done
 *               └──(no targets)──► done       ▲───────────────(retry)──────────────────┴────────────────────────────┘
 *   rollout: runs ──(failed > maxFailures)──► budget stop (PAUSE) or abort (ABORT; REVERT_… with a way back after it)
 *
 * The clocks of a bake and of a backoff go on while the rollout is paused; what they lead to waits for the resume.
 */
import { joinersDue } from './joiners.ts';
import {
  currentGroup,
  type GroupProgress,
  isOverBudget,
  needsApproval,
  patchGroup,
  type RolloutProgress,
  type Timer,
  unfinishedOn,
} from './progress.ts';

/** Only where an engine defers a target in the last pass of an empty list of backoffs. */
const FALLBACK_BACKOFF_MS = 1_000;

export function settle(state: RolloutProgress): RolloutProgress {
  let settled = state;
  for (;;) {
    const next = step(settled);
    if (next === settled) return settled;
    settled = next;
  }
}

/** The first rule that applies; the same object where none does. */
function step(state: RolloutProgress): RolloutProgress {
  if (state.finish !== null) return state;
  if (state.abort !== null) return state.timers.length === 0 ? state : cancelTimers(state, () => true);
  const reopened = state.groups.find((group) => (group.phase === 'done' || group.phase === 'baking') && hasWork(group));
  if (reopened !== undefined) return reopenGroup(state, reopened);
  const group = currentGroup(state);
  const isOld = (timer: Timer): boolean =>
    timer.purpose === 'policy' && (timer.group !== group?.name || group.phase !== 'working');
  if (state.timers.some(isOld)) return cancelTimers(state, isOld);
  if (group === undefined) return state;
  if (group.phase === 'waiting') return enterGroup(state, group);
  if (group.phase === 'baking') return group.baked ? endGroup(state, group) : state;
  if (isOverBudget(group)) return stopForBudget(state, group);
  return leaveGroup(state, group);
}

const hasWork = (group: GroupProgress): boolean => group.hosts.some((host) => unfinishedOn(host) > 0);
const isInFlight = (group: GroupProgress): boolean => group.hosts.some(({ slices }) => slices > 0);

/** A retry in a group that had no work left. */
function reopenGroup(state: RolloutProgress, group: GroupProgress): RolloutProgress {
  const isItsBake = (timer: Timer): boolean => timer.purpose === 'bake' && timer.group === group.name;
  return patchGroup(cancelTimers(state, isItsBake), group.name, () => ({ phase: 'working' }));
}

function enterGroup(state: RolloutProgress, group: GroupProgress): RolloutProgress {
  if (!hasWork(group) && !isInFlight(group) && group.failed <= 0) return endGroup(state, group);
  if (needsApproval(group)) return state;
  return patchGroup(state, group.name, () => ({ phase: 'working' }));
}

const endGroup = (state: RolloutProgress, group: GroupProgress): RolloutProgress =>
  // Without its hosts: the state of a long rollout must stay small. A count below zero waits for a report that is on its way.
  patchGroup({ ...state, ...joinersDue(state) }, group.name, ({ hosts }) => ({
    phase: 'done',
    hosts: hosts.filter((host) => unfinishedOn(host) !== 0),
  }));

function stopForBudget(state: RolloutProgress, group: GroupProgress): RolloutProgress {
  const cause = budgetCause(group);
  if (group.onFailure !== 'PAUSE') {
    // A pause holds for the way back too: it begins with the resume. The run that carries it out knows of no pause before it.
    if (state.pause !== null && group.onFailure !== 'ABORT') return state;
    const revert = { REVERT_GROUP: { group: group.name }, REVERT_ALL: {}, ABORT: undefined }[group.onFailure];
    const abort = { cause, ...(revert === undefined ? {} : { revert }) };
    return { ...state, abort, gate: { ...state.gate, toClose: { reason: cause, terminal: true } } };
  }
  if (state.budgetStop !== null) return state;
  const stopped = { ...state, budgetStop: { group: group.name } };
  return cancelTimers(
    { ...stopped, gate: { ...state.gate, toClose: { reason: cause, terminal: false } } },
    ({ purpose }) => purpose === 'gate',
  );
}

/** Count, budget and what the database said. */
export function budgetCause({ name, failed, maxFailures, sampleCause }: GroupProgress): string {
  const targets = failed === 1 ? '1 target' : `${failed} targets`;
  return `group "${name}": ${targets} failed, max_failures is ${maxFailures ?? 'not set'}${sampleCause === null ? '' : `: ${sampleCause}`}`;
}

/** A working group within its budget: the next pass, the bake, the end, or nothing yet. */
function leaveGroup(state: RolloutProgress, group: GroupProgress): RolloutProgress {
  if (isInFlight(group) || group.hosts.some(({ pending }) => pending > 0)) return state;
  if (hasWork(group)) return waitForPass(state, group);
  // Skipped down to its budget: the operator says when it goes on.
  if (state.budgetStop !== null) return state;
  if (group.bakeMs <= 0 || group.baked) return endGroup(state, group);
  const baking = patchGroup(state, group.name, () => ({ phase: 'baking', bakeStartMs: state.nowMs }));
  return addTimer(baking, 'bake', group.name, group.bakeMs);
}

function waitForPass(state: RolloutProgress, group: GroupProgress): RolloutProgress {
  const isWaiting = state.timers.some((timer) => timer.purpose === 'backoff' && timer.group === group.name);
  if (isWaiting) return state;
  const tries = Math.min(group.pass - group.firstPass, state.backoffMs.length - 1);
  return addTimer(state, 'backoff', group.name, state.backoffMs[tries] ?? FALLBACK_BACKOFF_MS);
}

export const addTimer = (
  state: RolloutProgress,
  purpose: Timer['purpose'],
  group: string,
  ms: number,
  host?: string,
): RolloutProgress => ({
  ...state,
  nextId: state.nextId + 1,
  timers: [
    ...state.timers,
    {
      id: `${purpose}-${state.nextId}`,
      purpose,
      group,
      ...(host === undefined ? {} : { host }),
      untilMs: state.nowMs + ms,
      issued: false,
    },
  ],
});

export const cancelTimers = (state: RolloutProgress, isMeant: (timer: Timer) => boolean): RolloutProgress => ({
  ...state,
  timers: state.timers.filter((timer) => !isMeant(timer)),
  cancels: [...state.cancels, ...state.timers.filter((timer) => timer.issued && isMeant(timer)).map(({ id }) => id)],
});
