import { isFinal, type RolloutState, TARGET_STATES, type TargetCounts } from '../shared/states.ts';
import type { GroupView, RolloutView } from '../shared/wire.ts';
import type { FreezeOverride, Gate, GroupRow, RolloutRow, Store } from '../store/types.ts';
import { nextCommand } from './next-command.ts';
import type { Flights } from './shared-flights.ts';

const CAUSES_SHOWN = 20;

/** What people see of a rollout now: the workflow's status, and the gate, which is ahead of it. */
export async function viewRollout(
  deps: { readonly store: Store; readonly flights: Flights },
  row: RolloutRow,
): Promise<RolloutView> {
  const [gate, groups, counts, causes, inFlight] = await Promise.all([
    deps.store.gate(row.id),
    deps.store.groups(row.id),
    deps.store.counts(row.id),
    deps.store.causes(row.id, CAUSES_SHOWN),
    deps.flights.of(row.id),
  ]);
  const totals = sumCounts(counts);
  const seen = visibleState(row, gate, totals);
  return {
    id: row.id,
    kind: row.kind,
    project: row.project,
    env: row.env,
    state: seen.state,
    ...(seen.cause === null ? {} : { cause: seen.cause }),
    ...viewNext(row, seen),
    toVersion: row.toVersion,
    targets: row.targets + row.joined,
    ...(row.joined === 0 ? {} : { joined: row.joined }),
    counts: totals,
    groups: groups.map((group) => viewGroup(group, sumCounts(counts.filter((count) => count.group === group.name)))),
    causes,
    inFlight,
    ...(row.freezeOverride === null ? {} : { freezeOverride: viewOverride(row.freezeOverride) }),
    ...(row.liftedThrottles.length === 0 ? {} : { liftedThrottles: row.liftedThrottles }),
    ...(row.trace === null ? {} : { traceId: row.trace.traceId }),
    createdBy: row.createdBy,
    createdAt: iso(row.createdAtMs),
    ...(row.startedAtMs === null ? {} : { startedAt: iso(row.startedAtMs) }),
    ...(row.finishedAtMs === null ? {} : { finishedAt: iso(row.finishedAtMs) }),
    ...(row.kind === 'declarative' ? { planDigest: row.changeDigest } : { directoryDigest: row.changeDigest }),
    targetSetDigest: row.targetSetDigest,
  };
}

/** A rollout at work needs nobody, unless an override waits for its confirmation: that comes first then. */
function viewNext(row: RolloutRow, seen: ReturnType<typeof visibleState>): { readonly next?: string } {
  const isAsked = row.freezeOverride !== null && row.freezeOverride.approvedBy === null;
  const isAtWork = seen.state === 'preparing' || seen.state === 'running';
  const next = isAsked && isAtWork ? nextCommand(row.id, 'override-freeze') : seen.next;
  return next === null ? {} : { next };
}

const viewOverride = ({ reason, requestedBy, requestedAtMs, approvedBy, approvedAtMs }: FreezeOverride) => ({
  reason,
  requestedBy,
  requestedAt: iso(requestedAtMs),
  ...(approvedBy === null ? {} : { approvedBy }),
  ...(approvedAtMs === null ? {} : { approvedAt: iso(approvedAtMs) }),
});

const iso = (ms: number): string => new Date(ms).toISOString();

function sumCounts(counts: Awaited<ReturnType<Store['counts']>>): TargetCounts {
  const sums = new Map<string, number>();
  for (const { state, count } of counts) sums.set(state, (sums.get(state) ?? 0) + count);
  // Always in the order of the states, so that two views of the same counts are the same text.
  return Object.fromEntries(TARGET_STATES.filter((state) => sums.has(state)).map((state) => [state, sums.get(state)]));
}

const viewGroup = (group: GroupRow, counts: TargetCounts): GroupView => ({
  name: group.name,
  state: group.state,
  size: group.size,
  counts,
  parallel: group.parallel,
  perHost: group.perHost,
  maxFailures: group.maxFailures,
  approval: group.approval,
  bakeMs: group.bakeMs,
  ...(group.bakeUntilMs === null ? {} : { bakeUntil: iso(group.bakeUntilMs) }),
  ...(group.startedAtMs === null ? {} : { startedAt: iso(group.startedAtMs) }),
  ...(group.finishedAtMs === null ? {} : { finishedAt: iso(group.finishedAtMs) }),
  dependsOn: group.dependsOn,
});

/** States that an operator's closed gate overrules: the workflow will say `paused` in their place. */
const GOES_ON: readonly RolloutState[] = ['preparing', 'running', 'draining', 'awaiting_approval', 'baking'];

/**
 * The state to show. Between an operator's pause and the workflow's word of it the status in the store is older than the gate: the gate wins,
 * also when a late status says `running` again.
 */
export function visibleState(
  row: Pick<RolloutRow, 'id' | 'state' | 'cause' | 'next'>,
  gate: Gate | undefined,
  totals: TargetCounts,
): { readonly state: RolloutState; readonly cause: string | null; readonly next: string | null } {
  const { state, cause, next } = row;
  if (gate === undefined || isFinal(state) || gate.state === 'open' || !gate.operator) return { state, cause, next };
  const reason = gate.reason === null || gate.reason === '' ? '' : `: ${gate.reason}`;
  const why = `${gate.terminal ? 'aborted' : 'paused'} by ${gate.by ?? 'an operator'}${reason}`;
  const isMoving = (totals.running ?? 0) > 0;
  if (gate.terminal) return { state: 'draining', cause: why, next: null };
  if (!GOES_ON.includes(state)) return { state, cause: cause ?? why, next };
  return { state: isMoving ? 'draining' : 'paused', cause: why, next: nextCommand(row.id, 'resume') };
}
