/** Our own tables behind functions. Two back ends, one contract suite: SQLite (default) and Postgres. */
import type {
  GroupState,
  JoinersMode,
  OnFailure,
  RolloutState,
  TargetCounts,
  TargetError,
  TargetState,
} from '../shared/states.ts';
import type { TraceContext } from '../shared/trace-context.ts';
import type { CauseCluster, EventView, Page, QuarantineBody, QuarantineView, TargetView } from '../shared/wire.ts';

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

/** Two people let a rollout run through freezes and outside of allowed times. */
export interface FreezeOverride {
  /** Of the one who asked; that of the other is in the audit trail. */
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAtMs: number;
  /** null: not confirmed yet, so nothing is overridden. */
  readonly approvedBy: string | null;
  readonly approvedAtMs: number | null;
}

/** Somebody who asks for an override, or confirms one. */
export interface OverrideAsked {
  readonly by: string;
  readonly reason: string;
  /** The second person, where nobody can be told apart by a token. Missing: they ask in their turn. */
  readonly approvedBy?: string;
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
  /** The first line of atlas.sum. */
  readonly directoryDigest: string;
  /** Artifacts: the migration directory's files, and the project's. */
  readonly directoryArtifact: string;
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

/** A target as frozen at creation: no secret in it. */
export interface FrozenTarget {
  readonly id: string;
  readonly group: string;
  readonly host: string;
  readonly dialect: string;
  readonly redactedUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Why it is left out; missing: it is not. */
  readonly quarantined?: string;
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

export interface Gate {
  readonly epoch: number;
  readonly state: 'open' | 'closed';
  /** Grows with each closing by an operator; opening needs the newest one, so that a late `open` cannot undo a pause. */
  readonly pauseSeq: number;
  /** An operator closed it, not the workflow. */
  readonly operator: boolean;
  /** No open ever succeeds again. */
  readonly terminal: boolean;
  readonly reason: string | null;
  readonly by: string | null;
  /** What is in flight is to be cancelled, in whatever process; never of an open gate. */
  readonly cancels: boolean;
}

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

/** How many targets a control verb moved, by group and host: what the rollout core must be told. */
export interface MovedTargets {
  readonly group: string;
  readonly host: string;
  readonly from: 'failed' | 'pending' | 'deferred';
  readonly count: number;
}

export interface NewEvent {
  readonly kind: string;
  readonly actor: string;
  readonly reason?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a process says of a host, and wants there. */
export interface HostPlacesAsked {
  readonly host: string;
  /** `limits.per_host` of the process. */
  readonly most: number;
  /** Targets at work there now, and with those that wait; 0 wanted: the places are given back. */
  readonly running: number;
  readonly wanted: number;
  /** Of its places those that it does not give up: at least those at work. */
  readonly kept: number;
  /** Targets since it asked last that the host had room for. */
  readonly borne: number;
  /** The host has had no connection left: for so many at work in this process, that were begun when `halved` was this. */
  readonly refused?: { readonly halved: number; readonly running: number };
}

export interface HostPlaces {
  readonly host: string;
  /** The process may have so many targets at work until its lease is over. */
  readonly places: number;
  /** What is fair, now: of `places` those above it are to be given up, those below it come once others have done so. */
  readonly share: number;
  /** Of all processes. */
  readonly limit: number;
  /** How often the limit was halved. */
  readonly halved: number;
}

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

/** Every method is one transaction. Times are passed in, in milliseconds since the epoch. */
export interface Store {
  /** Content-addressed files: project snapshots, directories. Writing one twice is no error. What no rollout needs is kept for a day. */
  putArtifact(digest: string, content: string, nowMs: number): Promise<void>;
  getArtifact(digest: string): Promise<string | undefined>;

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

  /** Writes the visible state and appends an event where it changed. Refused (false) for an older epoch. */
  /** Refused also for a rollout that is over, unless it is the same state again. */
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

  gate(rolloutId: string): Promise<Gate | undefined>;
  /**
   * Closes the gate and counts up pauseSeq; the new gate comes back. With `terminal` no open ever succeeds again (abort); with `cancel` what is
   * in flight is to be cancelled, which holds until the gate is opened.
   */
  closeGate(
    rolloutId: string,
    options: {
      readonly reason: string;
      readonly by: string;
      readonly operator: boolean;
      readonly terminal: boolean;
      readonly cancel?: boolean;
    },
    event: NewEvent | null,
    nowMs: number,
  ): Promise<Gate>;
  /** Opens it unless somebody paused since (`knownPauseSeq` is not the newest), or it is terminal, or the epoch is older. */
  openGate(rolloutId: string, options: { readonly epoch: number; readonly knownPauseSeq: number }): Promise<Gate>;
  /** A new run takes the rollout over: epoch + 1, and what slices of older epochs hold or deferred is pending again. The new epoch comes back. */
  takeOver(rolloutId: string): Promise<number>;
  /** A throttle holds the rollout no more; the audit trail says by whom and why. Twice is as once. */
  liftThrottle(
    rolloutId: string,
    lift: { readonly throttle: string; readonly by: string; readonly reason: string },
    nowMs: number,
  ): Promise<void>;
  /**
   * Asks for an override of freezes and allowed times, or confirms the one that another person has asked for; `approvedBy` does both at once.
   * It holds for the rest of the rollout. Events are written for what changed. `known`: it was confirmed before. `same_person`: the one who
   * asked cannot confirm it, and nothing was changed.
   */
  overrideFreeze(
    rolloutId: string,
    asked: OverrideAsked,
    nowMs: number,
  ): Promise<{
    readonly kind: 'requested' | 'overridden' | 'known' | 'same_person';
    readonly override: FreezeOverride;
  }>;
  /**
   * May the target be started, where at most `max` of its env are in any 60 minutes? Undefined: yes, and it is counted from now on.
   * Else the time in ms at which the next one may. One that its rollout has started within the hour is counted once, and may. Exact, whoever
   * asks at once, as far as the clocks of the processes agree.
   */
  startUnderCap(
    start: {
      readonly project: string;
      readonly env: string;
      readonly rolloutId: string;
      readonly target: string;
      readonly max: number;
    },
    nowMs: number,
  ): Promise<number | undefined>;
  /**
   * Takes, renews and gives back places on hosts, so that all processes of the store together stay within the limit of each host. They are the
   * holder's for `leaseMs` by the clock of the store's server, and free after that. `limits.per_host` halves where a host has refused.
   */
  takeHostPlaces(holder: string, leaseMs: number, asked: readonly HostPlacesAsked[]): Promise<readonly HostPlaces[]>;
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
   * Turns a rollout downwards: what it applied (or left half applied, also where that is to be tried again) in the scope is pending again, for a
   * run that takes it back, and so is what an aborted way back has left; the rest stays as it is. Idempotent by command id. `nothing`: there is none, and nothing was changed.
   * @param command.mustBeOver the rollout has ended, and no other of its env may be live; otherwise its own run asks
   */
  beginRevert(
    rolloutId: string,
    command: {
      readonly id: string;
      readonly targets?: readonly string[];
      readonly group?: string;
      readonly skipChecks: boolean;
      readonly mustBeOver: boolean;
      /** Of the run that ends with this: a later pause goes on, any other is over. Without it no pause goes on. */
      readonly knownPauseSeq?: number;
    },
    event: NewEvent,
    nowMs: number,
  ): Promise<
    | { readonly kind: 'begun'; readonly targets: number }
    | { readonly kind: 'nothing' }
    | { readonly kind: 'live'; readonly id: string }
  >;
  /**
   * From where to where the rollout took what a revert in this scope would take back, counted. `to` is null where it is not known. A scan.
   */
  revertSpans(
    rolloutId: string,
    scope: { readonly targets?: readonly string[]; readonly group?: string },
  ): Promise<
    readonly { readonly dialect: string; readonly from: string; readonly to: string | null; readonly count: number }[]
  >;
  /** As `counts`, of the targets that are to be taken back. A scan of those. */
  revertCounts(rolloutId: string): ReturnType<Store['counts']>;

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

  /** Later rollouts leave the target out. `known`: it was in quarantine before, for the reason in the view. */
  quarantine(
    target: QuarantineBody & { readonly by: string },
    nowMs: number,
  ): Promise<{ readonly kind: 'put' | 'known'; readonly view: QuarantineView }>;
  /** undefined: it was not in quarantine. */
  releaseQuarantine(
    target: QuarantineBody & { readonly by: string },
    nowMs: number,
  ): Promise<QuarantineView | undefined>;
  listQuarantine(filter: {
    readonly project?: string;
    readonly env?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<QuarantineView>>;

  appendEvent(rolloutId: string, event: NewEvent, nowMs: number): Promise<EventView>;
  events(rolloutId: string, afterSeq: number, limit: number): Promise<readonly EventView[]>;
  /** When the rollout's visible state changed, oldest first. */
  stateChanges(rolloutId: string): Promise<readonly { readonly atMs: number; readonly to: RolloutState }[]>;
  /** Checks the hash chain; the first event that does not fit, or undefined. */
  verifyEvents(rolloutId: string): Promise<number | undefined>;

  /** Commands that must reach the workflow, also when Temporal is down now: kept until they are delivered. */
  putCommand(
    rolloutId: string,
    command: { readonly id: string; readonly verb: string; readonly payload: Readonly<Record<string, unknown>> },
    nowMs: number,
  ): Promise<void>;
  undeliveredCommands(): Promise<
    readonly {
      readonly rolloutId: string;
      readonly id: string;
      readonly verb: string;
      readonly payload: Readonly<Record<string, unknown>>;
    }[]
  >;
  commandDelivered(id: string): Promise<void>;

  /**
   * Removes rollouts that ended before a time, with their targets, events and all else that is theirs, and artifacts that no rollout needs any
   * more. Never one that is live, nor the newest of an env. What was removed comes back; with `dryRun` what would be.
   */
  pruneRollouts(
    options: { readonly endedBeforeMs: number; readonly dryRun: boolean },
    nowMs: number,
  ): Promise<{ readonly rollouts: readonly PrunedRollout[]; readonly artifacts: number }>;

  /** Looks for damage of the file (SQLite: quick_check); the problems found. */
  check(): Promise<readonly string[]>;
  close(): Promise<void>;
}
