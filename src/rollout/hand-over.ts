import { currentGroup, type RolloutProgress } from './progress.ts';

/** When a run of the workflow hands over to the next one. */
export interface RunLimits {
  /** From so many events on a moment at which nothing is in flight is used, as between two groups, in a bake or in a pause: that costs nothing. */
  readonly longRunEvents: number;
  /** At so many such a moment is made. */
  readonly drainAtEvents: number;
  /** But not before the run is so old. */
  readonly minRunMs: number;
}

/**
 * 2,000 events in a run (fleet.md F15): who goes on with it after a restart reads all of them first. What is left above `drainAtEvents` is for what comes
 * meanwhile: messages of operators, timers. Making a moment costs idle lanes, half a slice or 2.5 s: in a minute that is 4 %.
 */
export const RUN_LIMITS: RunLimits = { longRunEvents: 1_000, drainAtEvents: 1_800, minRunMs: 60_000 };

/** So long no slice is issued, at most: a slice is over within 5 s, and so is a target that it has begun at its end, unless it is a slow one. */
export const DRAIN_MS = 8_000;
/** A group whose targets take longer than this would hardly ever be still within that time. */
const SLOW_TARGET_MS = 3_000;
/** Of a slice that comes back: two of the activity, three of the task that takes its answer up. */
const EVENTS_PER_SLICE = 5;

/**
 * Whether no slice is to be issued for `DRAIN_MS`, so that what is in flight comes back and the run can hand over. Not where that is likely to be in
 * vain (slow targets), and not where it would come too often (hundreds of lanes, each of which ends a slice a second): such a run gets longer.
 * @param run what it has by now
 */
export function isDrainDue(
  state: RolloutProgress,
  run: { readonly events: number; readonly ms: number },
  limits: RunLimits,
): boolean {
  const msPerTarget = currentGroup(state)?.msPerTarget ?? 0;
  const reach = run.events + EVENTS_PER_SLICE * state.slices.length;
  return reach >= limits.drainAtEvents && run.ms >= limits.minRunMs && msPerTarget <= SLOW_TARGET_MS;
}

/** After a try in vain: the next one comes when the run is twice as long, so that there are only a few of them. */
export const afterVainDrain = (limits: RunLimits, events: number): RunLimits => ({
  ...limits,
  drainAtEvents: 2 * events,
});

/** Nothing is out whose answer the next run would wait for in vain; timers do not count, they are started again. */
export const canHandOver = ({ slices, gate, finish, joiners }: RolloutProgress): boolean =>
  slices.length === 0 && (joiners?.asked ?? null) === null && gate.request === null && finish === null;

/** The state as the next run of the workflow takes it over: no timer runs there yet. They keep the times at which they end. */
export const handOver = (state: RolloutProgress): RolloutProgress => ({
  ...state,
  // A run of earlier code knows nothing of lanes: its slices had one. None is in flight here.
  groups: state.groups.map((group) => ({
    ...group,
    lanesPerSlice: group.lanesPerSlice ?? 1,
    hosts: group.hosts.map((host) => ({ ...host, lanes: 0 })),
  })),
  timers: state.timers.map((timer) => ({ ...timer, issued: false })),
  cancels: [],
});
