/** Which host gets the next slice, and how much it is given. Pure arithmetic on the state. */
import {
  availableOn,
  freeHosts,
  type GroupProgress,
  type HostProgress,
  lanesInFlight,
  type RolloutProgress,
  sumOf,
} from './progress.ts';

/** Each slice in flight adds this to the length of all: 1000 / 40 = 25 slices a second, however many there are. */
const MS_PER_SLICE = 40;
const MIN_SLICE_MS = 250;
/** A slice of many lanes leaves them idle at its end, until its slowest target is done and the next slice has come: that must be rare. */
const MIN_WIDE_SLICE_MS = 1_000;
const MAX_SLICE_MS = 5_000;
/**
 * Each slice costs six events of the history. So one of many lanes is as long as half of what its host has left: what the lanes of another slice are
 * short of, because they were faster, can be given to them at its end, and the last slices are short.
 */
const SHARE_OF_TIME_LEFT = 0.5;
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

/** How many targets of the group can be in flight at once, now. */
function laneCount(state: RolloutProgress, group: GroupProgress): number {
  const perHost = group.perHost ?? group.parallel;
  const byHosts = sumOf(freeHosts(state, group), (host) => Math.min(perHost, host.lanes + availableOn(host)));
  const byBudget = group.budgetMode === 'STRICT' ? (failuresLeft(group) ?? Infinity) : Infinity;
  return Math.max(1, Math.min(group.parallel, byHosts, byBudget));
}

/** The host with the fewest lanes in use that has room and work, and that no policy holds; then the one with the most work. */
export function pickHost(state: RolloutProgress, group: GroupProgress): HostProgress | undefined {
  const perHost = group.perHost ?? group.parallel;
  let best: HostProgress | undefined;
  for (const host of freeHosts(state, group)) {
    if (host.lanes >= perHost || availableOn(host) === 0) continue;
    const isBetter =
      best === undefined ||
      host.lanes < best.lanes ||
      (host.lanes === best.lanes && availableOn(host) > availableOn(best));
    if (isBetter) best = host;
  }
  return best;
}

export interface SliceSize {
  readonly maxTargets: number;
  readonly lanes: number;
  readonly maxMs: number;
}

/** @param allowance failures that the slice may be given; in STRICT mode it has no more lanes than that */
export function sizeSlice(
  state: RolloutProgress,
  group: GroupProgress,
  host: HostProgress,
  allowance: number | null,
): SliceSize {
  const all = laneCount(state, group);
  const busyHosts = sumOf(freeHosts(state, group), (each) => (each.slices > 0 || availableOn(each) > 0 ? 1 : 0));
  const hostLanes = Math.min(group.perHost ?? all, Math.ceil(all / busyHosts));
  const { lanesPerSlice, budgetMode, maxTargetsPerSlice } = group;
  const lanes = Math.max(
    1,
    Math.min(
      lanesPerSlice,
      maxTargetsPerSlice,
      availableOn(host),
      hostLanes - host.lanes,
      group.parallel - lanesInFlight(state),
      budgetMode === 'STRICT' ? (allowance ?? Infinity) : Infinity,
    ),
  );
  const share = Math.max(lanes, Math.ceil((availableOn(host) * lanes) / hostLanes));
  const isWide = lanesPerSlice > 1 && maxTargetsPerSlice > 1;
  const leftMs = (availableOn(host) * (group.msPerTarget ?? 0)) / hostLanes;
  const minMs = isWide ? Math.max(MIN_WIDE_SLICE_MS, Math.floor(SHARE_OF_TIME_LEFT * leftMs)) : MIN_SLICE_MS;
  const maxMs = Math.min(MAX_SLICE_MS, Math.max(minMs, Math.ceil(all / lanesPerSlice) * MS_PER_SLICE));
  // A wide slice claims its targets as it goes, and ends by the clock.
  const wanted = isWide ? share : fittingIn(group, maxMs, share);
  return { maxMs, lanes, maxTargets: Math.max(1, Math.min(maxTargetsPerSlice, availableOn(host), wanted)) };
}

/** As many targets as take about `maxMs`, and few enough that all lanes of the host end together. */
function fittingIn({ msPerTarget, sliceSize }: GroupProgress, maxMs: number, share: number): number {
  if (msPerTarget === null) return Math.min(FIRST_SLICE, share);
  const fitting = Math.floor(maxMs / msPerTarget);
  const grown = Math.max(FIRST_SLICE, sliceSize) * GROWTH;
  return Math.min(fitting, grown, Math.max(share, Math.floor(WORTHWHILE_MS / msPerTarget)));
}

/** The part of what is left that a slice may fail, so that the lanes that can still be started get theirs, too. null: no limit. */
export function shareAllowance(
  state: RolloutProgress,
  group: GroupProgress,
  left: number | null,
  { lanes, maxTargets }: { readonly lanes: number; readonly maxTargets: number },
): number | null {
  if (left === null || group.budgetMode === 'SOFT') return left;
  const lanesToStart = Math.max(lanes, laneCount(state, group) - lanesInFlight(state));
  return Math.max(1, Math.min(maxTargets, Math.floor((left * lanes) / lanesToStart)));
}
