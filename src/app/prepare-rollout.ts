import type { GroupInput, RolloutInput } from '../rollout/types.ts';
import type { Clock } from '../shared/clock.ts';
import { JOINED_GROUP } from '../shared/states.ts';
import type { Gate, GroupRow, Store } from '../store/types.ts';
import { isCanaryGroup } from './canary-group.ts';
import { emptyJoinedGroup } from './joined-group.ts';
import type { AppSettings } from './settings.ts';

type Counts = Awaited<ReturnType<Store['counts']>>;

/** A slice ends by the clock; this only bounds what its outcomes take in memory. */
const MAX_TARGETS_PER_SLICE = 5_000;
/** One activity for so many targets at once: a slice costs the orchestrator more than many fast targets cost their server. */
const LANES_PER_SLICE = 8;

/**
 * A run of the workflow takes the rollout over: older runs are fenced off, and what they held is pending again.
 * What comes back is what the core starts from.
 */
export async function prepareRollout(
  deps: { readonly store: Store; readonly clock: Clock; readonly settings: Pick<AppSettings, 'backoffMs'> },
  rolloutId: string,
): Promise<{ readonly epoch: number; readonly input: RolloutInput; readonly pauseSeq: number }> {
  const { store, clock } = deps;
  const epoch = await store.takeOver(rolloutId);
  const rollout = await store.getRollout(rolloutId);
  const isDown = rollout?.direction === 'down';
  const [gate, stored, counts, causes] = await Promise.all([
    store.gate(rolloutId),
    store.groups(rolloutId),
    isDown ? store.revertCounts(rolloutId) : store.counts(rolloutId),
    store.causes(rolloutId, 20),
  ]);
  if (rollout === undefined || gate === undefined) throw new Error(`rollout ${rolloutId} is not in the store`);
  const named = stored.filter(({ name }) => name !== JOINED_GROUP).length;
  const isOpenEnded = !isDown && rollout.joiners === 'TAIL' && named === stored.length;
  const groups = isOpenEnded ? [...stored, emptyJoinedGroup(stored)] : stored;
  const toInput = (group: GroupRow): GroupInput => {
    const cause = causes.find((one) => one.group === group.name);
    return {
      ...groupInput(group, counts, named),
      ...(cause === undefined ? {} : { sampleCause: `${cause.code} ${cause.message} (${cause.targets[0] ?? ''})` }),
    };
  };
  const pause = operatorPause(gate);
  const isOpen =
    gate.state === 'open' ||
    (pause === undefined && isAtWork(groups, counts) && (await openGate(store, gate, rolloutId)));
  const input: RolloutInput = {
    ...(isDown ? { direction: 'down' as const } : {}),
    groups: isDown ? groups.toReversed().map(toInput).map(downwards) : groups.map(toInput),
    backoffMs: deps.settings.backoffMs,
    ...(isDown || rollout.joiners === null ? {} : { joiners: rollout.joiners }),
    nowMs: clock.nowMs(),
    pauseSeq: gate.pauseSeq,
    gateOpen: isOpen,
    ...(pause === undefined ? {} : { pause }),
  };
  return { epoch, input, pauseSeq: gate.pauseSeq };
}

/**
 * On the way back nobody is asked and nothing bakes, and one target that cannot go back keeps no other from it. Groups without such targets are
 * not part of it.
 */
const downwards = (group: GroupInput): GroupInput => ({
  ...group,
  approval: false,
  bakeMs: 0,
  maxFailures: null,
  onFailure: 'PAUSE',
  state: group.hosts.length === 0 ? 'done' : group.state === 'waiting' ? 'waiting' : 'running',
});

/** A pause that no resume has answered outlives the run that it was sent to. An abort's message comes again by itself. */
const operatorPause = (gate: Gate): RolloutInput['pause'] =>
  gate.state === 'closed' && gate.operator && !gate.terminal
    ? { by: gate.by ?? 'an operator', reason: gate.reason ?? '' }
    : undefined;

/**
 * Opens the gate along with the preparation where the core would ask for it first thing: the first target starts a workflow task and an
 * activity sooner. Else the core asks when there is work.
 */
async function openGate(store: Store, gate: Gate, rolloutId: string): Promise<boolean> {
  const opened = await store.openGate(rolloutId, { epoch: gate.epoch, knownPauseSeq: gate.pauseSeq });
  return opened.state === 'open' && opened.epoch === gate.epoch;
}

/** Not where the group that is next waits for approval, bakes, or has used up its failure budget. */
function isAtWork(groups: readonly GroupRow[], counts: Counts): boolean {
  const next = groups.find(({ state }) => state !== 'done');
  if (next === undefined) return false;
  const failed = counts
    .filter(({ group, state }) => group === next.name && state === 'failed')
    .reduce((sum, { count }) => sum + count, 0);
  const isWithinBudget = next.maxFailures === null || failed <= next.maxFailures;
  return isWithinBudget && (next.state === 'running' || (next.state === 'waiting' && !next.approval));
}

function groupInput(group: GroupRow, counts: Counts, groups: number): GroupInput {
  const own = counts.filter((count) => count.group === group.name);
  const hosts = new Map<string, number>();
  let failed = 0;
  for (const { host, state, count } of own) {
    if (state === 'pending' || state === 'deferred' || state === 'running') {
      hosts.set(host, (hosts.get(host) ?? 0) + count);
    }
    if (state === 'failed') failed += count;
  }
  const isCanary = isCanaryGroup(group, groups);
  return {
    name: group.name,
    hosts: Array.from(hosts, ([host, pending]) => ({ host, pending })),
    failed,
    parallel: group.parallel,
    perHost: group.perHost,
    maxFailures: group.maxFailures,
    budgetMode: group.budgetMode,
    onFailure: group.onFailure,
    approval: group.approval,
    bakeMs: group.bakeMs,
    maxTargetsPerSlice: isCanary ? 1 : MAX_TARGETS_PER_SLICE,
    lanesPerSlice: isCanary ? 1 : LANES_PER_SLICE,
    state: stateOf(group, hosts.size > 0),
    ...(group.bakeUntilMs === null ? {} : { bakeUntilMs: group.bakeUntilMs }),
  };
}

/** A group that had ended and has work again (its failed targets were reopened) was approved before: it goes on. */
const stateOf = (group: GroupRow, hasWork: boolean): GroupRow['state'] =>
  hasWork && (group.state === 'done' || group.state === 'aborted' || group.state === 'baking')
    ? group.startedAtMs === null
      ? 'waiting'
      : 'running'
    : group.state;
