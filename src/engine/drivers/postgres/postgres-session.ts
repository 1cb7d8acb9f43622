/*
 * One target of Postgres. Over 300 lines because it is one state machine: whether a transaction is open, what it has written, and what of the
 * session must be cleaned before another target gets it.
 */
import type { Clock } from '../../../shared/clock.ts';
import type { ReachFaultPoint } from '../../../shared/fault-points.ts';
import type { Row } from '../../dialects/dialect.ts';
import { withComment } from '../../dialects/sql-comment.ts';
import { hasIntent, settleIntent, withIntent } from '../../run/intent.ts';
import { type Batch, DriverError, type History, type OpenRequest, type Session, type Step } from '../../run/ports.ts';
import type { Revision } from '../../run/types.ts';
import { checkClean } from './clean-check.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { dropAll, selectExtensions } from './drop-all.ts';
import { intentJudge } from './intent/intent-judge.ts';
import { dropHalfDone, type LoneEvidence, readEvidence, settleEvidence } from './intent/lone-evidence.ts';
import { type LoneStatement, readLoneStatement, transactionControl, UNREADABLE } from './intent/lone-statement.ts';
import { isOtherShape, KnownRevisions, type RevisionsRead, requireSame } from './known-revisions.ts';
import { planBatch } from './plan-batch.ts';
import { throughPooler } from './pooler.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { quoteId, quoteText } from './quote.ts';
import { deleteRows, hasRows, insertRow, measuredSince, upsertRow } from './revision-rows.ts';
import { placeOfRevisions, type RevisionsPlace } from './revisions-place.ts';
import { SessionChannel, type SessionDeps } from './session-channel.ts';
import { areTaken, type Lock, SessionLocks } from './session-locks.ts';
import { BEGIN, settingItems } from './session-settings.ts';

/** An item of a SELECT: for how long the transaction is open. */
const PASSED_MS = 'extract(epoch FROM clock_timestamp() - now()) * 1000';
/** active_sql_transaction, invalid_transaction_termination: the statement wants to be alone. */
const NOT_IN_A_TRANSACTION = ['25001', '2D000'];

export class PostgresSession implements Session {
  readonly #pool: ConnectionPool;
  readonly #clock: Clock;
  readonly #reach: ReachFaultPoint;
  readonly #request: OpenRequest;
  readonly #place: RevisionsPlace;
  readonly #connection: PostgresConnection;
  readonly #settings: { readonly schema: string } & Pick<OpenRequest, 'sessionName' | 'limits'>;
  readonly #channel: SessionChannel;
  readonly #locks: SessionLocks;
  readonly #revisions: KnownRevisions;
  #lock: Lock | undefined;
  /** `entered`: opened by `lockAndRead`, nobody has asked for it yet. */
  #transaction: 'none' | 'entered' | 'begun' = 'none';
  /** Whether the open transaction has written something of ours. */
  #isDirty = false;
  /** When the open transaction began, by our clock; rather a little too late. */
  #beganMs = 0;
  /** Whether the session differs from a new one. */
  #isTouched = false;
  /** A file without a transaction of ours may open one of its own. */
  #isInUsersTransaction = false;
  #extensions: readonly string[] = [];

  constructor(
    { pool, clock, reach }: SessionDeps & { readonly reach: ReachFaultPoint },
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
    this.#channel = new SessionChannel(pool, connection, request);
    this.#locks = new SessionLocks({ pool, clock }, this.#channel, { connection, request, place: this.#place });
    this.#revisions = new KnownRevisions(this.#channel, this.#place);
  }

  async lockAndRead(lock: Lock): Promise<History> {
    await this.rollback();
    this.#lock = lock;
    if (lock.scope === 'atlas') await this.#locks.hold(lock);
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
      throw await this.#channel.translate(error);
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
      throw await this.#channel.translate(error);
    }
  }

  async createRevisions(): Promise<void> {
    const steps = this.#revisions.creation();
    if (steps.length === 0) return;
    await this.#channel.send(steps.join(';\n'));
    this.#isDirty = true;
    this.#revisions.madeWhole(this.#transaction !== 'none');
  }

  canRollBack(): boolean {
    return true;
  }

  async begin(): Promise<void> {
    if (this.#transaction === 'none') {
      if (this.#lock === undefined) {
        await this.#channel.send(`${BEGIN};\nSELECT ${settingItems(this.#settings, true).join(', ')}`);
      } else {
        const before = this.#revisions.rows;
        requireSame(before, await this.#enter(this.#lock));
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
    if (!this.#locks.areHeld) {
      const before = this.#revisions.rows;
      await this.#locks.hold(lock);
      requireSame(before, await this.read());
    }
    // `read` may have come before: these are the session's own, until it is given back.
    this.#isTouched = true;
    await this.#channel.send(`SELECT ${settingItems(this.#settings, false).join(', ')}`);
  }

  async executeAll(batch: Batch): Promise<void> {
    const { statements, row, onLanded } = batch;
    const plan = planBatch(statements);
    this.#touch(plan.touchesSession);
    if (plan.canPipeline) {
      let last = this.#clock.monotonicMs();
      const write = upsertRow(this.#place.revisions, row, measuredSince(last - this.#beganMs));
      await this.#channel.send([...withComments(batch), write, ...(batch.commit ? ['COMMIT'] : [])], {
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
      await this.#channel.send(batch.commit ? `${write};\nCOMMIT` : write);
    }
    this.#revisions.wrote([row]);
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
    if (!plan.canPipeline || this.#locks.areHeld) return false;
    // Whether there is a pooler must be known first.
    if (plan.touchesSession && this.#connection.isPooled !== false) return false;
    await this.rollback();
    this.#lock = lock;
    this.#isTouched ||= plan.touchesSession;
    // The look at the rows is a command of its own: its snapshot must be newer than the locks.
    const prefix = [
      BEGIN,
      `SELECT pg_backend_pid(), ${orStop(this.#locks.items(lock).join(' AND '), 'locked')}, ${settingItems(this.#settings, true).join(', ')}`,
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
      const results = await this.#channel.send(statements.length === 1 ? commands.join('\n;\n') : commands, {
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
      // The files behind this one may need a session of their own.
      this.#connection.noteServerPid(Number(results[1]?.rows[0]?.[0]));
    } catch (error) {
      const isUnexpected =
        error instanceof DriverError && !hasEntered && !error.sessionLost && error.kind !== 'cancelled';
      if (!isUnexpected) throw error;
      await this.rollback();
      return false;
    }
    this.#revisions.foundAs([...expected, row]);
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
      await this.#channel.send(statement, { indexOf: () => index });
      batch.onLanded(index, this.#clock.monotonicMs() - before);
    }
    return this.#clock.monotonicMs() - began;
  }

  async execute(statement: string, step?: Step, comment?: string): Promise<void> {
    this.#touch(planBatch([statement]).touchesSession);
    const sent = withComment(statement, comment);
    if (step !== undefined && this.#transaction === 'none') return this.#executeWithProgress(statement, sent, step);
    await this.#channel.send(sent);
    if (step !== undefined) await this.write([step.after]);
  }

  async ask(question: string): Promise<string | null> {
    // The search_path of a schema tenant holds inside of a transaction only; a dry run has none of its own.
    if (this.#transaction === 'none' && this.#lock === undefined) await this.begin();
    const results = await this.#channel.send(question);
    return results.at(-1)?.rows[0]?.[0] ?? null;
  }

  async rows(questions: readonly string[]): Promise<readonly (readonly Row[])[]> {
    if (this.#transaction === 'entered') await this.rollback();
    const isOwn = this.#transaction === 'none';
    try {
      if (isOwn) await this.#connection.send('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const path = await this.#readingPath();
      const results: Row[][] = [];
      for (const question of questions) {
        const { columns, rows } = await this.#connection.ask(question, []);
        results.push(rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null]))));
      }
      await this.#connection.send(isOwn ? 'COMMIT' : `SELECT set_config('search_path', ${quoteText(path)}, true)`);
      return results;
    } catch (error) {
      if (isOwn) await this.#connection.send('ROLLBACK').catch(() => undefined);
      throw await this.#channel.translate(error);
    }
  }

  /**
   * The server prints a name with its schema where search_path does not lead to it: nothing is on it but the schema of the URL, whose own names
   * then are the same in each schema. @returns what it was
   */
  async #readingPath(): Promise<string> {
    const { target } = this.#place;
    const path = target === '' ? '' : quoteId(target);
    const results = await this.#connection.send(
      `SELECT current_setting('search_path');\nSELECT set_config('search_path', ${quoteText(path)}, true)`,
    );
    return results[0]?.rows[0]?.[0] ?? '';
  }

  /** Statement and progress in one transaction, unless the server or the user will not have that. */
  async #executeWithProgress(statement: string, sent: string, step: Step): Promise<void> {
    const control = transactionControl(statement);
    if (this.#isInUsersTransaction || control === 'opens') {
      await this.#channel.send(sent);
      this.#isInUsersTransaction = control !== 'ends';
      return this.write([step.after]);
    }
    const lone = readLoneStatement(statement);
    if (lone !== undefined) return this.#executeLone(statement, sent, step, lone);
    try {
      await this.#channel.send(`BEGIN;\n${sent}\n;\n${upsertRow(this.#place.revisions, step.after)};\nCOMMIT`);
      this.#revisions.wrote([step.after]);
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
      throw await this.#channel.translate(error);
    }
    await this.write([withIntent(step, statement, evidence)]);
    this.#reach('intent-written');
    try {
      await this.#channel.send(sent);
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
    await this.#channel.sendInAnyCase(rows.map((row) => upsertRow(this.#place.revisions, row)).join(';\n'));
    this.#revisions.wrote(rows);
    this.#isDirty = true;
  }

  async remove(versions: readonly string[]): Promise<void> {
    if (versions.length === 0) return;
    await this.#channel.sendInAnyCase(deleteRows(this.#place.revisions, versions));
    this.#revisions.removed(versions);
    this.#isDirty = true;
  }

  async commit(): Promise<void> {
    await this.#channel.sendInAnyCase('COMMIT');
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
      throw await this.#channel.translate(error);
    }
  }

  async release(): Promise<void> {
    await this.rollback();
    await this.#locks.release();
    if (this.#isTouched) await this.#connection.send('DISCARD ALL').catch(() => this.#connection.destroy());
    this.#pool.giveBack(this.#request.target.url, this.#connection);
  }

  #ended(how: 'committed' | 'rolled back'): void {
    this.#revisions.transactionEnded(how);
    this.#transaction = 'none';
    this.#isDirty = false;
  }

  /** Opens the transaction, takes the locks in it unless a holder has them, and reads the revisions: one round trip where all is well. */
  async #enter(lock: Lock): Promise<History> {
    const locks = this.#locks.areHeld ? ['true', 'true'] : this.#locks.items(lock);
    const prefix = [
      BEGIN,
      `SELECT ${[...locks, PASSED_MS, 'pg_backend_pid()', ...settingItems(this.#settings, true)].join(', ')}`,
    ];
    return this.#locks.whenFree(lock, async () => {
      this.#transaction = 'entered';
      const { history, results } = await this.#readAfter(prefix, []);
      const [, entered] = results;
      const locked = areTaken(entered);
      // By the server's measure: our own would count the message's way to it.
      const [, , passedMs, pid] = entered?.rows[0] ?? [];
      this.#beganMs = this.#clock.monotonicMs() - Number(passedMs ?? 0);
      this.#connection.noteServerPid(Number(pid));
      if (locked && history.kind === 'history') return history;
      await this.rollback();
      return locked ? history : undefined;
    });
  }

  /** Reads the revisions between `prefix` and `suffix`. Leaves a transaction that `prefix` opened; after an error it is rolled back. */
  async #readAfter(prefix: readonly string[], suffix: readonly string[]): Promise<RevisionsRead> {
    const transaction = this.#transaction;
    try {
      return await this.#revisions.readWhole(prefix, suffix);
    } catch (error) {
      await this.rollback();
      if (!isOtherShape(error)) throw error;
    }
    this.#transaction = transaction;
    try {
      return await this.#revisions.readAny(prefix, suffix);
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }
}

/** An item of a SELECT that ends the transaction where `condition` does not hold. The name of a setting that is not there is the server's text. */
const orStop = (condition: string, why: string): string =>
  `CASE WHEN ${condition} THEN '' ELSE current_setting('flotilla.${why}') END`;

/** The texts as they go out. */
const withComments = ({ statements, comments }: Batch): readonly string[] =>
  comments === undefined ? statements : statements.map((text, i) => withComment(text, comments[i]));
