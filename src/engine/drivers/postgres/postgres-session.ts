/*
 * One target of Postgres. Over 300 lines because it is one state machine: what holds the locks (a transaction of the working connection, or
 * one of a second connection), whether a transaction is open, and what of the session must be cleaned before another target gets it.
 */
import type { Clock } from '../../../shared/clock.ts';
import type { ReachFaultPoint } from '../../../shared/fault-points.ts';
import { withComment } from '../../dialects/sql-comment.ts';
import { hasIntent, settleIntent, withIntent } from '../../run/intent.ts';
import { type Batch, DriverError, type History, type OpenRequest, type Session, type Step } from '../../run/ports.ts';
import type { ApplyOptions, Revision } from '../../run/types.ts';
import { describeBlockers, describeHolders } from './blockers.ts';
import { checkClean } from './clean-check.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { dropAll, selectExtensions } from './drop-all.ts';
import type { CommandResult } from './exchange.ts';
import { intentJudge } from './intent/intent-judge.ts';
import { dropHalfDone, type LoneEvidence, readEvidence, settleEvidence } from './intent/lone-evidence.ts';
import { type LoneStatement, readLoneStatement, transactionControl, UNREADABLE } from './intent/lone-statement.ts';
import { planBatch } from './plan-batch.ts';
import { throughPooler } from './pooler.ts';
import { ExchangeFailed, type PostgresConnection } from './postgres-connection.ts';
import {
  LOCK_NOT_AVAILABLE,
  readProblem,
  toDriverError,
  UNDEFINED_COLUMN,
  UNDEFINED_TABLE,
} from './postgres-errors.ts';
import { quoteId } from './quote.ts';
import {
  addColumns,
  COLUMNS,
  createTable,
  deleteRows,
  hasAllColumns,
  hasRows,
  insertRow,
  measuredSince,
  readRow,
  selectRows,
  upsertRow,
} from './revision-rows.ts';
import { placeOfRevisions, type RevisionsPlace, readShapes, selectShapes, type TableShape } from './revisions-place.ts';
import { settingItems } from './session-settings.ts';
import { atlasLockId, targetLockKey } from './target-lock.ts';

type Lock = ApplyOptions['lock'];

const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';
/** An item of a SELECT: for how long the transaction is open. */
const PASSED_MS = 'extract(epoch FROM clock_timestamp() - now()) * 1000';
const QUERY_CANCELED = '57014';
/** active_sql_transaction, invalid_transaction_termination: the statement wants to be alone. */
const NOT_IN_A_TRANSACTION = ['25001', '2D000'];
/** Atlas's own pace of asking for a lock: from 25 ms to 1 s, and as much again at random. */
const FIRST_PAUSE_MS = 25;
const LAST_PAUSE_MS = 1000;
/** A look at who is in the way is due when this part of lock_timeout is over. */
const LOOK_AFTER = 0.5;

export class PostgresSession implements Session {
  readonly #pool: ConnectionPool;
  readonly #clock: Clock;
  readonly #reach: ReachFaultPoint;
  readonly #request: OpenRequest;
  readonly #place: RevisionsPlace;
  readonly #connection: PostgresConnection;
  readonly #settings: { readonly schema: string } & Pick<OpenRequest, 'sessionName' | 'limits'>;
  #lock: Lock | undefined;
  /** Holds the locks in a transaction of its own, which does nothing else. */
  #holder: PostgresConnection | undefined;
  /** `entered`: opened by `lockAndRead`, nobody has asked for it yet. */
  #transaction: 'none' | 'entered' | 'begun' = 'none';
  /** Whether the open transaction has written something of ours. */
  #isDirty = false;
  /** When the open transaction began, by our clock; rather a little too late. */
  #beganMs = 0;
  /** Whether the session differs from a new one. */
  #isTouched = false;
  #shape: TableShape;
  #shapeOutside: TableShape;
  #rows = new Map<string, Revision>();
  /** A file without a transaction of ours may open one of its own. */
  #isInUsersTransaction = false;
  #lockTimeouts = 0;
  #extensions: readonly string[] = [];

  constructor(
    { pool, clock, reach }: { readonly pool: ConnectionPool; readonly clock: Clock; readonly reach: ReachFaultPoint },
    connection: PostgresConnection,
    request: OpenRequest,
  ) {
    this.#pool = pool;
    this.#reach = reach;
    this.#clock = clock;
    this.#connection = connection;
    this.#request = request;
    this.#place = placeOfRevisions(request.target);
    this.#settings = { ...request, schema: this.#place.target };
  }

  async lockAndRead(lock: Lock): Promise<History> {
    await this.rollback();
    this.#lock = lock;
    if (lock.scope === 'atlas') await this.#takeHolder(lock);
    const history = await this.#enter(lock);
    return history.kind === 'history' && history.rows.some(hasIntent)
      ? this.#settleIntents(history.rows, lock)
      : history;
  }

  /** Where a statement was sent whose outcome nobody has seen, it is looked up, and the row says which it is. */
  async #settleIntents(rows: readonly Revision[], lock: Lock): Promise<History> {
    await this.holdLocks();
    const judge = intentJudge(this.#connection, this.#place.revisions);
    try {
      for (const row of rows) {
        const after = await settleIntent(row, judge);
        if (after !== row) await this.write([after]);
      }
    } catch (error) {
      throw await this.#translate(error);
    }
    return this.#enter(lock);
  }

  async read(): Promise<History> {
    await this.rollback();
    const prefix = [`${BEGIN} READ ONLY`, `SELECT ${settingItems(this.#settings, true).join(', ')}`];
    this.#transaction = 'entered';
    const { history } = await this.#readAfter(prefix, ['COMMIT']);
    this.#transaction = 'none';
    return history;
  }

  async checkClean(): Promise<true | { readonly reason: string }> {
    try {
      const [extensions] = await this.#connection.send(selectExtensions);
      this.#extensions = (extensions?.rows ?? []).map(([name]) => name ?? '');
      return await checkClean(this.#connection, this.#place.target, this.#place.revisions);
    } catch (error) {
      throw await this.#translate(error);
    }
  }

  async createRevisions(): Promise<void> {
    const { revisions, target } = this.#place;
    const steps: string[] = [];
    // CREATE … IF NOT EXISTS asks for the right to create even where there is nothing to do.
    if (this.#shape === undefined && revisions !== target)
      steps.push(`CREATE SCHEMA IF NOT EXISTS ${quoteId(revisions)}`);
    if (this.#shape === undefined || this.#shape.length === 0) steps.push(createTable(revisions));
    else if (!hasAllColumns(this.#shape)) steps.push(...addColumns(revisions, this.#shape));
    if (steps.length === 0) return;
    await this.#send(steps.join(';\n'));
    this.#isDirty = true;
    this.#shape = COLUMNS;
    if (this.#transaction === 'none') this.#shapeOutside = this.#shape;
  }

  canRollBack(): boolean {
    return true;
  }

  async begin(): Promise<void> {
    if (this.#transaction === 'none') {
      if (this.#lock === undefined) {
        await this.#send(`${BEGIN};\nSELECT ${settingItems(this.#settings, true).join(', ')}`);
      } else {
        const before = this.#rows;
        this.#sameHistory(before, await this.#enter(this.#lock));
      }
    }
    this.#transaction = 'begun';
  }

  /**
   * A transaction cannot hold the locks here, and a session lock would stay behind in a pooler: a second connection holds them in a transaction
   * that does nothing else. It is idle and has no snapshot, so CREATE INDEX CONCURRENTLY and vacuum do not wait for it.
   */
  async holdLocks(): Promise<void> {
    const lock = this.#lock;
    if (lock === undefined) throw new Error('holdLocks before lockAndRead');
    if (this.#connection.isPooled !== false) throw throughPooler('txmode none');
    if (this.#transaction !== 'none') await (this.#isDirty ? this.commit() : this.rollback());
    if (this.#holder === undefined) {
      const before = this.#rows;
      await this.#takeHolder(lock);
      this.#sameHistory(before, await this.read());
    }
    // `read` may have come before: these are the session's own, until it is given back.
    this.#isTouched = true;
    await this.#send(`SELECT ${settingItems(this.#settings, false).join(', ')}`);
  }

  async executeAll(batch: Batch): Promise<void> {
    const { statements, row, onLanded } = batch;
    const plan = planBatch(statements);
    this.#touch(plan.touchesSession);
    if (plan.canPipeline) {
      let last = this.#clock.monotonicMs();
      const write = upsertRow(this.#place.revisions, row, measuredSince(last - this.#beganMs));
      await this.#send([...withComments(batch), write, ...(batch.commit ? ['COMMIT'] : [])], {
        onCompleted: (index) => {
          if (index >= statements.length) return;
          const now = this.#clock.monotonicMs();
          onLanded(index, now - last);
          last = now;
        },
        indexOf: (completed) => (completed < statements.length ? completed : undefined),
      });
    } else {
      const ms = await this.#executeEach(batch);
      const write = upsertRow(this.#place.revisions, { ...row, executionTime: BigInt(Math.round(ms * 1e6)) });
      await this.#send(batch.commit ? `${write};\nCOMMIT` : write);
    }
    this.#rows.set(row.version, row);
    this.#isDirty = true;
    if (batch.commit) this.#ended('committed');
  }

  async executeExpected(
    lock: Lock,
    expected: readonly Revision[],
    batch: Batch,
    onEntered: () => void,
  ): Promise<boolean> {
    const { statements, row, onLanded } = batch;
    const plan = planBatch(statements);
    if (!plan.canPipeline || this.#holder !== undefined) return false;
    // Whether there is a pooler must be known first.
    if (plan.touchesSession && this.#connection.isPooled !== false) return false;
    await this.rollback();
    this.#lock = lock;
    this.#isTouched ||= plan.touchesSession;
    const locks = [
      `pg_try_advisory_xact_lock_shared(${atlasLockId(lock.name)})`,
      `pg_try_advisory_xact_lock(${targetLockKey(this.#place.revisions)})`,
    ];
    // The look at the rows is a command of its own: its snapshot must be newer than the locks.
    const prefix = [
      BEGIN,
      `SELECT ${orStop(locks.join(' AND '), 'locked')}, ${settingItems(this.#settings, true).join(', ')}`,
      `SELECT ${orStop(hasRows(this.#place.revisions, expected), 'not_as_expected')}`,
    ];
    // The check has said that it is not there, and the lock that nobody else writes it.
    const write = insertRow(this.#place.revisions, row, measuredSince(0));
    const commands = [...prefix, ...withComments(batch), write, ...(batch.commit ? ['COMMIT'] : [])];
    let hasEntered = false;
    let last = this.#clock.monotonicMs();
    this.#transaction = 'begun';
    this.#beganMs = last;
    try {
      // A file of one statement has nothing to tell on the way: the simple protocol is the cheaper one then.
      await this.#send(statements.length === 1 ? commands.join('\n;\n') : commands, {
        onCompleted: (completed) => {
          const now = this.#clock.monotonicMs();
          const index = completed - prefix.length;
          if (index === -1) {
            hasEntered = true;
            onEntered();
          } else if (index >= 0 && index < statements.length) onLanded(index, now - last);
          last = now;
        },
        indexOf: (completed) => {
          const index = completed - prefix.length;
          return index >= 0 && index < statements.length ? index : undefined;
        },
      });
    } catch (error) {
      const isUnexpected =
        error instanceof DriverError && !hasEntered && !error.sessionLost && error.kind !== 'cancelled';
      if (!isUnexpected) throw error;
      await this.rollback();
      return false;
    }
    this.#shape = COLUMNS;
    this.#rows = new Map([...expected, row].map((one) => [one.version, one]));
    this.#isDirty = true;
    if (batch.commit) this.#ended('committed');
    return true;
  }

  /** @throws DriverError where what it leaves behind would be another client's */
  #touch(touchesSession: boolean): void {
    if (touchesSession && this.#connection.isPooled === true) throw throughPooler('session');
    this.#isTouched ||= touchesSession;
  }

  async #executeEach(batch: Batch): Promise<number> {
    const began = this.#clock.monotonicMs();
    for (const [index, statement] of withComments(batch).entries()) {
      const before = this.#clock.monotonicMs();
      await this.#send(statement, { indexOf: () => index });
      batch.onLanded(index, this.#clock.monotonicMs() - before);
    }
    return this.#clock.monotonicMs() - began;
  }

  async execute(statement: string, step?: Step, comment?: string): Promise<void> {
    this.#touch(planBatch([statement]).touchesSession);
    const sent = withComment(statement, comment);
    if (step !== undefined && this.#transaction === 'none') return this.#executeWithProgress(statement, sent, step);
    await this.#send(sent);
    if (step !== undefined) await this.write([step.after]);
  }

  async ask(question: string): Promise<string | null> {
    // The search_path of a schema tenant holds inside of a transaction only; a dry run has none of its own.
    if (this.#transaction === 'none' && this.#lock === undefined) await this.begin();
    const results = await this.#send(question);
    return results.at(-1)?.rows[0]?.[0] ?? null;
  }

  /** Statement and progress in one transaction, unless the server or the user will not have that. */
  async #executeWithProgress(statement: string, sent: string, step: Step): Promise<void> {
    const control = transactionControl(statement);
    if (this.#isInUsersTransaction || control === 'opens') {
      await this.#send(sent);
      this.#isInUsersTransaction = control !== 'ends';
      return this.write([step.after]);
    }
    const lone = readLoneStatement(statement);
    if (lone !== undefined) return this.#executeLone(statement, sent, step, lone);
    try {
      await this.#send(`BEGIN;\n${sent}\n;\n${upsertRow(this.#place.revisions, step.after)};\nCOMMIT`);
      this.#rows.set(step.after.version, step.after);
      this.#reach('transaction-committed');
    } catch (error) {
      await this.#connection.send('ROLLBACK').catch(() => undefined);
      if (!(error instanceof DriverError) || !NOT_IN_A_TRANSACTION.includes(error.code)) throw error;
      await this.#executeLone(statement, sent, step, UNREADABLE);
    }
  }

  /** What was there before the statement is written down first, so that a crash can be settled (docs/decisions/0004). */
  async #executeLone(statement: string, sent: string, step: Step, lone: LoneStatement): Promise<void> {
    let evidence: LoneEvidence;
    try {
      evidence = await readEvidence(this.#connection, lone);
    } catch (error) {
      throw await this.#translate(error);
    }
    await this.write([withIntent(step, statement, evidence)]);
    this.#reach('intent-written');
    try {
      await this.#send(sent);
    } catch (error) {
      // A CREATE INDEX CONCURRENTLY that came to nothing leaves an INVALID index behind: the next try must not stumble on it, and there may be
      // none. Waits no longer than lock_timeout; what cannot be dropped now is found by the next try.
      if (error instanceof DriverError && !error.sessionLost)
        await (error.kind === 'cancelled' ? dropHalfDone : settleEvidence)(this.#connection, evidence).catch(
          () => undefined,
        );
      throw error;
    }
    this.#reach('statement-landed');
    await this.write([step.after]);
    this.#reach('progress-written');
  }

  async write(rows: readonly Revision[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#sendInAnyCase(rows.map((row) => upsertRow(this.#place.revisions, row)).join(';\n'));
    for (const row of rows) this.#rows.set(row.version, row);
    this.#isDirty = true;
  }

  async remove(versions: readonly string[]): Promise<void> {
    if (versions.length === 0) return;
    await this.#sendInAnyCase(deleteRows(this.#place.revisions, versions));
    for (const version of versions) this.#rows.delete(version);
    this.#isDirty = true;
  }

  async commit(): Promise<void> {
    await this.#sendInAnyCase('COMMIT');
    this.#ended('committed');
  }

  async rollback(): Promise<void> {
    if (this.#transaction === 'none') return;
    await this.#connection.send('ROLLBACK').catch(() => undefined);
    this.#ended('rolled back');
  }

  async dropAll(): Promise<void> {
    try {
      await dropAll(this.#connection, this.#place.target, this.#extensions);
    } catch (error) {
      throw await this.#translate(error);
    }
  }

  async release(): Promise<void> {
    await this.rollback();
    const { url } = this.#request.target;
    const holder = this.#holder;
    this.#holder = undefined;
    if (holder !== undefined) {
      await holder.send('ROLLBACK').catch(() => holder.destroy());
      this.#pool.giveBack(url, holder);
    }
    if (this.#isTouched) await this.#connection.send('DISCARD ALL').catch(() => this.#connection.destroy());
    this.#pool.giveBack(url, this.#connection);
  }

  #ended(how: 'committed' | 'rolled back'): void {
    if (how === 'committed') this.#shapeOutside = this.#shape;
    else this.#shape = this.#shapeOutside;
    this.#transaction = 'none';
    this.#isDirty = false;
  }

  /** Opens the transaction, takes the locks in it unless a holder has them, and reads the revisions: one round trip where all is well. */
  async #enter(lock: Lock): Promise<History> {
    const own = targetLockKey(this.#place.revisions);
    const atlas = atlasLockId(lock.name);
    const locks =
      this.#holder === undefined
        ? [`pg_try_advisory_xact_lock_shared(${atlas})`, `pg_try_advisory_xact_lock(${own})`]
        : ['true', 'true'];
    const prefix = [
      BEGIN,
      `SELECT ${[...locks, PASSED_MS, 'pg_backend_pid()', ...settingItems(this.#settings, true)].join(', ')}`,
    ];
    return this.#whenFree(lock, [atlas, own], async () => {
      this.#transaction = 'entered';
      const { history, entered } = await this.#readAfter(prefix, []);
      const locked = isLocked(entered);
      // By the server's measure: our own would count the message's way to it.
      const [, , passedMs, pid] = entered?.rows[0] ?? [];
      this.#beganMs = this.#clock.monotonicMs() - Number(passedMs ?? 0);
      this.#connection.noteServerPid(Number(pid));
      if (locked && history.kind === 'history') return history;
      await this.rollback();
      return locked ? history : undefined;
    });
  }

  /** Atlas's lock for a run that takes it as Atlas does, else a share of it; and the target's own. */
  async #takeHolder(lock: Lock): Promise<void> {
    if (this.#holder !== undefined) return;
    const { target, limits } = this.#request;
    const own = targetLockKey(this.#place.revisions);
    const atlas = atlasLockId(lock.name);
    const take = lock.scope === 'atlas' ? 'pg_try_advisory_xact_lock' : 'pg_try_advisory_xact_lock_shared';
    const holder = await this.#pool.take(target.url, limits);
    const settings = settingItems({ ...this.#settings, limits: { ...limits, idleInTransactionTimeoutMs: 0 } }, true);
    try {
      await this.#whenFree(lock, [atlas, own], async () => {
        const [, result] = await holder.send(
          `${BEGIN};\nSELECT ${[`${take}(${atlas})`, `pg_try_advisory_xact_lock(${own})`, ...settings].join(', ')}`,
        );
        if (isLocked(result)) return true;
        await holder.send('ROLLBACK');
        return undefined;
      });
    } catch (error) {
      await holder.send('ROLLBACK').catch(() => holder.destroy());
      this.#pool.giveBack(target.url, holder);
      throw error instanceof ExchangeFailed ? await this.#translate(error) : error;
    }
    this.#holder = holder;
  }

  /** Tries until it gives something, for as long as the lock may be waited for. */
  async #whenFree<T>(
    lock: Lock,
    keys: readonly (bigint | number)[],
    attempt: () => Promise<T | undefined>,
  ): Promise<T> {
    const deadline = this.#clock.monotonicMs() + lock.waitMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
      this.#throwIfCancelled();
      const result = await attempt();
      if (result !== undefined) return result;
      const leftMs = deadline - this.#clock.monotonicMs();
      if (leftMs <= 0) {
        throw new DriverError('lock-held', 'sql/schema: lock is held by other session', {
          class: 'lock',
          blocker: await describeHolders(this.#connection, keys),
        });
      }
      // A wait that is cancelled ends in `throwIfCancelled` of the next turn.
      await this.#clock
        .sleep(Math.min(leftMs, pauseMs * (1 + Math.random())), this.#request.signal)
        .catch(() => undefined);
    }
  }

  /**
   * Sends `prefix`, reads the revisions, sends `suffix`. Assumes the table to be as it should be; where it is not, asks the catalog first.
   * Leaves a transaction that `prefix` opened; after an error it is rolled back.
   */
  async #readAfter(
    prefix: readonly string[],
    suffix: readonly string[],
  ): Promise<{ readonly history: History; readonly entered: CommandResult | undefined }> {
    const { revisions } = this.#place;
    const at = prefix.length;
    try {
      const results = await this.#send([...prefix, selectRows(revisions), ...suffix].join(';\n'));
      this.#shape = COLUMNS;
      this.#shapeOutside = COLUMNS;
      return { history: this.#remember(results[at], true), entered: results[1] };
    } catch (error) {
      const transaction = this.#transaction;
      await this.rollback();
      if (!(error instanceof DriverError) || (error.code !== UNDEFINED_TABLE && error.code !== UNDEFINED_COLUMN))
        throw error;
      this.#transaction = transaction;
    }
    try {
      const results = await this.#send([...prefix, selectShapes(this.#place)].join(';\n'));
      const { shape, isAmbiguous } = readShapes(this.#place, results[at]);
      this.#shape = shape;
      this.#shapeOutside = shape;
      const exists = shape !== undefined && shape.length > 0;
      const last = [...(exists ? [selectRows(revisions, shape)] : []), ...suffix];
      const rows = last.length === 0 ? [] : await this.#send(last.join(';\n'));
      const history = isAmbiguous
        ? ({ kind: 'ambiguous' } as const)
        : this.#remember(exists ? rows[0] : undefined, exists);
      return { history, entered: results[1] };
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  #remember(result: CommandResult | undefined, exists: boolean): History {
    const rows = (result?.rows ?? []).map(readRow);
    this.#rows = new Map(rows.map((row) => [row.version, row]));
    return { kind: 'history', exists, rows };
  }

  #sameHistory(before: ReadonlyMap<string, Revision>, now: History): void {
    const isSame =
      now.kind === 'history' &&
      now.rows.length === before.size &&
      now.rows.every((row) => {
        const known = before.get(row.version);
        return known?.applied === row.applied && known.total === row.total && known.type === row.type;
      });
    if (!isSame)
      throw new DriverError('history-moved', 'another migration changed the revisions meanwhile', { class: 'lock' });
  }

  #throwIfCancelled(): void {
    if (this.#request.signal?.aborted) throw new DriverError('cancelled', 'cancelled', { class: 'transient' });
  }

  async #send(
    commands: string | readonly string[],
    options: {
      readonly onCompleted?: (index: number) => void;
      readonly indexOf?: (completed: number) => number | undefined;
    } = {},
  ): Promise<readonly CommandResult[]> {
    this.#throwIfCancelled();
    const look = this.#lookForBlockers();
    const { onCompleted, indexOf } = options;
    try {
      return await this.#connection.send(commands, {
        signal: this.#request.signal,
        ...(onCompleted === undefined ? {} : { onCompleted }),
      });
    } catch (error) {
      const failed = error instanceof ExchangeFailed ? error : new ExchangeFailed(error, 0);
      throw await this.#translate(failed, {
        statementIndex: indexOf?.(failed.completed),
        look: look.found,
      });
    } finally {
      look.stop();
    }
  }

  /** For what must be brought to its end although the caller gives up. */
  async #sendInAnyCase(text: string): Promise<void> {
    try {
      await this.#connection.send(text);
    } catch (error) {
      throw await this.#translate(error);
    }
  }

  async #translate(
    error: unknown,
    more: { readonly statementIndex?: number | undefined; readonly look?: () => Promise<string | undefined> } = {},
  ): Promise<DriverError> {
    if (error instanceof DriverError) return error;
    const cause = error instanceof ExchangeFailed ? error.cause : error;
    const { sqlState } = readProblem(cause);
    const { statementIndex } = more;
    if (this.#request.signal?.aborted && (sqlState === QUERY_CANCELED || this.#connection.isLost)) {
      const sessionLost = this.#connection.isLost;
      return new DriverError('cancelled', 'cancelled', { class: 'transient', statementIndex, sessionLost });
    }
    if (sqlState !== LOCK_NOT_AVAILABLE) return toDriverError(cause, 'working', { statementIndex });
    this.#lockTimeouts += 1;
    return toDriverError(cause, 'working', { statementIndex, blocker: await more.look?.() });
  }

  /**
   * Once a lock has timed out, the next tries are watched: who blocks can be seen only while it blocks, and from another connection.
   */
  #lookForBlockers(): { readonly stop: () => void; readonly found: () => Promise<string | undefined> } {
    const { limits, target } = this.#request;
    let looked: Promise<string | undefined> | undefined;
    if (this.#lockTimeouts === 0 || limits.lockTimeoutMs === 0) {
      return { stop: () => undefined, found: () => Promise.resolve(undefined) };
    }
    const look = async (): Promise<string | undefined> => {
      const connection = await this.#pool.take(target.url, limits);
      const found = await describeBlockers(connection, this.#connection.serverPid);
      this.#pool.giveBack(target.url, connection);
      return found;
    };
    const timer = setTimeout(() => {
      looked = look().catch(() => undefined);
    }, limits.lockTimeoutMs * LOOK_AFTER);
    return { stop: () => clearTimeout(timer), found: () => looked ?? Promise.resolve(undefined) };
  }
}

/** An item of a SELECT that ends the transaction where `condition` does not hold. The name of a setting that is not there is the server's text. */
const orStop = (condition: string, why: string): string =>
  `CASE WHEN ${condition} THEN '' ELSE current_setting('flotilla.${why}') END`;

/** The texts as they go out. */
const withComments = ({ statements, comments }: Batch): readonly string[] =>
  comments === undefined ? statements : statements.map((text, i) => withComment(text, comments[i]));

const isLocked = (result: CommandResult | undefined): boolean => {
  const [shared, own] = result?.rows[0] ?? [];
  return shared === 't' && own === 't';
};
