import type {
  GroupState,
  JoinersMode,
  OnFailure,
  RolloutKind,
  RolloutState,
  TargetCounts,
  TargetState,
} from '../../shared/states.ts';
import type { TraceContext } from '../../shared/trace-context.ts';
import type { Page } from '../../shared/wire.ts';
import type { NewEvent } from './events.ts';
import type { FreezeOverride, OverrideAsked } from './overrides.ts';
import type { FrozenTarget } from './targets.ts';

/** A group as frozen at creation. */
export interface GroupRow {
  readonly name: string;
  readonly index: number;
  readonly size: number;
  readonly parallel: number;
  readonly perHost: number | null;
  readonly maxFailures: number | null;
  readonly budgetMode: 'STRICT' | 'SOFT';
  readonly onFailure: OnFailure;
  readonly approval: boolean;
  readonly bakeMs: number;
  readonly dependsOn: readonly string[];
  readonly state: GroupState;
  readonly bakeUntilMs: number | null;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
}

export interface RolloutRow {
  readonly id: string;
  readonly project: string;
  readonly env: string;
  readonly state: RolloutState;
  readonly cause: string | null;
  readonly next: string | null;
  readonly toVersion: string;
  /** `down`: what the rollout applied is being taken back. */
  readonly direction: 'up' | 'down';
  readonly skipChecks: boolean;
  /** Frozen at creation; those that joined are not among them. */
  readonly targets: number;
  /** What becomes of targets that appear while it runs; null: nobody looks. */
  readonly joiners: JoinersMode | null;
  /** Targets that have appeared since it was created. */
  readonly joined: number;
  readonly targetSetDigest: string;
  readonly kind: RolloutKind;
  /** The first line of atlas.sum; of a declarative one that of its plans: what an approval is given for. */
  readonly changeDigest: string;
  /** Artifacts: the migration directory's files, or the desired state with its plans; and the project's files. */
  readonly changeArtifact: string;
  readonly projectArtifact: string;
  /** Counts workflow runs of the rollout; an engine worker with an older one is fenced off. */
  readonly epoch: number;
  readonly vars: Readonly<Record<string, string | readonly string[]>>;
  /** null: nobody has asked for one. */
  readonly freezeOverride: FreezeOverride | null;
  /** Names of throttles that an operator has lifted. */
  readonly liftedThrottles: readonly string[];
  /** How often it was made live: by its creation, and by each retry or way back after its end. Each time has a workflow of its own. */
  readonly lives: number;
  /** Of whoever started it; null: no traces are kept of it. */
  readonly trace: TraceContext | null;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  /** Number of the newest event. */
  readonly lastEvent: number;
}

export interface NewRollout {
  readonly row: Omit<
    RolloutRow,
    | 'state'
    | 'cause'
    | 'next'
    | 'direction'
    | 'skipChecks'
    | 'joined'
    | 'epoch'
    | 'freezeOverride'
    | 'liftedThrottles'
    | 'lives'
    | 'startedAtMs'
    | 'finishedAtMs'
    | 'lastEvent'
  >;
  readonly idempotencyKey: string | null;
  /** Digest of the arguments, to refuse the same key with others. */
  readonly argumentsDigest: string;
  readonly groups: readonly Omit<GroupRow, 'state' | 'bakeUntilMs' | 'startedAtMs' | 'finishedAtMs'>[];
  /** In running order: group after group, each in its order. Read once. `row.targets` must be their number. */
  readonly targets: Iterable<FrozenTarget>;
  /** Asked for along with the start. */
  readonly override?: OverrideAsked;
}

export type CreateRolloutResult =
  | { readonly kind: 'created' }
  /** The idempotency key is known: the rollout that it made. */
  | { readonly kind: 'exists'; readonly id: string; readonly sameArguments: boolean }
  /** The env has a rollout that is not over. */
  | { readonly kind: 'live'; readonly id: string };

/** A rollout that `pruneRollouts` takes away. */
export interface PrunedRollout {
  readonly id: string;
  readonly project: string;
  readonly env: string;
  readonly state: RolloutState;
  readonly finishedAtMs: number;
  /** With those that joined. */
  readonly targets: number;
}

export interface RolloutStore {
  createRollout(rollout: NewRollout, event: NewEvent): Promise<CreateRolloutResult>;
  getRollout(id: string): Promise<RolloutRow | undefined>;
  /** The rollout that was created under the idempotency key. */
  findByKey(idempotencyKey: string): Promise<{ readonly id: string; readonly argumentsDigest: string } | undefined>;
  /** Ids that begin with the text: people type a few letters. */
  findRollouts(idPrefix: string): Promise<readonly string[]>;
  listRollouts(filter: {
    readonly project?: string;
    readonly env?: string;
    readonly states?: readonly RolloutState[];
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<RolloutRow>>;
  liveRollouts(): Promise<readonly RolloutRow[]>;
  groups(rolloutId: string): Promise<readonly GroupRow[]>;
  /** Targets by (group, host, state), kept up to date by every write: never a scan of the targets. */
  counts(
    rolloutId: string,
  ): Promise<
    readonly { readonly group: string; readonly host: string; readonly state: TargetState; readonly count: number }[]
  >;
  totals(rolloutId: string): Promise<TargetCounts>;
  /** `counts` without the hosts: as many rows as groups have states, however many hosts there are. */
  groupCounts(
    rolloutId: string,
  ): Promise<readonly { readonly group: string; readonly state: TargetState; readonly count: number }[]>;
  /**
   * Writes the visible state and appends an event where it changed. Refused (false) for an older epoch, and for a rollout that is over, unless
   * it is the same state again.
   */
  saveStatus(
    rolloutId: string,
    epoch: number,
    status: {
      readonly state: RolloutState;
      readonly cause: string | null;
      readonly next: string | null;
      readonly groups: readonly {
        readonly name: string;
        readonly state: GroupState;
        readonly bakeUntilMs: number | null;
        readonly maxFailures: number | null;
        readonly parallel: number;
        readonly perHost: number | null;
      }[];
    },
    nowMs: number,
  ): Promise<boolean>;
  /** A new run takes the rollout over: epoch + 1, and what slices of older epochs hold or deferred is pending again. The new epoch comes back. */
  takeOver(rolloutId: string): Promise<number>;
  /** A rollout that ended as `failed` is live again, in state `preparing`, and its gate may be opened; unless the env has another live one. */
  reviveRollout(
    rolloutId: string,
    event: NewEvent,
    nowMs: number,
  ): Promise<
    | { readonly kind: 'revived' }
    | { readonly kind: 'live'; readonly id: string }
    | { readonly kind: 'refused'; readonly state: RolloutState }
  >;
  /**
   * Removes rollouts that ended before a time, with their targets, events and all else that is theirs, and artifacts that no rollout needs any
   * more. Never one that is live, nor the newest of an env. What was removed comes back; with `dryRun` what would be.
   */
  pruneRollouts(
    options: { readonly endedBeforeMs: number; readonly dryRun: boolean },
    nowMs: number,
  ): Promise<{ readonly rollouts: readonly PrunedRollout[]; readonly artifacts: number }>;
}
