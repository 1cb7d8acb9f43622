import type { TargetState } from '../../shared/states.ts';
import type { CauseCluster, Page, TargetView } from '../../shared/wire.ts';
import type { NewEvent } from './events.ts';
import type { GroupRow } from './rollouts.ts';

/** A target as frozen at creation: no secret in it. */
export interface FrozenTarget {
  readonly id: string;
  readonly group: string;
  readonly host: string;
  readonly dialect: string;
  readonly redactedUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where it stood when the rollout was planned, where that was looked at. */
  readonly version?: string;
  /** Why it is left out; missing: it is not. */
  readonly quarantined?: string;
}

/** How many targets a control verb moved, by group and host: what the rollout core must be told. */
export interface MovedTargets {
  readonly group: string;
  readonly host: string;
  readonly from: 'failed' | 'pending' | 'deferred';
  readonly count: number;
}

export interface TargetStore {
  /**
   * failed → pending, for all or the named targets; tries start anew. Idempotent by command id: a second try of the same command gets the
   * answer of the first.
   */
  reopenTargets(
    rolloutId: string,
    commandId: string,
    scope: { readonly targets?: readonly string[]; readonly group?: string },
    event: NewEvent,
    nowMs: number,
  ): Promise<readonly MovedTargets[]>;
  /** failed, pending or deferred → skipped; targets in other states are left as they are. Idempotent by command id. */
  skipTargets(
    rolloutId: string,
    commandId: string,
    targets: readonly string[],
    reason: string,
    event: NewEvent,
    nowMs: number,
  ): Promise<readonly MovedTargets[]>;
  /**
   * Adds the targets that the rollout does not know to its last group, `joined`, which is made with the limits given: pending, or (`take` false)
   * only counted. Idempotent by command id. Refused (nothing joins) for an older epoch. The event is written where any has joined; it gets their
   * number and up to ten ids.
   */
  joinTargets(
    rolloutId: string,
    command: { readonly id: string; readonly epoch: number; readonly take: boolean },
    limits: Pick<GroupRow, 'parallel' | 'perHost' | 'maxFailures' | 'budgetMode' | 'onFailure'>,
    targets: readonly Omit<FrozenTarget, 'group'>[],
    event: NewEvent,
    nowMs: number,
  ): Promise<readonly { readonly host: string; readonly count: number }[]>;
  listTargets(
    rolloutId: string,
    filter: {
      readonly states?: readonly TargetState[];
      readonly group?: string;
      readonly host?: string;
      readonly idContains?: string;
      readonly cursor?: string;
      readonly limit: number;
    },
  ): Promise<Page<TargetView>>;
  getTarget(rolloutId: string, targetId: string): Promise<TargetView | undefined>;
  /** Failures (failed and deferred) by fingerprint, most first. */
  causes(rolloutId: string, limit: number): Promise<readonly CauseCluster[]>;
}
