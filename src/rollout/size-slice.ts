/** Which host gets the next lane, and how much it is given. Pure arithmetic on the state. */
import { availableOn, type GroupProgress, type HostProgress, type RolloutProgress, sumOf } from './progress.ts';

/** Each lane adds this to the length of a slice: 1000 / 40 = 25 slices a second, however many lanes there are. */
const MS_PER_LANE = 40;
const MIN_SLICE_MS = 250;
const MAX_SLICE_MS = 5_000;
/** A slice costs about 6 ms of CPU beside its work (temporal.md 12.4): less work than this is not worth a lane of its own. */
const WORTHWHILE_MS = 50;
/** Before the first slice came back nobody knows how long a target takes. */
const FIRST_SLICE = 4;
/** From one slice to the next, so that one quick target does not make a long slice. */
const GROWTH = 4;

/** Failures that may still happen in the group: the last of them uses the budget up. null: no limit. */
const failuresLeft = ({ maxFailures, failed }: GroupProgress): number | null =>
  maxFailures === null ? null : Math.max(0, maxFailures + 1 - failed);

/** In STRICT mode what slices in flight are allowed is spent already. */
export function allowanceLeft(state: RolloutProgress, group: GroupProgress): number | null {
  const left = failuresLeft(group);
  if (left === null || group.budgetMode === 'SOFT') return left;
  return left - sumOf(state.slices, (slice) => (slice.group === group.name ? (slice.failureAllowance ?? 0) : 0));
}

/** How many slices of the group can be in flight at once, now. */
function laneCount(group: GroupProgress): number {
  const perHost = group.perHost ?? group.parallel;
  const byHosts = sumOf(group.hosts, (host) => Math.min(perHost, host.slices + availableOn(host)));
  const byBudget = group.budgetMode === 'STRICT' ? (failuresLeft(group) ?? Infinity) : Infinity;
  return Math.max(1, Math.min(group.parallel, byHosts, byBudget));
}

/** The host with the fewest slices in flight that has room and work; then the one with the most work. */
export function pickHost(group: GroupProgress): HostProgress | undefined {
  const perHost = group.perHost ?? group.parallel;
  let best: HostProgress | undefined;
  for (const host of group.hosts) {
    if (host.slices >= perHost || availableOn(host) === 0) continue;
    const isBetter =
      best === undefined ||
      host.slices < best.slices ||
      (host.slices === best.slices && availableOn(host) > availableOn(best));
    if (isBetter) best = host;
  }
  return best;
}

export interface SliceSize {
  readonly maxTargets: number;
  readonly maxMs: number;
}

/** As many targets as take about `maxMs`, and few enough that all lanes of the host end together. */
export function sizeSlice(group: GroupProgress, host: HostProgress): SliceSize {
  const lanes = laneCount(group);
  const maxMs = Math.min(MAX_SLICE_MS, Math.max(MIN_SLICE_MS, lanes * MS_PER_LANE));
  const busyHosts = sumOf(group.hosts, (each) => (each.slices > 0 || availableOn(each) > 0 ? 1 : 0));
  const hostLanes = Math.min(group.perHost ?? lanes, Math.ceil(lanes / busyHosts));
  const share = Math.ceil(availableOn(host) / hostLanes);
  return {
    maxMs,
    maxTargets: Math.max(1, Math.min(group.maxTargetsPerSlice, availableOn(host), wanted(group, maxMs, share))),
  };
}

function wanted({ msPerTarget, sliceSize }: GroupProgress, maxMs: number, share: number): number {
  if (msPerTarget === null) return Math.min(FIRST_SLICE, share);
  const fitting = Math.floor(maxMs / msPerTarget);
  const grown = Math.max(FIRST_SLICE, sliceSize) * GROWTH;
  return Math.min(fitting, grown, Math.max(share, Math.floor(WORTHWHILE_MS / msPerTarget)));
}

/** The part of what is left that a slice may fail, so that the lanes that can still be started get one, too. null: no limit. */
export function shareAllowance(
  state: RolloutProgress,
  group: GroupProgress,
  left: number | null,
  maxTargets: number,
): number | null {
  if (left === null || group.budgetMode === 'SOFT') return left;
  const lanesToStart = Math.max(1, laneCount(group) - state.slices.length);
  return Math.max(1, Math.min(maxTargets, Math.floor(left / lanesToStart)));
}
