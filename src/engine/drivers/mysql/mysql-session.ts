import type { ReachFaultPoint } from '../../../shared/fault-points.ts';
import { withComment } from '../../dialects/sql-comment.ts';
import { hasIntent, settleIntent, withIntent } from '../../run/intent.ts';
import { DriverError, type History, type OpenRequest, type Session, type Step } from '../../run/ports.ts';
import type { ApplyOptions, Revision } from '../../run/types.ts';
import { findBlocker } from './blocker.ts';
import { checkClean } from './clean-check.ts';
import type { ServerAddress } from './connection-options.ts';
import type { MysqlConnectionPool } from './connection-pool.ts';
import { dropAll } from './drop-all.ts';
import { readEvidence } from './intent/evidence.ts';
import { intentJudge } from './intent/intent-judge.ts';
import { cancelled, runInterruptibly } from './interrupt.ts';
import { watchLockWait } from './lock-wait.ts';
import type { Row } from './mysql-connection.ts';
import { ER_ACCESS_DENIED, ER_BAD_DB, ER_DBACCESS_DENIED, readProblem } from './mysql-errors.ts';
import { quoteId, quoteText } from './quote.ts';
import { type FoundHistory, readHistory } from './read-history.ts';
import { addMissingColumns, createRevisions, deleteRevisions, upsertRevision } from './revision-rows.ts';
import { revisionsPlace } from './revisions-place.ts';
import { keepsText, withoutComment } from './sent-comment.ts';
import { sessionSettings } from './session-settings.ts';
import { isTransactional } from './statement-kind.ts';
import { judgeLocks, planLocks } from './target-lock.ts';
import { toConnectError, toDriverError } from './translate.ts';

/**
 * A session on one database of a server. The connection is lent from the pool; it enters the database with the first message of the session,
 * which also carries the settings, the locks and the reading of the revisions.
 */
export async function openSession(
  pool: MysqlConnectionPool,
  address: ServerAddress,
  { target, limits, signal }: OpenRequest,
  reach: ReachFaultPoint,
): Promise<Session> {
  const place = revisionsPlace(target);
  const { database } = target.url;
  let { connection, isUsed } = await pool.take(address);
  let hasEntered = false;
  let exists = false;
  let columns: readonly string[] | undefined;
  let isInTransaction = false;

  const kill = async (sessionId: number): Promise<void> => {
    const other = await pool.connect(address);
    try {
      await other.ask([`KILL QUERY ${sessionId}`]);
    } finally {
      await other.end();
    }
  };
  /** MySQL limits only SELECT by itself. */
  const timeoutMs = () => (connection.features.statementLimit === 'max_statement_time' ? 0 : limits.statementTimeoutMs);
  const interruptibly = <T>(work: () => Promise<T>, isUsers = false): Promise<T> =>
    runInterruptibly(work, { connection, kill, signal, timeoutMs: isUsers ? timeoutMs() : 0 });

  const entering = (): readonly string[] =>
    hasEntered
      ? []
      : [
          ...(database === '' ? [] : [`USE ${quoteId(database)}`]),
          ...sessionSettings(limits, connection.features, address.settings),
        ];
  /** Once more on a new connection, where the server had ended the idle one: nothing of this session had been sent before. */
  const again = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (hasEntered || !isUsed || !connection.isLost || signal?.aborted === true) throw error;
      await pool.giveBack(address, connection);
      connection = await pool.connect(address);
      isUsed = false;
      return work();
    }
  };
  const enterAndRead = async (before: () => readonly string[]): Promise<FoundHistory> => {
    try {
      const found = await again(() =>
        interruptibly(() => readHistory(connection, place, [...entering(), ...before()])),
      );
      hasEntered = true;
      exists = found.history.kind === 'history' && found.history.exists;
      ({ columns } = found);
      return found;
    } catch (error) {
      throw isRefusedEntry(error) ? toConnectError(error) : toDriverError(error);
    }
  };
  const ask = async (statements: readonly string[]): Promise<readonly (readonly Row[])[]> => {
    try {
      const first = entering();
      const results = await again(() => connection.ask([...first, ...statements]));
      hasEntered = true;
      return results;
    } catch (error) {
      throw !hasEntered && isRefusedEntry(error) ? toConnectError(error) : toDriverError(error);
    }
  };

  const enter = async (): Promise<void> => {
    if (!hasEntered) await ask(['DO 0']);
  };

  /** Where a statement was sent whose outcome nobody has seen, it is looked up, and the row says which it is. */
  const settleIntents = async (history: History): Promise<History> => {
    if (history.kind === 'ambiguous' || !history.rows.some(hasIntent)) return history;
    const judge = intentJudge(connection, place.table);
    const rows: Revision[] = [];
    for (const row of history.rows) rows.push(await settleIntent(row, judge));
    const moved = rows.filter((row, i) => row !== history.rows[i]);
    await ask([...moved.map((row) => upsertRevision(place.table, row)), 'COMMIT']);
    return { ...history, rows };
  };

  const lockAndRead = async (lock: ApplyOptions['lock']): Promise<History> => {
    // The pool's connection knows its server's version, which a new one in its place may not share.
    const plan = () => planLocks(lock, database, connection.features);
    const { history, before } = await enterAndRead(() => [plan().select]);
    const answer = before === undefined ? (await ask([plan().look]))[0]?.[0] : before.at(-1)?.[0];
    // Killed while it waited, GET_LOCK answers NULL, as if there had been no lock to be had.
    if (signal?.aborted === true) throw cancelled(connection.isLost);
    await translated(judgeLocks(plan(), answer, connection));
    return translated(settleIntents(history));
  };

  const withinLockTimeout = async (work: () => Promise<void>): Promise<void> => {
    const wait = watchLockWait(connection, limits.lockTimeoutMs, async () => {
      const taken = await pool.take(address);
      return { connection: taken.connection, close: () => pool.giveBack(address, taken.connection) };
    });
    let failure: { readonly error: unknown } | undefined;
    try {
      await work();
    } catch (error) {
      failure = { error };
    }
    const error = await wait.end(failure?.error);
    if (failure !== undefined) throw error;
  };

  /** A statement of the user, with the blocker's name where it timed out on a lock. */
  const run = async (statement: string, comment?: string): Promise<void> => {
    const sent = keepsText(statement) ? statement : withComment(statement, comment);
    try {
      await enter();
      await withinLockTimeout(() => interruptibly(() => connection.run(sent), true));
    } catch (thrown) {
      const error = sent === statement ? thrown : withoutComment(thrown, statement, sent);
      const problem = toDriverError(error);
      if (problem.kind !== 'lock-timeout') throw problem;
      throw toDriverError(error, await findBlocker(connection));
    }
  };
  const rollback = async (): Promise<void> => {
    isInTransaction = false;
    if (!connection.isLost && hasEntered) await connection.ask(['ROLLBACK']).catch(() => connection.destroy());
  };

  /** DML and its row are one transaction. */
  const executeInTransaction = async (statement: string, { after }: Step, comment?: string): Promise<void> => {
    await ask(['START TRANSACTION']);
    try {
      await run(statement, comment);
      reach('transaction-open');
      await ask([upsertRevision(place.table, after), 'COMMIT']);
      reach('transaction-committed');
    } catch (error) {
      await rollback();
      throw error;
    }
  };
  /**
   * DDL commits by itself, and its row after it: what was there before it is written down first, so that a crash between the two can be
   * settled (DESIGN.md section 6).
   */
  const executeWithIntent = async (statement: string, step: Step, comment?: string): Promise<void> => {
    await enter();
    const evidence = await translated(readEvidence(connection, statement));
    await ask([upsertRevision(place.table, withIntent(step, statement, evidence)), 'COMMIT']);
    reach('intent-written');
    await run(statement, comment);
    reach('statement-landed');
    // COMMIT also where nothing is open: the file may have said SET autocommit = 0.
    await ask([upsertRevision(place.table, step.after), 'COMMIT']);
    reach('progress-written');
  };

  return {
    lockAndRead,
    async read() {
      return (await enterAndRead(() => [])).history;
    },
    async checkClean() {
      await enter();
      return translated(checkClean(connection, database, place.database));
    },
    async createRevisions() {
      if (exists) {
        if (columns !== undefined) await ask(addMissingColumns(place.table, connection.features, columns));
        columns = undefined;
        return;
      }
      const create = place.isOwn ? [] : await missingDatabase(ask, place.database);
      await ask([...create, createRevisions(place.table, connection.features)]);
      exists = true;
    },
    canRollBack: (statements) => statements.every(isTransactional),
    async begin() {
      await ask(['START TRANSACTION']);
      isInTransaction = true;
    },
    async commit() {
      await ask(['COMMIT']);
      isInTransaction = false;
    },
    rollback,
    async write(rows) {
      if (rows.length > 0) await ask(rows.map((row) => upsertRevision(place.table, row)));
    },
    async remove(versions) {
      if (versions.length > 0) await ask([deleteRevisions(place.table, versions)]);
    },
    async execute(statement, step, comment) {
      if (step === undefined || isInTransaction) {
        await run(statement, comment);
        if (step !== undefined) await ask([upsertRevision(place.table, step.after)]);
      } else if (isTransactional(statement)) await executeInTransaction(statement, step, comment);
      else await executeWithIntent(statement, step, comment);
    },
    async ask(question) {
      const [rows = []] = await ask([question]);
      const value = rows[0]?.[0] ?? null;
      return value === null ? null : String(value);
    },
    async dropAll() {
      await enter();
      await translated(dropAll(connection, database));
    },
    release: () => pool.giveBack(address, connection),
  };
}

const translated = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw toDriverError(error);
  });

/** The user is not let in, or there is no such database. */
const isRefusedEntry = (error: unknown): boolean => {
  if (error instanceof DriverError) return false;
  const { errno } = readProblem(error);
  return errno === ER_DBACCESS_DENIED || errno === ER_BAD_DB || errno === ER_ACCESS_DENIED;
};

/** Only where it is missing: CREATE DATABASE IF NOT EXISTS needs a right that the user of an existing one may lack. */
const missingDatabase = async (
  ask: (statements: readonly string[]) => Promise<readonly (readonly Row[])[]>,
  database: string,
): Promise<readonly string[]> => {
  const [rows = []] = await ask([
    `SELECT 1 FROM information_schema.schemata WHERE schema_name = ${quoteText(database)}`,
  ]);
  return rows.length > 0 ? [] : [`CREATE DATABASE ${quoteId(database)}`];
};
