/** The JSON of the HTTP API and of `-o json`. The names are a contract: acceptance kits and CI scripts rely on them. */
import type { GroupState, RolloutKind, RolloutState, TargetCounts, TargetError, TargetState } from './states.ts';

export interface CauseCluster {
  readonly fingerprint: string;
  readonly class: string;
  readonly code: string;
  /** One sample message, in the database's own words. */
  readonly message: string;
  readonly count: number;
  /** Up to ten target ids. */
  readonly targets: readonly string[];
  readonly group: string;
}

export interface InFlight {
  readonly target: string;
  readonly host: string;
  readonly group: string;
  readonly statement?: string;
  readonly sinceMs: number;
}

export interface GroupView {
  readonly name: string;
  readonly state: GroupState;
  readonly size: number;
  readonly counts: TargetCounts;
  readonly parallel: number;
  readonly perHost: number | null;
  /** How many targets may fail; null: no limit. */
  readonly maxFailures: number | null;
  readonly approval: boolean;
  readonly bakeMs: number;
  /** ISO time at which the bake ends, while it bakes. */
  readonly bakeUntil?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly dependsOn: readonly string[];
}

/** Freezes and allowed times are overridden for a rollout once a second person has confirmed it. */
export interface FreezeOverrideView {
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  /** Missing: not confirmed yet, the freezes hold. */
  readonly approvedBy?: string;
  readonly approvedAt?: string;
}

export interface RolloutView {
  readonly id: string;
  readonly kind: RolloutKind;
  readonly project: string;
  readonly env: string;
  readonly state: RolloutState;
  /** Why it is not running, with the database's own words if a target failed. */
  readonly cause?: string;
  /** The command to type next. */
  readonly next?: string;
  /** A version; of a declarative rollout the name of the desired state. */
  readonly toVersion: string;
  /** With those that joined. */
  readonly targets: number;
  /** Targets that have appeared in the env since the rollout was created; missing: none. */
  readonly joined?: number;
  readonly counts: TargetCounts;
  readonly groups: readonly GroupView[];
  readonly causes: readonly CauseCluster[];
  readonly inFlight: readonly InFlight[];
  /** Missing: nobody has asked for one. */
  readonly freezeOverride?: FreezeOverrideView;
  /** Throttles that an operator has lifted; missing: none. */
  readonly liftedThrottles?: readonly string[];
  /** 32 hexadecimal digits; missing: no traces are kept of it. */
  readonly traceId?: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** Of a versioned one: the first line of atlas.sum. */
  readonly directoryDigest?: string;
  /** Of a declarative one: that of all its plans, as `rollout plan` has shown it. */
  readonly planDigest?: string;
  readonly targetSetDigest: string;
}

export interface TargetView {
  readonly id: string;
  readonly group: string;
  readonly host: string;
  readonly state: TargetState;
  /** Where the target stands, as far as this rollout knows; null before it was looked at. */
  readonly version: string | null;
  /** Where it stood before the rollout ran anything there; null before it has. */
  readonly from: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly url: string;
  readonly attempts: number;
  readonly durationMs?: number;
  readonly error?: TargetError;
  readonly reason?: string;
}

/** A target that rollouts leave out. */
export interface QuarantineView {
  readonly project: string;
  readonly env: string;
  readonly target: string;
  readonly reason: string;
  readonly by: string;
  readonly since: string;
}

export interface QuarantineBody {
  readonly project: string;
  readonly env: string;
  readonly target: string;
  readonly reason: string;
}

export type ReleaseBody = Omit<QuarantineBody, 'reason'> & { readonly reason?: string };

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

export interface PlanStatement {
  readonly file: string;
  readonly sql: string;
  /** Set where the statement takes a lock that stops readers or writers. */
  readonly lock?: string;
}

/** An env that has lost more targets since its last rollout than it may without a question. */
export interface ShrinkView {
  readonly lastRollout: string;
  /** Targets that it had when it was created. */
  readonly lastTargets: number;
  /** Targets now. */
  readonly targets: number;
  /** How many may be missing: `10%`, or a number. */
  readonly limit: string;
  /** Some of them by id, at most five. */
  readonly missing: readonly string[];
}

export interface PlanView {
  readonly kind: RolloutKind;
  /** Of a declarative one: a start with it is refused where the plans have changed. */
  readonly planDigest?: string;
  readonly project: string;
  readonly env: string;
  readonly targets: number;
  /** By position of the target: pending, unchanged, refused, quarantined. */
  readonly states: Readonly<Record<string, number>>;
  readonly toVersion: string;
  readonly groups: readonly {
    readonly name: string;
    readonly size: number;
    readonly targets?: readonly string[];
    readonly notes: readonly string[];
  }[];
  /** One for each distinct starting version, '' for an empty database; of a declarative one for each distinct state, by its name. */
  readonly plans: readonly {
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly files: readonly string[];
    /** Of the files that have some: how many assertions are asked before the file. */
    readonly checks: readonly { readonly file: string; readonly count: number }[];
    readonly statements: readonly PlanStatement[];
  }[];
  readonly refused?: readonly {
    readonly target: string;
    readonly class: string;
    readonly code: string;
    readonly message: string;
  }[];
  /** What holds targets back while a server or an application is under strain; missing: nothing. */
  readonly throttles?: readonly {
    readonly name: string;
    readonly kind: string;
    /** Missing: all groups. */
    readonly group?: string;
    /** `host`: that of the server which is asked; `group`: all that it concerns. */
    readonly holds: 'host' | 'group';
    readonly when: string;
    /** Redacted addresses; none: each target's own server. */
    readonly asked: readonly string[];
    /** How often it is asked at most, in Go's notation. */
    readonly every: string;
  }[];
  /** No more targets of the env are started in any 60 minutes; missing: there is no cap. */
  readonly maxPerHour?: number;
  /** A start would ask. */
  readonly shrink?: ShrinkView;
  readonly notes: readonly string[];
}

/** One entry of the audit trail; the data of an SSE message. */
export interface EventView {
  readonly seq: number;
  readonly at: string;
  readonly rollout: string;
  readonly kind: string;
  readonly actor: string;
  readonly reason?: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

/** Whether the hash chain of a rollout's audit trail holds. */
export interface EventCheckView {
  readonly rollout: string;
  readonly events: number;
  /** The hash of the newest event: noted elsewhere, it shows later that the trail was not written anew as a whole. */
  readonly head: string;
  readonly intact: boolean;
  /** The number of the first event that was changed, or is missing. */
  readonly firstBroken?: number;
}

export interface StartRolloutBody {
  readonly project: string;
  readonly env: string;
  readonly toVersion?: string;
  readonly vars?: Readonly<Record<string, string | readonly string[]>>;
  /** A directory of the caller instead of the daemon's: file name → text, with its atlas.sum. */
  readonly directory?: { readonly files: Readonly<Record<string, string>>; readonly format?: string };
  /** Makes it declarative: HCL or SQL files of the desired state, name → text, and a dev database in place of the env's. The URL is not stored. */
  readonly desired?: { readonly files: Readonly<Record<string, string>>; readonly devUrl?: string };
  /** Of the plans that were looked at: with others the start is refused. */
  readonly planDigest?: string;
  readonly reason?: string;
  /** Far fewer targets than the last rollout of the env had are what is meant. */
  readonly acceptShrink?: boolean;
  /** Freezes and allowed times are to be overridden, for the reason given; `approvedBy`: the second person, on a daemon without tokens. */
  readonly overrideFreeze?: { readonly approvedBy?: string };
}

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly next?: string;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: string;
    readonly frame?: string;
    readonly file?: string;
    readonly line?: number;
    readonly column?: number;
  }[];
}
