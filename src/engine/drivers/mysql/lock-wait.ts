import type { MysqlConnection } from './mysql-connection.ts';
import { ER_LOCK_WAIT_TIMEOUT, ER_QUERY_INTERRUPTED, readProblem } from './mysql-errors.ts';

/** lock_wait_timeout counts these. */
const WHOLE_SECOND_MS = 1000;

export interface LockWait {
  /**
   * Call once the statement has ended: from then on nothing is killed any more.
   * @returns the error that stands for it: that of a lock not had in time, where the statement was killed for its wait
   */
  end(error: unknown): Promise<unknown>;
}

/**
 * The server's lock_wait_timeout counts whole seconds, and for so long every reader of the table stands behind a DDL that waits for it. So a
 * second connection looks at the statement twice in `timeoutMs`: where it is seen to wait twice in a row, it is killed. It has not run then:
 * a DDL that is killed while it waits for its metadata lock leaves nothing behind.
 * @param open a connection to look from; asked for only where the statement takes long enough
 */
export function watchLockWait(
  { sessionId, ask }: Pick<MysqlConnection, 'sessionId' | 'ask'>,
  timeoutMs: number,
  open: () => Promise<{ readonly connection: MysqlConnection; readonly close: () => Promise<void> }>,
): LockWait {
  if (timeoutMs % WHOLE_SECOND_MS === 0) return { end: (error) => Promise.resolve(error) };
  let isOver = false;
  let hasKilled = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let other: Awaited<ReturnType<typeof open>> | undefined;
  let wasWaiting = false;

  const look = async (): Promise<void> => {
    other ??= await open();
    if (isOver) return;
    const [[row] = []] = await other.connection.ask([selectWait(sessionId)]);
    if (isOver) return;
    const isWaiting = row !== undefined;
    if (isWaiting && wasWaiting) {
      hasKilled = true;
      await other.connection.ask([`KILL QUERY ${sessionId}`]);
    }
    wasWaiting = isWaiting && !hasKilled;
  };
  const next = (dueMs: number): void => {
    timer = setTimeout(
      () => {
        // Without such a connection the server's own, longer limit holds.
        looking = look().then(
          () => {
            if (!isOver) next(dueMs + timeoutMs / 2);
          },
          () => undefined,
        );
      },
      Math.max(0, dueMs - performance.now()),
    );
  };
  next(performance.now() + timeoutMs / 2);

  return {
    async end(error) {
      isOver = true;
      clearTimeout(timer);
      await looking;
      await other?.close();
      if (!hasKilled) return error;
      // A kill that came too late must not hit what the session sends next.
      await ask(['DO 0']).catch(() => undefined);
      return readProblem(error).errno === ER_QUERY_INTERRUPTED ? lockTimeout() : error;
    },
  };
}

/** dev.mysql.com/doc/refman/8.4/en/general-thread-states.html: the states of a wait for a metadata or table lock. */
const selectWait = (sessionId: number): string =>
  `SELECT 1 FROM information_schema.processlist WHERE id = ${sessionId} AND (state LIKE 'Waiting for % lock' OR state = 'Waiting for table flush')`;

/** As the server's own. */
const lockTimeout = (): Error =>
  Object.assign(new Error('Lock wait timeout exceeded; try restarting transaction'), {
    errno: ER_LOCK_WAIT_TIMEOUT,
    code: 'ER_LOCK_WAIT_TIMEOUT',
    sqlState: 'HY000',
  });
