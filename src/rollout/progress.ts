/**
 * The state of the core: plain JSON, bounded by groups x hosts + slices in flight. Numbers only, never lists of targets.
 *
 * Counts follow what the shell reports, and two reports may cross (a skip of a target whose failure is still on its way): a count may be
 * off by such a target, even below zero, until both are in. Sums are exact at all times, which is what the rules rely on.
 */
import type { RevertScope } from '../shared/rollout-message.ts';
import type { Command, GroupInput, JoinersMode, RolloutInput } from './types.ts';

export interface HostProgress {
  readonly host: string;
  /** Not finished and allowed in this pass, including what slices in flight hold. */
  readonly pending: number;
  /** Wait for the next pass. */
  readonly deferred: number;
  /** Slices in flight, the most targets that they may have in flight at once, and the most that they may hold together. */
  readonly slices: number;
  readonly lanes: number;
  readonly reserved: number;
  /** As that of a group: the policy that lets nothing start on this host. Missing: none. */
  readonly hold?: string | null;
}

interface GroupLimits {
  readonly parallel: number;
  readonly perHost: number | null;
  readonly maxFailures: number | null;
  readonly bakeMs: number;
}

export interface GroupProgress extends GroupLimits {
  readonly name: string;
  readonly budgetMode: 'STRICT' | 'SOFT';
  readonly onFailure: GroupInput['onFailure'];
  readonly approval: boolean;
  readonly maxTargetsPerSlice: number;
  readonly lanesPerSlice: number;
  readonly phase: 'waiting' | 'working' | 'baking' | 'done';
  readonly approved: boolean;
  /** Baked to the end, or promoted: a later retry in the group does not make it bake again. */
  readonly baked: boolean;
  readonly bakeStartMs: number;
  readonly hosts: readonly HostProgress[];
  readonly failed: number;
  /** Grows for the life of the run; passes of the present round of tries begin with `firstPass` (a retry starts a round). */
  readonly pass: number;
  readonly firstPass: number;
  /** Smoothed time of a target; null before the first slice came back. */
  readonly msPerTarget: number | null;
  /** Targets in the newest slice: sizes grow step by step. */
  readonly sliceSize: number;
  readonly sampleCause: string | null;
  /** The policy that lets nothing start, in words; kept while it is asked again. Missing: none. */
  readonly hold?: string | null;
}

interface SliceInFlight {
  readonly id: string;
  readonly group: string;
  readonly host: string;
  readonly maxTargets: number;
  readonly lanes: number;
  readonly failureAllowance: number | null;
  /** The opening of the gate that it was issued under: what it says of the gate is old news after the next one. */
  readonly opening: number;
  /** The overrides of freezes that it was issued after: a wait that it reports is old news after the next one. Missing: none. */
  readonly overrides?: number;
}

export interface Timer {
  readonly id: string;
  /** `policy`: a freeze or the like; nothing is issued until it fires, of the group or of one host. */
  readonly purpose: 'bake' | 'backoff' | 'gate' | 'policy';
  /** '' for the gate. */
  readonly group: string;
  /** The host that a policy holds. Missing: the whole group. */
  readonly host?: string;
  readonly untilMs: number;
  readonly issued: boolean;
}

interface GateProgress {
  readonly isOpen: boolean;
  /** A command about the gate is out; the next waits for its answer, so that they cannot overtake each other. */
  readonly request: { readonly kind: 'open'; readonly pauseSeq: number } | { readonly kind: 'close' } | null;
  readonly toClose: { readonly reason: string; readonly terminal: boolean } | null;
  readonly pauseSeq: number;
  readonly openings: number;
  readonly refusals: number;
}

export interface JoinersProgress {
  readonly mode: JoinersMode;
  /** A group has ended since the env was last looked at. */
  readonly isDue: boolean;
  /** The look that is under way, by its id. */
  readonly asked: string | null;
  readonly askedMs: number;
  /** Looks that may still give work: tenants may join faster than they are migrated. The last one only counts. */
  readonly roundsLeft: number;
}

export interface RolloutProgress {
  /** Missing in the state of a run of earlier code: up. */
  readonly direction?: 'up' | 'down';
  /** In running order. */
  readonly groups: readonly GroupProgress[];
  /** Missing: nobody looks for targets that appear meanwhile. */
  readonly joiners?: JoinersProgress;
  readonly backoffMs: readonly number[];
  readonly nowMs: number;
  readonly nextId: number;
  readonly slices: readonly SliceInFlight[];
  readonly timers: readonly Timer[];
  /** Timers that run and are not needed any more. */
  readonly cancels: readonly string[];
  readonly gate: GateProgress;
  /** How often freezes were overridden. Missing: never. */
  readonly overrides?: number;
  /** An operator paused. */
  readonly pause: { readonly by: string; readonly reason: string } | null;
  /** Failures paused: the group whose budget is used up. */
  readonly budgetStop: { readonly group: string } | null;
  /** With a scope: what comes after the end is the way back. */
  readonly abort: { readonly cause: string; readonly revert?: RevertScope } | null;
  readonly finish: Extract<Command, { readonly kind: 'Finish' }>['state'] | null;
}

/** The first group that is not done: the only one that may have work. -1 where all are. */
const currentIndex = (state: RolloutProgress): number => state.groups.findIndex(({ phase }) => phase !== 'done');
export const currentGroup = (state: RolloutProgress): GroupProgress | undefined => state.groups[currentIndex(state)];

export const isOverBudget = ({ failed, maxFailures }: GroupProgress): boolean =>
  maxFailures !== null && failed > maxFailures;
export const isStopped = (state: RolloutProgress): boolean =>
  state.pause !== null || state.budgetStop !== null || state.abort !== null || state.finish !== null;
/** A policy lets nothing start, of the current group (without `host`) or of that host: it is asked again when the timer fires. */
export const isWaiting = ({ timers }: RolloutProgress, host?: string): boolean =>
  timers.some((timer) => timer.purpose === 'policy' && timer.host === host);
/** Hosts of the group that no policy holds by themselves. */
export function freeHosts({ timers }: RolloutProgress, { hosts }: GroupProgress): readonly HostProgress[] {
  const held = new Set(
    timers.flatMap(({ purpose, host }) => (purpose === 'policy' && host !== undefined ? [host] : [])),
  );
  return held.size === 0 ? hosts : hosts.filter(({ host }) => !held.has(host));
}
export const needsApproval = (group: GroupProgress): boolean =>
  group.phase === 'waiting' && group.approval && !group.approved;

/** Targets that no slice in flight holds and that may be tried in this pass. */
export const availableOn = ({ pending, reserved }: HostProgress): number => Math.max(0, pending - reserved);
export const unfinishedOn = ({ pending, deferred }: HostProgress): number => pending + deferred;
export const lanesInFlight = ({ slices }: RolloutProgress): number => sumOf(slices, ({ lanes }) => lanes);
export const sumOf = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0);

export const patchGroup = (
  state: RolloutProgress,
  name: string,
  patch: (group: GroupProgress) => Partial<GroupProgress>,
): RolloutProgress => ({
  ...state,
  groups: state.groups.map((group) => (group.name === name ? { ...group, ...patch(group) } : group)),
});

/** Changes the counts of a host; one that was not known is added. */
export function patchHost(
  hosts: readonly HostProgress[],
  name: string,
  patch: (host: HostProgress) => Partial<HostProgress>,
): readonly HostProgress[] {
  const known = hosts.some(({ host }) => host === name);
  const all = known ? hosts : [...hosts, { host: name, pending: 0, deferred: 0, slices: 0, lanes: 0, reserved: 0 }];
  return all.map((host) => (host.host === name ? { ...host, ...patch(host) } : host));
}

/** A fleet of which new tenants keep coming is left to the next rollout after so many rounds. */
const MAX_ROUNDS = 10;

const joinersFrom = (mode: JoinersMode, nowMs: number): JoinersProgress => ({
  mode,
  isDue: false,
  asked: null,
  askedMs: nowMs,
  roundsLeft: MAX_ROUNDS,
});

/** The state that `input` describes, before the rules have run on it. */
export function progressFrom(input: RolloutInput): RolloutProgress {
  const baking = input.groups.filter(({ state }) => state === 'baking');
  return {
    ...(input.direction === undefined ? {} : { direction: input.direction }),
    ...(input.joiners === undefined ? {} : { joiners: joinersFrom(input.joiners, input.nowMs) }),
    groups: input.groups.map((group) => groupFrom(group, input.nowMs)),
    backoffMs: input.backoffMs,
    nowMs: input.nowMs,
    nextId: 1 + baking.length,
    slices: [],
    timers: baking.map(({ name, bakeMs, bakeUntilMs }, i) => ({
      id: `bake-${i + 1}`,
      purpose: 'bake',
      group: name,
      untilMs: bakeUntilMs ?? input.nowMs + bakeMs,
      issued: false,
    })),
    cancels: [],
    gate: {
      isOpen: (input.gateOpen ?? false) && input.pause === undefined,
      request: null,
      toClose: null,
      pauseSeq: input.pauseSeq ?? 0,
      openings: 0,
      refusals: 0,
    },
    pause: input.pause ?? null,
    budgetStop: null,
    abort: null,
    finish: null,
  };
}

const PHASES = {
  waiting: 'waiting',
  awaiting_approval: 'waiting',
  aborted: 'waiting',
  running: 'working',
  paused: 'working',
  baking: 'baking',
  done: 'done',
} as const satisfies Record<GroupInput['state'], GroupProgress['phase']>;

function groupFrom(input: GroupInput, nowMs: number): GroupProgress {
  const { name, parallel, perHost, maxFailures, bakeMs, budgetMode, onFailure, approval, maxTargetsPerSlice } = input;
  const phase = PHASES[input.state];
  return {
    name,
    parallel,
    perHost,
    maxFailures,
    bakeMs,
    budgetMode,
    onFailure,
    approval,
    maxTargetsPerSlice,
    lanesPerSlice: input.lanesPerSlice ?? 1,
    phase,
    approved: phase !== 'waiting',
    baked: phase === 'done',
    bakeStartMs: input.bakeUntilMs === undefined ? nowMs : input.bakeUntilMs - bakeMs,
    hosts: input.hosts
      .filter(({ pending }) => pending > 0)
      .map(({ host, pending }) => ({ host, pending, deferred: 0, slices: 0, lanes: 0, reserved: 0 })),
    failed: input.failed,
    pass: 1,
    firstPass: 1,
    msPerTarget: null,
    sliceSize: 0,
    sampleCause: input.sampleCause ?? null,
  };
}
