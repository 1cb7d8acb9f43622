/**
 * The rollout core: values in, values out. `decide(state)` gives the commands that are due, `record(state, event)` the next state.
 * Two shells drive it: the Temporal workflow and the in-process loop of `migrate apply`. DESIGN.md section 4.
 * No clock, no I/O, no async: time comes in with the events.
 */
import type { RevertScope } from '../shared/rollout-message.ts';
import type { GroupState, JoinersMode, OnFailure, RolloutState, TargetCounts } from '../shared/states.ts';

export type { JoinersMode } from '../shared/states.ts';

export interface HostLoad {
  readonly host: string;
  /** Targets not yet tried, or to be tried again. */
  readonly pending: number;
}

/** A group in running order, with its numbers resolved (percentages are counts by now). */
export interface GroupInput {
  readonly name: string;
  readonly hosts: readonly HostLoad[];
  /** Failed before this run began (a rollout that is taken up again). */
  readonly failed: number;
  readonly parallel: number;
  readonly perHost: number | null;
  /** null: no limit. k: at most k + 1 targets of the group ever fail. */
  readonly maxFailures: number | null;
  /** SOFT keeps the concurrency and may overshoot by what is in flight. */
  readonly budgetMode: 'STRICT' | 'SOFT';
  /** What follows from a budget that is exceeded. REVERT_…: the run ends, and another takes back what the group, or the rollout, applied. */
  readonly onFailure: OnFailure;
  readonly approval: boolean;
  readonly bakeMs: number;
  /** Canary groups and slow files: one target a slice. */
  readonly maxTargetsPerSlice: number;
  /** Targets that one slice may have in flight at once. Default 1. */
  readonly lanesPerSlice?: number;
  /** Where the group stands when a rollout is taken up again; `waiting` in a new one. */
  readonly state: GroupState;
  /** When a bake that was going on ends; without it a bake that was going on begins anew. */
  readonly bakeUntilMs?: number;
  /** Why targets failed before this run began, in the database's words: for the cause of a pause. */
  readonly sampleCause?: string;
}

export interface RolloutInput {
  /** `down`: the run takes back what an earlier one applied. Default `up`. */
  readonly direction?: 'up' | 'down';
  readonly groups: readonly GroupInput[];
  /** Passes of a group before a deferred target counts as failed; backoffMs[i] waits before pass i + 1. */
  readonly backoffMs: readonly number[];
  readonly nowMs: number;
  /** The newest closing of the gate that is known to this run: an older `OpenGate` cannot undo a newer pause. Default 0. */
  readonly pauseSeq?: number;
  /** The gate is open for this run already. Default false: the first command is OpenGate. */
  readonly gateOpen?: boolean;
  /**
   * What becomes of targets that appear meanwhile; missing: nobody looks (the way back, and runs of earlier code). TAIL: the last of the groups
   * is `joined`, and has no targets yet.
   */
  readonly joiners?: JoinersMode;
  /** An operator had paused before this run began, and pauseSeq is that pause's. */
  readonly pause?: { readonly by: string; readonly reason: string };
}

/** Why a slice started no more, and for how long that is so. `scope`: for its host alone, or for its group; missing: for its group. */
export interface SliceWait {
  readonly reason: string;
  readonly ms: number;
  readonly scope?: 'group' | 'host';
}

/** The work of one slice. */
export type RunSlice = Extract<Command, { readonly kind: 'RunSlice' }>;

/** What the shell must do. Each is given out once; its end comes back as an event. */
export type Command =
  | {
      readonly kind: 'RunSlice';
      readonly sliceId: string;
      readonly group: string;
      readonly host: string;
      readonly maxTargets: number;
      /** Targets of the slice in flight at once; missing: one after another. */
      readonly lanes?: number;
      /** No new target is started in the slice after this time. */
      readonly maxMs: number;
      /** The slice stops at this many failures; null: no limit. */
      readonly failureAllowance: number | null;
      /** The allowance does not bound what is in flight: the budget may be overshot by that (SOFT). */
      readonly mayOvershoot?: boolean;
      /** 1 for the first pass; targets deferred to a pass not above it may be claimed. */
      readonly pass: number;
      /** True where a retryable failure becomes final. */
      readonly lastPass: boolean;
    }
  | {
      readonly kind: 'StartTimer';
      readonly timerId: string;
      readonly ms: number;
      readonly purpose: 'bake' | 'backoff' | 'gate' | 'policy';
    }
  | { readonly kind: 'CancelTimer'; readonly timerId: string }
  | { readonly kind: 'OpenGate'; readonly knownPauseSeq: number }
  | { readonly kind: 'CloseGate'; readonly reason: string; readonly terminal: boolean }
  /** Look for targets that the env has now and the rollout does not know; `take`: they are pending from then on, otherwise only counted. */
  | { readonly kind: 'FindJoiners'; readonly lookId: string; readonly take: boolean }
  /** `reverting`: this run is over, and the shell begins one that goes down. */
  | { readonly kind: 'Finish'; readonly state: 'succeeded' | 'failed' | 'aborted' | 'reverting' | 'reverted' };

export type RolloutEvent =
  /** The shell took the command up: `decide` does not give it again. */
  | { readonly kind: 'CommandIssued'; readonly command: Command; readonly atMs: number }
  | {
      readonly kind: 'SliceFinished';
      readonly sliceId: string;
      /** applied, unchanged, failed, deferred, gone: sums to what was finished; the rest went back to pending. */
      readonly counts: TargetCounts;
      /** How many targets the slice got from the store. 0: none of the host may be tried in this pass. */
      readonly claimed?: number;
      /** The slice found the gate closed: somebody paused, the message may still be on its way. */
      readonly gateClosed: boolean;
      /** A policy lets no target start now, of the slice's host or of the whole group: nothing of it is issued for so long. */
      readonly wait?: SliceWait;
      /** Mean time of a target in the slice, for sizing the next ones. */
      readonly msPerTarget: number;
      /** The most frequent cause, in the database's words, for the `cause` of a pause. */
      readonly sampleCause?: string;
      readonly atMs: number;
    }
  | { readonly kind: 'TimerFired'; readonly timerId: string; readonly atMs: number }
  /** Answer to OpenGate. Not opened: somebody paused since, and the message is on its way. `pauseSeq`: the gate's newest. */
  | { readonly kind: 'GateOpened'; readonly opened: boolean; readonly pauseSeq?: number; readonly atMs: number }
  | { readonly kind: 'GateClosed'; readonly atMs: number }
  | {
      readonly kind: 'Paused';
      readonly by: string;
      readonly reason: string;
      readonly pauseSeq: number;
      readonly atMs: number;
    }
  | { readonly kind: 'Resumed'; readonly by: string; readonly atMs: number }
  | { readonly kind: 'Promoted'; readonly by: string; readonly atMs: number }
  | { readonly kind: 'Approved'; readonly by: string; readonly group?: string; readonly atMs: number }
  | { readonly kind: 'Aborted'; readonly by: string; readonly reason: string; readonly atMs: number }
  | {
      readonly kind: 'RevertRequested';
      readonly by: string;
      readonly reason: string;
      /** Of the closing of the gate that came with it: an earlier pause is over, a later one goes on. */
      readonly pauseSeq: number;
      readonly scope: RevertScope;
      readonly atMs: number;
    }
  /** Freezes and allowed times hold nothing any more: what they held is tried again at once. */
  | { readonly kind: 'FreezeOverridden'; readonly by: string; readonly atMs: number }
  /** Answer to FindJoiners: what was taken, by host; it is pending in the group `joined`. */
  | {
      readonly kind: 'JoinersFound';
      readonly lookId: string;
      readonly hosts: readonly HostLoad[];
      readonly atMs: number;
    }
  /** Targets left a state for pending (retry) or skipped (skip). */
  | {
      readonly kind: 'TargetsMoved';
      readonly to: 'pending' | 'skipped';
      readonly moved: readonly {
        readonly group: string;
        readonly host: string;
        readonly from: 'failed' | 'pending' | 'deferred';
        readonly count: number;
      }[];
      readonly atMs: number;
    }
  | {
      readonly kind: 'LimitsSet';
      readonly group: string;
      readonly parallel?: number;
      readonly perHost?: number | null;
      readonly maxFailures?: number | null;
      readonly bakeMs?: number;
      readonly atMs: number;
    };

/** What people see, derived from the state: written to the store when it changes. */
export interface RolloutStatus {
  readonly state: RolloutState;
  readonly cause: string | null;
  /** The verbs that come next, in order; the shell makes commands of them. */
  readonly nextVerbs: readonly string[];
  readonly groups: readonly {
    readonly name: string;
    readonly state: GroupState;
    readonly bakeUntilMs: number | null;
    readonly parallel: number;
    readonly perHost: number | null;
    readonly maxFailures: number | null;
  }[];
  readonly inFlight: number;
}
