import type { GroupState, RolloutState } from '../shared/states.ts';
import {
  currentGroup,
  type GroupProgress,
  isOverBudget,
  isStopped,
  needsApproval,
  type RolloutProgress,
  sumOf,
  unfinishedOn,
} from './progress.ts';
import { budgetCause } from './settle.ts';
import type { RolloutStatus } from './types.ts';

/** What people see. Equal states give equal statuses, so that the shell can tell whether there is something to save. */
export function statusOf(progress: RolloutProgress): RolloutStatus {
  const state = stateOf(progress);
  const current = currentGroup(progress);
  return {
    state,
    cause: causeOf(progress, state),
    nextVerbs: nextVerbs(progress, state),
    groups: progress.groups.map((group) => ({
      name: group.name,
      state: groupState(progress, group, group === current),
      bakeUntilMs: group.phase === 'baking' ? group.bakeStartMs + group.bakeMs : null,
      parallel: group.parallel,
      perHost: group.perHost,
      maxFailures: group.maxFailures,
    })),
    inFlight: progress.slices.length,
  };
}

const isStill = ({ slices, gate }: RolloutProgress): boolean =>
  slices.length === 0 && gate.request === null && gate.toClose === null;

/** There is work, and it waits until the gate may be asked again: somebody else closed it. */
const isHeld = ({ timers, gate }: RolloutProgress, group: GroupProgress | undefined): boolean =>
  group?.phase === 'working' && (gate.refusals > 0 || timers.some(({ purpose }) => purpose === 'gate'));

function stateOf(progress: RolloutProgress): RolloutState {
  if (progress.finish !== null) return progress.finish;
  if (progress.abort !== null) return 'draining';
  if (isStopped(progress)) return isStill(progress) ? 'paused' : 'draining';
  const group = currentGroup(progress);
  if (isHeld(progress, group)) return 'draining';
  const works = progress.direction === 'down' ? 'reverting' : 'running';
  if (group === undefined) return works;
  if (needsApproval(group)) return 'awaiting_approval';
  return group.phase === 'baking' ? 'baking' : works;
}

function groupState(progress: RolloutProgress, group: GroupProgress, isCurrent: boolean): GroupState {
  if (group.phase === 'done') return 'done';
  if (progress.abort !== null) return 'aborted';
  if (!isCurrent) return 'waiting';
  if (needsApproval(group)) return 'awaiting_approval';
  if (group.phase === 'baking') return 'baking';
  return isStopped(progress) ? 'paused' : 'running';
}

function causeOf(progress: RolloutProgress, state: RolloutState): string | null {
  if (progress.abort !== null) return progress.abort.cause;
  const group = currentGroup(progress);
  switch (state) {
    case 'failed':
      return failedCause(progress);
    case 'draining':
    case 'paused':
      return pauseCause(progress) ?? 'the gate is closed: waiting for the message that says why';
    case 'awaiting_approval':
      return `group "${group?.name}" waits for approval`;
    case 'baking':
      return group === undefined
        ? null
        : `group "${group.name}" bakes until ${new Date(group.bakeStartMs + group.bakeMs).toISOString()}`;
    case 'running':
      return group === undefined ? null : holdOf(group);
    default:
      return null;
  }
}

/** What holds the group; else what holds one of its hosts, and on how many more something does. */
function holdOf({ name, hold, hosts }: GroupProgress): string | null {
  if (hold) return `group "${name}" waits: ${hold}`;
  const [first, ...more] = hosts.filter((host) => host.hold && unfinishedOn(host) > 0);
  if (first === undefined) return null;
  const others = more.length === 0 ? '' : ` (and ${more.length} more ${more.length === 1 ? 'host' : 'hosts'})`;
  return `group "${name}": host "${first.host}" waits: ${first.hold}${others}`;
}

function pauseCause({ pause, budgetStop, groups }: RolloutProgress): string | undefined {
  const stopped = groups.find(({ name }) => name === budgetStop?.group);
  if (stopped !== undefined) {
    return isOverBudget(stopped)
      ? budgetCause(stopped)
      : `group "${stopped.name}" had used up its failure budget and is within it again`;
  }
  if (pause === null) return undefined;
  return `paused by ${pause.by}${pause.reason === '' ? '' : `: ${pause.reason}`}`;
}

function failedCause({ groups, direction }: RolloutProgress): string {
  const failed = sumOf(groups, (group) => group.failed);
  const sample = groups.find((group) => group.failed > 0 && group.sampleCause !== null)?.sampleCause;
  const where = groups.filter((group) => group.failed > 0).map(({ name }) => `"${name}"`);
  const targets = failed === 1 ? '1 target' : `${failed} targets`;
  if (direction === 'down') return `${targets} could not be taken back${sample ? `: ${sample}` : ''}`;
  return `${targets} failed within the budget of ${where.length === 1 ? 'group' : 'groups'} ${where.join(', ')}${sample ? `: ${sample}` : ''}`;
}

function nextVerbs(progress: RolloutProgress, state: RolloutState): readonly string[] {
  if (progress.abort !== null) return [];
  const stopped = progress.groups.find(({ name }) => name === progress.budgetStop?.group);
  switch (state) {
    case 'draining':
    case 'paused':
      if (stopped === undefined) return progress.pause === null ? ['pause', 'abort'] : ['resume', 'abort'];
      return isOverBudget(stopped) ? ['retry', 'skip', 'set', 'abort'] : ['resume', 'retry', 'abort'];
    case 'awaiting_approval':
      return ['approve', 'abort'];
    case 'baking':
      return ['promote', 'pause', 'abort'];
    case 'running':
    case 'reverting':
      return ['pause', 'abort'];
    case 'failed':
      return ['retry'];
    default:
      return [];
  }
}
