import type { TargetCounts, TargetError, TargetState } from '../../shared/states.ts';
import type { NewEvent } from './events.ts';

/** A target that a slice holds. */
export interface ClaimedTarget {
  readonly id: string;
  readonly host: string;
  readonly dialect: string;
  readonly redactedUrl: string;
  /** Tries before this one. */
  readonly attempts: number;
  /** Where this rollout has left it, and where it stood before; null: not known, or not touched yet. */
  readonly version: string | null;
  readonly fromVersion: string | null;
}

export interface TargetResult {
  readonly id: string;
  readonly state: Extract<TargetState, 'applied' | 'unchanged' | 'failed' | 'deferred' | 'gone' | 'reverted'>;
  readonly version: string | null;
  /** Where it stood before this try; the first one of a rollout is kept. */
  readonly from?: string;
  readonly durationMs: number;
  readonly error?: TargetError;
}

/** A target that a slice gives back though it has run something there: an outcome comes later, or never. */
export interface LeftTarget {
  readonly id: string;
  /** Where it stood before the rollout, and the last version that is whole now. */
  readonly from: string;
  readonly version: string;
}

export interface SliceStore {
  /**
   * The targets of the slice: those that it already holds and has not finished; for a slice that is new up to `limit` of group and host that are
   * pending, or deferred with a pass not above `pass`, in order. With `more`: up to `limit` that it did not hold before, and only those.
   * Refused ([]) for an older epoch, and for a slice that has ended.
   */
  claimSlice(
    rolloutId: string,
    slice: {
      readonly id: string;
      readonly epoch: number;
      readonly group: string;
      readonly host: string;
      readonly limit: number;
      readonly pass: number;
      /** Only targets that are to be taken back; default: only the others. */
      readonly down?: boolean;
      readonly more?: boolean;
    },
  ): Promise<readonly ClaimedTarget[]>;
  /**
   * Writes results, frees what the slice did not start (`release`), one transaction, idempotent: a target the slice does not hold is left alone.
   * What comes back is what this slice id has done in total, also by an earlier try of the same activity.
   */
  finishSlice(
    rolloutId: string,
    slice: { readonly id: string; readonly epoch: number; readonly nextPass: number },
    results: readonly TargetResult[],
    options: {
      readonly release: boolean;
      readonly event: NewEvent | null;
      /** Of those that are given back. */
      readonly left?: readonly LeftTarget[];
    },
    nowMs: number,
  ): Promise<{ readonly accepted: boolean; readonly counts: TargetCounts; readonly released: number }>;
}
