import { areJoinersKnown, findJoiners } from './joiners.ts';
import {
  currentGroup,
  type GroupProgress,
  isOverBudget,
  isStopped,
  isWaiting,
  lanesInFlight,
  type RolloutProgress,
  sumOf,
} from './progress.ts';
import { apply } from './record.ts';
import { allowanceLeft, pickHost, shareAllowance, sizeSlice } from './size-slice.ts';
import type { Command } from './types.ts';

/**
 * The commands that are due now. All of them hold together: the shell records CommandIssued for each and starts it, in this order, before it
 * records anything else. Nothing due: the shell waits for an event.
 */
export function decide(state: RolloutProgress): readonly Command[] {
  const commands: Command[] = [];
  let next = state;
  for (;;) {
    const command = nextCommand(next);
    if (command === undefined) return commands;
    commands.push(command);
    next = apply(next, { kind: 'CommandIssued', command, atMs: next.nowMs });
  }
}

function nextCommand(state: RolloutProgress): Command | undefined {
  if (state.finish !== null) return undefined;
  return (
    cancelTimer(state) ?? startTimer(state) ?? moveGate(state) ?? findJoiners(state) ?? finish(state) ?? runSlice(state)
  );
}

function cancelTimer({ cancels: [timerId] }: RolloutProgress): Command | undefined {
  return timerId === undefined ? undefined : { kind: 'CancelTimer', timerId };
}

function startTimer({ timers, nowMs }: RolloutProgress): Command | undefined {
  const timer = timers.find(({ issued }) => !issued);
  if (timer === undefined) return undefined;
  return { kind: 'StartTimer', timerId: timer.id, ms: Math.max(0, timer.untilMs - nowMs), purpose: timer.purpose };
}

function moveGate(state: RolloutProgress): Command | undefined {
  const { gate, timers } = state;
  if (gate.request !== null) return undefined;
  if (gate.toClose !== null) return { kind: 'CloseGate', ...gate.toClose };
  const isHeld = timers.some(({ purpose }) => purpose === 'gate');
  const hasUse = currentGroup(state)?.phase === 'working';
  if (gate.isOpen || isHeld || isStopped(state) || !hasUse) return undefined;
  return { kind: 'OpenGate', knownPauseSeq: gate.pauseSeq };
}

function finish(state: RolloutProgress): Command | undefined {
  if (state.slices.length > 0 || state.gate.request !== null) return undefined;
  if (state.abort !== null)
    return { kind: 'Finish', state: state.abort.revert === undefined ? 'aborted' : 'reverting' };
  const isOver = state.groups.every(({ phase }) => phase === 'done') && areJoinersKnown(state);
  if (!isOver || state.pause !== null || state.budgetStop !== null) return undefined;
  const hasFailed = sumOf(state.groups, ({ failed }) => failed) > 0;
  return { kind: 'Finish', state: hasFailed ? 'failed' : state.direction === 'down' ? 'reverted' : 'succeeded' };
}

function runSlice(state: RolloutProgress): Command | undefined {
  const group = currentGroup(state);
  if (group === undefined || !mayIssue(state, group) || lanesInFlight(state) >= group.parallel) return undefined;
  const left = allowanceLeft(state, group);
  if (left !== null && left <= 0) return undefined;
  const host = pickHost(state, group);
  if (host === undefined) return undefined;
  const { lanes, ...size } = sizeSlice(state, group, host, left);
  return {
    kind: 'RunSlice',
    sliceId: `slice-${state.nextId}`,
    group: group.name,
    host: host.host,
    ...size,
    ...(lanes === 1 ? {} : { lanes }),
    failureAllowance: shareAllowance(state, group, left, { lanes, maxTargets: size.maxTargets }),
    ...(lanes > 1 && left !== null && group.budgetMode === 'SOFT' ? { mayOvershoot: true } : {}),
    pass: group.pass,
    lastPass: group.pass - group.firstPass >= state.backoffMs.length,
  };
}

/** Gate open, nobody stopped it, and no other group has slices in flight (a retry in an earlier group waits for those). */
const mayIssue = (state: RolloutProgress, group: GroupProgress): boolean =>
  group.phase === 'working' &&
  !isOverBudget(group) &&
  !isStopped(state) &&
  !isWaiting(state) &&
  state.gate.isOpen &&
  state.gate.request === null &&
  state.gate.toClose === null &&
  state.slices.every((slice) => slice.group === group.name);
