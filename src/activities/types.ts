/**
 * The activities of a rollout, as the workflow sees them: one object in, one object out, no lists of targets in either.
 * Orchestration queue: everything but these. Engine queue: applySlice, findJoiners.
 */
import type { HostLoad, RolloutInput, RolloutStatus, SliceWait } from '../rollout/types.ts';
import type { TargetCounts } from '../shared/states.ts';

export interface RolloutRef {
  readonly rolloutId: string;
  readonly epoch: number;
}

export interface RolloutActivities {
  /** Takes the rollout over (epoch + 1) and gives what the core starts from: counts by group and host, as the store has them. */
  prepareRollout(input: {
    readonly rolloutId: string;
  }): Promise<{ readonly epoch: number; readonly input: RolloutInput; readonly pauseSeq: number }>;
  /** Works through up to maxTargets targets of one host. Idempotent by slice id: a second try finds its own claim again. */
  applySlice(
    input: RolloutRef & {
      readonly sliceId: string;
      readonly group: string;
      readonly host: string;
      readonly maxTargets: number;
      readonly lanes?: number;
      readonly maxMs: number;
      readonly failureAllowance: number | null;
      readonly mayOvershoot?: boolean;
      readonly pass: number;
      readonly lastPass: boolean;
    },
  ): Promise<{
    readonly counts: TargetCounts;
    readonly claimed?: number;
    readonly gateClosed: boolean;
    readonly wait?: SliceWait;
    readonly msPerTarget: number;
    readonly sampleCause?: string;
  }>;
  /** Looks for targets of the env that the rollout does not know. Idempotent by look id. On the engine's queue: it evaluates the project. */
  findJoiners(input: RolloutRef & { readonly lookId: string; readonly take: boolean }): Promise<{
    readonly hosts: readonly HostLoad[];
  }>;
  openGate(
    input: RolloutRef & { readonly knownPauseSeq: number },
  ): Promise<{ readonly opened: boolean; readonly pauseSeq: number }>;
  closeGate(input: RolloutRef & { readonly reason: string; readonly terminal: boolean }): Promise<void>;
  saveStatus(input: RolloutRef & { readonly status: RolloutStatus }): Promise<void>;
  /** failed → pending. What comes back goes into the core as TargetsMoved. */
  reopenTargets(
    input: RolloutRef & {
      readonly targets?: readonly string[];
      readonly group?: string;
      readonly actor: string;
      readonly commandId: string;
    },
  ): Promise<{ readonly moved: readonly Moved[] }>;
  skipTargets(
    input: RolloutRef & {
      readonly targets: readonly string[];
      readonly reason: string;
      readonly actor: string;
      readonly commandId: string;
    },
  ): Promise<{ readonly moved: readonly Moved[] }>;
  /**
   * Turns the rollout downwards; the next run of the workflow takes back what is in the scope. False: there is nothing to take back.
   */
  beginRevert(
    input: RolloutRef & {
      readonly targets?: readonly string[];
      readonly group?: string;
      readonly skipChecks?: boolean;
      readonly cause: string;
      /** A pause after this one has not reached the run: it holds for the way back. */
      readonly knownPauseSeq: number;
    },
  ): Promise<{ readonly begun: boolean }>;
  /** Writes the final state and event. */
  finishRollout(input: RolloutRef & { readonly status: RolloutStatus }): Promise<void>;
}

export interface Moved {
  readonly group: string;
  readonly host: string;
  readonly from: 'failed' | 'pending' | 'deferred';
  readonly count: number;
}
