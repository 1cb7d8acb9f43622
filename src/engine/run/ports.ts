/**
 * What the algorithms of run/ need of a database, as ports. drivers/ implements them; how calls are batched into round trips is theirs.
 * Every call rejects with a DriverError and nothing else, unless it has a bug.
 */
import type { Clock } from '../../shared/clock.ts';
import type { EventSink } from '../../shared/events.ts';
import type { ReachFaultPoint } from '../../shared/fault-points.ts';
import type { ErrorClass } from '../../shared/states.ts';
import type { Row } from '../dialects/dialect.ts';
import type { ScannerName } from '../dialects/dialect-name.ts';
import type { DatabaseUrl } from '../url/database-url.ts';
import type { ApplyOptions, Measured, MigrationTarget, Revision, SessionLimits } from './types.ts';

/** What went wrong, before it is worded for a person. */
export type DriverErrorKind =
  /** The server or file cannot be reached or entered. */
  | 'connect'
  /** User or password is refused. */
  | 'auth'
  /** The URL cannot be understood by this driver. */
  | 'url'
  /** A pooler is in between, and what is asked needs a session of its own. Nothing was run. */
  | 'pooler'
  /** Somebody else migrates this target. */
  | 'lock-held'
  /** A statement waited too long for a lock, or was chosen as a deadlock's victim. */
  | 'lock-timeout'
  /** The revisions changed between `lockAndRead` and `begin`: start again. */
  | 'history-moved'
  /** The signal was aborted; nothing of the open transaction holds. */
  | 'cancelled'
  /** The database refused a statement. */
  | 'statement';

/** The world failed. `message` is the database's own text, as Atlas's drivers print it; no secret is in it. */
export class DriverError extends Error {
  readonly kind: DriverErrorKind;
  readonly class: ErrorClass;
  /** SQLSTATE, errno, or the name of a result code; '' where there is none. */
  readonly code: string;
  /** Who holds the lock: session, age, query; where that is known. */
  readonly blocker: string | undefined;
  /** The session is of no use any more; only `release` may be called. */
  readonly sessionLost: boolean;
  /** Of a batch: which statement was refused; undefined where it was none of them (the row, the commit). */
  readonly statementIndex: number | undefined;

  constructor(
    kind: DriverErrorKind,
    message: string,
    options: {
      readonly class: ErrorClass;
      readonly code?: string;
      readonly blocker?: string | undefined;
      readonly sessionLost?: boolean;
      readonly statementIndex?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DriverError';
    this.kind = kind;
    this.class = options.class;
    this.code = options.code ?? '';
    this.blocker = options.blocker;
    this.sessionLost = options.sessionLost ?? false;
    this.statementIndex = options.statementIndex;
  }
}

export type History =
  /** `exists`: there is a revisions table. Rows in the order of their version, with the metadata row if there is one. */
  | { readonly kind: 'history'; readonly exists: boolean; readonly rows: readonly Revision[] }
  /** The ambiguity guard of atlas-config-cli.md 4.5. */
  | { readonly kind: 'ambiguous' };

export interface OpenRequest {
  readonly target: MigrationTarget;
  readonly limits: SessionLimits;
  readonly sessionName: string;
  /** Aborted: the statement in flight is stopped where the database can, and the call rejects with kind `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

export type QueryArgument = string | number | boolean;

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Asks the server that is looked at one question; rejects as `Driver.query` does. */
export type AskServer = (sql: string) => Promise<QueryResult>;

/** How a kind of server is asked how busy it is: the questions of `Engine.replicaLag` and `Engine.runningThreads`. */
export interface ServerStrain {
  replicaLag(query: AskServer, isReplica: boolean): Promise<Measured>;
  runningThreads(query: AskServer): Promise<Measured>;
}

/** One kind of database. Keeps connections for the next target until `close`. */
export interface Driver {
  readonly dialects: readonly DatabaseUrl['dialect'][];
  readonly scanner: ScannerName;
  open(request: OpenRequest): Promise<Session>;
  /** Where many targets of one server stand, in their order. Reads only; takes no lock. */
  survey(targets: readonly MigrationTarget[], limits: SessionLimits): Promise<readonly (History | DriverError)[]>;
  /** True where `survey` costs much less for many targets together than a session each. */
  surveysTogether(url: DatabaseUrl): boolean;
  /**
   * What to ask before a statement of a way back that destroys data: one question a table and a column that it drops. Its answer is the check to be
   * asked next, in the words of atlas-config-cli.md 5.3 (true where nothing would be lost), or nothing where there is no such table or column,
   * which `IF EXISTS` allows. A column loses nothing where all rows have its constant default. Pure.
   */
  dropChecks(statement: string): readonly string[];
  query(url: DatabaseUrl, sql: string, args: readonly QueryArgument[], limits: SessionLimits): Promise<QueryResult>;
  /** Missing where there is no server. */
  readonly strain?: ServerStrain;
  close(): Promise<void>;
}

/** The row of a file's revision before and after one of its statements. */
export interface Step {
  readonly before: Revision;
  readonly after: Revision;
}

/** A file in a transaction: statements, then the row that says that they ran, then perhaps the commit. All or nothing. */
export interface Batch {
  readonly statements: readonly string[];
  /** A comment to be sent behind each, as `execute` has it; missing: none has one. */
  readonly comments?: readonly (string | undefined)[];
  /** The driver puts its own measure of the statements' time into `executionTime`. */
  readonly row: Revision;
  readonly commit: boolean;
  /** Called as the server answers: `statements[index]` has landed after `durationMs`. */
  readonly onLanded: (index: number, durationMs: number) => void;
}

/** A session on one target, from `open` to `release`. One call at a time. */
export interface Session {
  /**
   * Takes the locks and reads the revisions. Not within the time: `lock-held`. Called again after a rollback: what is held stays held, the
   * revisions are read anew.
   */
  lockAndRead(lock: ApplyOptions['lock']): Promise<History>;
  /** Reads the revisions without a lock (status, dry run). */
  read(): Promise<History>;
  /** Whether the database has nothing but a revisions table, or why not, in Atlas's words (4.6). */
  checkClean(): Promise<true | { readonly reason: string }>;
  /**
   * Creates the revisions table, its schema where needed, and columns that an older version of it lacks. Always called before the first write:
   * where the last read saw a whole table, it asks the server nothing.
   */
  createRevisions(): Promise<void>;
  /**
   * Whether these statements can be rolled back together. False for DDL on MySQL: then there is no `begin`, and progress is kept per statement.
   */
  canRollBack(statements: readonly string[]): boolean;
  /**
   * Starts a transaction. A driver whose locks live in transactions (Postgres) has one open since `lockAndRead`, and goes on in it; later
   * ones take the locks again, and reject with `history-moved` where somebody has been there in between.
   */
  begin(): Promise<void>;
  /**
   * Called before statements that run outside of a transaction: from here on the locks hold without one. Ends what `lockAndRead` left open,
   * may reject with `lock-held` or `history-moved`. Missing where the locks never depend on a transaction.
   */
  holdLocks?(): Promise<void>;
  /** Many statements of an open transaction in one round trip. Missing where the driver cannot: then run/ calls `execute` for each. */
  executeAll?(batch: Batch): Promise<void>;
  /**
   * All of a target in one round trip, where a guess says how it stands: takes the locks, checks that the revisions are `expected` (version,
   * type, applied, total), then as `executeAll` on a new transaction. False: they are not, a lock is not to be had at once, or it cannot be
   * said in one message; then nothing was run, and the usual way tells why. Missing where a driver cannot.
   * @param onEntered locks and revisions are as they should be: what goes wrong from here on is the batch's
   */
  executeExpected?(
    lock: ApplyOptions['lock'],
    expected: readonly Revision[],
    batch: Batch,
    onEntered: () => void,
  ): Promise<boolean>;
  /**
   * Called once, when what changes something next begins to run, or when it is clear that nothing will. Missing where a statement is on its way
   * to the database as soon as it is sent, and not handed to another thread first.
   */
  whenBegun?(onBegun: () => void): void;
  /** May find what only an end finds (deferred constraints, foreign keys of SQLite); then all is rolled back. */
  commit(): Promise<void>;
  /** Does nothing outside of a transaction; never rejects. */
  rollback(): Promise<void>;
  /** Inserts rows, or updates all but version, description and executed_at. Inside of `begin` part of it, else at once. */
  write(rows: readonly Revision[]): Promise<void>;
  remove(versions: readonly string[]): Promise<void>;
  /**
   * Runs one statement, then writes `step.after`, the row that says that it ran. Outside of a transaction the driver makes the two hold
   * together: in one transaction, or, for a statement that commits by itself, with an intent in the row (docs/decisions/0004).
   * @param comment sent behind the statement where the server shows it and keeps it nowhere (`withComment`); never part of an error
   */
  execute(statement: string, step?: Step, comment?: string): Promise<void>;
  /** Asks a question whose answer is one value, as the server's text; null for NULL and for no row. Changes nothing. */
  ask(question: string): Promise<string | null>;
  /** Rows of some questions, by column, all of one moment where the database can. Missing where the dialect's schema is not read yet. */
  rows?(questions: readonly string[]): Promise<readonly (readonly Row[])[]>;
  /**
   * Drops all that is in the scope of the URL. For dev databases, after `checkClean` said true: leaves them as they were.
   */
  dropAll(): Promise<void>;
  /** Gives locks and session back, rolls back what is open. Never rejects. */
  release(): Promise<void>;
}

/** What every driver is made with. */
export interface DriverDeps {
  readonly clock: Clock;
  readonly events: EventSink;
  /** Where relative names of files start. */
  readonly baseDir: string;
  /** For the fault rig. */
  readonly reach: ReachFaultPoint;
}
