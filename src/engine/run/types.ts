/**
 * The front door of the executing half of the engine: what callers ask and what they get back.
 * The daemon's slices and `migrate apply` use the same calls.
 */
import type { TargetError } from '../../shared/states.ts';
import type { DownFrom } from '../directory/compute-down.ts';
import type { Directory, ExecOrder, MigrationFile, TxMode } from '../directory/types.ts';
import type { Realm } from '../schema/realm.ts';
import type { DatabaseUrl } from '../url/database-url.ts';
import type { ApplyHooks } from './apply-hooks.ts';
import type {
  Declared,
  StateApplyOptions,
  StateOutcome,
  StateRevertOptions,
  StateSurveyOptions,
} from './declared/types.ts';
import type { DesiredState } from './schema/desired-state.ts';
import type { DevStatement } from './schema/on-dev.ts';
import type { PlanOutcome } from './schema/run-plan.ts';

export type { DialectName } from '../dialects/dialect-name.ts';
export type { ExecOrder, TxMode } from '../directory/types.ts';

/** One row of atlas_schema_revisions (atlas-config-cli.md 4.5). */
export interface Revision {
  readonly version: string;
  readonly description: string;
  /** Bit set: 1 baseline, 2 executed, 4 resolved. */
  readonly type: number;
  readonly applied: number;
  readonly total: number;
  readonly executedAt: Date;
  /** Nanoseconds. */
  readonly executionTime: bigint;
  readonly error: string;
  readonly errorStmt: string;
  readonly hash: string;
  readonly partialHashes: readonly string[] | null;
  readonly operatorVersion: string;
}

/** What is asked of every session. All in milliseconds; 0 switches one off. */
export interface SessionLimits {
  readonly connectTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  /** A server that is silent for so long, and cannot be seen to work on what it was asked, is given up. */
  readonly keepaliveMs: number;
}

export const DEFAULT_LIMITS: SessionLimits = {
  connectTimeoutMs: 10_000,
  lockTimeoutMs: 200,
  statementTimeoutMs: 15 * 60_000,
  idleInTransactionTimeoutMs: 60_000,
  keepaliveMs: 10_000,
};

/** One database, or one schema of a database. Carries secrets: never log, store or send it. */
export interface MigrationTarget {
  /** For errors and events. */
  readonly id: string;
  readonly url: DatabaseUrl;
  /** `--revisions-schema`, or undefined for the location rules of 4.5. */
  readonly revisionsSchema?: string | undefined;
}

export interface ApplyOptions {
  /** At most this many files; undefined: all pending. */
  readonly amount?: number;
  /** Up to and including this version. */
  readonly toVersion?: string;
  readonly txMode: TxMode;
  readonly execOrder: ExecOrder;
  readonly baseline?: string;
  readonly allowDirty: boolean;
  /** Writes nothing anywhere, not even the revisions table. */
  readonly dryRun: boolean;
  /**
   * `atlas`: Atlas's own lock, exclusively, besides the target's (a single `migrate apply`).
   * `target`: Atlas's lock shared, and the target's own exclusively (a fleet). DESIGN.md section 6.
   */
  readonly lock: { readonly scope: 'atlas' | 'target'; readonly name: string; readonly waitMs: number };
  readonly limits: SessionLimits;
  /** application_name and its kin; names the attempt so that a second one finds the first. */
  readonly sessionName: string;
  /** Written to operator_version. */
  readonly operatorVersion: string;
  /**
   * What the call is part of, such as a rollout; written behind operatorVersion, so that a later try finds what an earlier one has done though it
   * could not tell anybody: it counts as applied by the operation, from where the target stood before it.
   */
  readonly operation?: {
    readonly name: string;
    /** An earlier try may have reached the target. */
    readonly isResumed: boolean;
  };
  /** How often a statement that timed out on a lock is tried again within this call, with jitter. */
  readonly lockRetries: number;
  /** What the project wants asked and run around the files. */
  readonly hooks?: ApplyHooks | undefined;
}

export type StartAnswer = boolean | { readonly onBegun: () => void };

export interface ApplyCallbacks {
  /**
   * Asked immediately before the first statement of the target goes out (after connecting, locking and computing what is pending);
   * false: nothing is run, the outcome is `held`. Pause rests on it, so it must be asked as late as can be. `onBegun` is called when the first
   * statement is in the hands of the database, or when there will be none.
   */
  readonly mayStart?: () => StartAnswer | Promise<StartAnswer>;
  readonly onProgress?: (event: ApplyProgress) => void;
  readonly tagsOf?: TagsOf;
  readonly signal?: AbortSignal;
}

/**
 * What the server's own views and logs are to say of a statement: key → value, written behind it as a comment (sqlcommenter). undefined: nothing.
 * Only what is sent has it: revisions, intents, errors and progress are of the text as it stands in the file.
 */
export type TagsOf = (
  file: MigrationFile,
  /** Of the file's statements, from 0; on the way down of those of its way back. */
  index: number,
) => Readonly<Record<string, string>> | undefined;

/** In the order in which they happen; `migrate apply` prints its report from them. Times are Dates of the caller's clock. */
export type ApplyProgress =
  | {
      readonly kind: 'Planned';
      readonly pending: readonly MigrationFile[];
      readonly current: string;
      readonly target: string;
    }
  | {
      readonly kind: 'FileStarted';
      readonly file: MigrationFile /** Statements done by an earlier try. */;
      readonly skipped: number;
      readonly at: Date;
    }
  | {
      readonly kind: 'StatementStarted';
      readonly file: MigrationFile;
      /** Of the file's statements, from 0. */
      readonly index: number;
      readonly statement: string;
      readonly at: Date;
    }
  | {
      readonly kind: 'StatementFinished';
      readonly file: MigrationFile;
      readonly index: number;
      readonly statement: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'FileFinished'; readonly file: MigrationFile; readonly at: Date }
  | {
      readonly kind: 'FileFailed';
      readonly file: MigrationFile;
      readonly statement?: string;
      readonly text: string;
      readonly at: Date;
    };

export type StatementProgress = Extract<ApplyProgress, { readonly kind: 'StatementStarted' | 'StatementFinished' }>;

/** The result of one target. Expected outcomes are values, never exceptions. */
export type ApplyOutcome =
  | {
      readonly kind: 'applied';
      /** The last version that was whole before. */
      readonly from: string;
      readonly to: string;
      readonly files: readonly AppliedFile[];
      readonly attempts: number;
    }
  | { readonly kind: 'unchanged'; readonly current: string }
  | { readonly kind: 'held'; readonly left?: LeftBehind }
  | {
      readonly kind: 'cancelled';
      readonly left?: LeftBehind;
      /** Those that were brought to their end before, and stay. */
      readonly files: readonly AppliedFile[];
    }
  | {
      readonly kind: 'failed';
      /** The last version that was whole before; missing where that could not be read. */
      readonly from?: string;
      /** Where the target stands now, '' for nothing, null where that could not be read. */
      readonly current: string | null;
      readonly files: readonly AppliedFile[];
      readonly error: TargetError;
      /** Atlas's text of the error, for stderr: `sql/migrate: executing statement …`. */
      readonly text: string;
    };

/** A target that was not brought to its end, and in which this try, or an earlier one of the same operation, has run something. */
export interface LeftBehind {
  /** The last version that was whole before the operation. */
  readonly from: string;
  /** The last one that is whole now. */
  readonly current: string;
}

/** What became of one check file that stands before a migration (atlas-config-cli.md 3.7). */
export interface CheckReport {
  readonly name: string;
  readonly statements: readonly { readonly statement: string; readonly error?: string }[];
  readonly error?: { readonly statement: string; readonly text: string };
  readonly start: Date;
  readonly end: Date;
}

export interface AppliedFile {
  readonly file: MigrationFile;
  readonly statements: readonly string[];
  readonly skipped: number;
  readonly start: Date;
  readonly end: Date;
  /** Of a file that has some, where they were asked. */
  readonly checks?: readonly CheckReport[];
  readonly error?: { readonly statement?: string; readonly text: string };
}

export interface DownOptions {
  /** The last so many versions; 1 where neither this nor `toVersion` is given. */
  readonly amount?: number;
  /** Everything after it; '' for everything. */
  readonly toVersion?: string;
  /** How far the target may stand; one that has moved on is refused (`DOWN_MOVED_ON`). */
  readonly from?: DownFrom;
  /** Runs the checks, and nothing else. */
  readonly dryRun: boolean;
  /** Tables that hold rows are dropped all the same. */
  readonly skipChecks: boolean;
  readonly lock: ApplyOptions['lock'];
  readonly limits: SessionLimits;
  readonly sessionName: string;
  readonly lockRetries: number;
}

/** What became of one version that was to be taken back. */
export interface RevertedFile {
  readonly file: MigrationFile;
  readonly checks: {
    readonly statements: readonly string[];
    readonly durationMs: number;
    readonly error?: { readonly statement: string; readonly text: string };
  };
  readonly statements: readonly string[];
  /** Statements of the way back that an earlier try had done. */
  readonly skipped: number;
  readonly start: Date;
  readonly end: Date;
  readonly error?: { readonly statement?: string; readonly text: string };
}

/** The result of one target. Expected outcomes are values, never exceptions. */
export type DownOutcome =
  | {
      readonly kind: 'reverted';
      readonly from: string;
      readonly to: string;
      readonly files: readonly RevertedFile[];
      /** `versions`: all in one transaction. `statement`: statement by statement, each with its progress. */
      readonly scope: 'versions' | 'statement';
    }
  | { readonly kind: 'unchanged'; readonly current: string }
  | { readonly kind: 'held' }
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'failed';
      /** Where the target stands now, '' for nothing, null where that could not be read. */
      readonly current: string | null;
      readonly files: readonly RevertedFile[];
      readonly error: TargetError;
      readonly text: string;
    };

/** What was planned, told before the first statement. */
export interface DownPlanned {
  readonly versions: readonly MigrationFile[];
  readonly current: string;
  readonly target: string;
}

/** Where a target stands against a directory. Reads only. */
export type SurveyOutcome =
  | { readonly kind: 'standing'; readonly current: string; readonly pending: readonly string[] }
  | { readonly kind: 'refused'; readonly error: TargetError };

/** `migrate status` (atlas-config-cli.md 3.5, 3.7). */
export interface StatusReport {
  readonly available: readonly MigrationFile[];
  readonly pending: readonly MigrationFile[];
  readonly outOfOrder: readonly MigrationFile[];
  readonly applied: readonly Revision[];
  readonly current: string;
  readonly next: string;
  /** Statements done and wanted of a partially applied last file. */
  readonly count: number;
  readonly total: number;
  readonly status: 'OK' | 'PENDING';
  readonly error: string;
  readonly sql: string;
}

export interface SetReport {
  readonly set: readonly Revision[];
  readonly removed: readonly Revision[];
  readonly current: string;
}

/** A figure that a server was asked for; `unknown`: why it has none to give, for people. */
export type Measured = { readonly value: number } | { readonly unknown: string };

export interface Engine {
  /** Brings one target to the wanted version. Never throws for what the database or the directory does wrong. */
  apply(
    target: MigrationTarget,
    directory: Directory,
    options: ApplyOptions,
    callbacks?: ApplyCallbacks,
  ): Promise<ApplyOutcome>;
  /**
   * Takes versions of one target back, by the way back that their files hold; a half-done one goes on. Never throws for what the database or the
   * directory does wrong.
   */
  down(
    target: MigrationTarget,
    directory: Directory,
    options: DownOptions,
    callbacks?: DownCallbacks,
  ): Promise<DownOutcome>;
  /**
   * Where many targets of one server stand, in as few round trips as the server allows (schemas of one Postgres database and
   * MariaDB databases: one UNION for hundreds). Result in the order of `targets`.
   */
  survey(
    targets: readonly MigrationTarget[],
    directory: Directory,
    options: SurveyOptions,
  ): Promise<readonly SurveyOutcome[]>;
  /** The schema of each target, in the order of `targets`: a session each, side by side. Reads only. */
  surveyStates(targets: readonly MigrationTarget[], options: StateSurveyOptions): Promise<readonly StateOutcome[]>;
  /** Brings one target to a desired state by a plan of its own state. Never throws for what the database does wrong. */
  applyState(
    target: MigrationTarget,
    declared: Declared,
    options: StateApplyOptions,
    callbacks?: ApplyCallbacks,
  ): Promise<ApplyOutcome>;
  /** Takes one target back to the state that it had before. Never throws for what the database does wrong. */
  revertState(
    target: MigrationTarget,
    declared: Declared,
    options: StateRevertOptions,
    callbacks?: DownCallbacks,
  ): Promise<DownOutcome>;
  /** True where `survey` costs much less for many targets together than a connection each. */
  surveysTogether(url: DatabaseUrl): boolean;
  status(target: MigrationTarget, directory: Directory, options: SurveyOptions): Promise<StatusReport>;
  set(
    target: MigrationTarget,
    directory: Directory,
    version: string | undefined,
    options: { readonly limits: SessionLimits; readonly operatorVersion: string },
  ): Promise<SetReport>;
  /** Runs one query and gives rows by column name: `data "sql"` of the project file. */
  query(
    url: DatabaseUrl,
    sql: string,
    args: readonly (string | number | boolean)[],
    limits: SessionLimits,
  ): Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }>;
  /** The schema of a database, in canonical form. Reads only. @throws AppError */
  inspect(url: DatabaseUrl, limits: SessionLimits): Promise<Realm>;
  /** What a dev database makes of statements; it is left as it was. @throws AppError */
  loadOnDev(
    url: DatabaseUrl,
    statements: readonly DevStatement[],
    limits: SessionLimits,
    lockWaitMs: number,
    schemas?: readonly string[],
  ): Promise<Realm>;
  /** The state that files describe, as the dev database says it. @throws AppError with every mistake of them */
  loadDesired(desired: DesiredState): Promise<Realm>;
  /** The schema that a directory makes of an empty database; the dev database is left as it was. @throws AppError */
  inspectDirectory(url: DatabaseUrl, directory: Directory, limits: SessionLimits, lockWaitMs: number): Promise<Realm>;
  /** Runs a plan; what the database refuses is part of the outcome. @throws AppError where it cannot be reached */
  runPlan(
    url: DatabaseUrl,
    statements: readonly string[],
    txMode: 'file' | 'none',
    limits: SessionLimits,
  ): Promise<PlanOutcome>;
  /**
   * How far a replica is behind, in ms: the server itself where `isReplica`, else the worst of its own replicas, where the server knows them.
   * @throws AppError what `query` throws
   */
  replicaLag(url: DatabaseUrl, isReplica: boolean, limits: SessionLimits): Promise<Measured>;
  /** Sessions that run a statement on the server: all that it counts, or those of others where it tells them apart. @throws AppError what `query` throws */
  runningThreads(url: DatabaseUrl, limits: SessionLimits): Promise<Measured>;
  /** Executes plain statements on a database (replaying a directory on a dev database for `migrate validate --dev-url`). Leaves the database as it was. */
  replay(url: DatabaseUrl, directory: Directory, limits: SessionLimits): Promise<void>;
  /** Statements in flight now, for the draining view. */
  inFlight(): readonly {
    readonly targetId: string;
    readonly sessionName: string;
    readonly statement: string;
    readonly sinceMs: number;
  }[];
  /** Ends idle connections that were kept for the next slice. */
  close(): Promise<void>;
}

export interface DownCallbacks extends Omit<ApplyCallbacks, 'onProgress'> {
  readonly onPlanned?: (planned: DownPlanned) => void;
  readonly onStatement?: (event: StatementProgress) => void;
}

export interface SurveyOptions {
  readonly toVersion?: string;
  readonly execOrder: ExecOrder;
  readonly limits: SessionLimits;
}
