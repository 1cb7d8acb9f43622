import { DriverError } from '../../run/ports.ts';
import type { MysqlConnection } from './mysql-connection.ts';

/** Ends what another session runs just now: `KILL QUERY` from a connection of its own. */
export type KillQuery = (sessionId: number) => Promise<void>;

/** How long a killed statement may take to come back; a DDL first undoes its work. Then its connection is cut. */
const GRACE_MS = 30_000;

export interface InterruptOptions {
  readonly connection: MysqlConnection;
  readonly kill: KillQuery;
  readonly signal: AbortSignal | undefined;
  /** 0: no limit, or the server keeps it itself. */
  readonly timeoutMs: number;
}

/**
 * Runs one statement of a session that is stopped when the signal is aborted (`cancelled`) or when its time is over. It waits until the
 * statement has really ended: who comes next must not meet it.
 */
export async function runInterruptibly<T>(
  work: () => Promise<T>,
  { connection, kill, signal, timeoutMs }: InterruptOptions,
): Promise<T> {
  if (signal?.aborted === true) throw cancelled();
  let reason: 'cancelled' | 'timeout' | undefined;
  let grace: NodeJS.Timeout | undefined;
  let killing: Promise<void> | undefined;
  const stop = (why: 'cancelled' | 'timeout'): void => {
    if (reason !== undefined) return;
    reason = why;
    grace = setTimeout(() => connection.destroy(), GRACE_MS).unref();
    killing = kill(connection.sessionId).catch(() => connection.destroy());
  };
  const onAbort = (): void => stop('cancelled');
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = timeoutMs > 0 ? setTimeout(() => stop('timeout'), timeoutMs) : undefined;
  try {
    return await work();
  } catch (error) {
    if (reason === 'cancelled') throw cancelled(connection.isLost);
    if (reason === 'timeout') {
      throw new DriverError('statement', `statement timeout: stopped after ${timeoutMs} ms`, {
        class: 'unknown',
        code: '3024',
        sessionLost: connection.isLost,
      });
    }
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    clearTimeout(grace);
    // A kill that comes too late must not hit what the session sends next: the row that says that the statement ran.
    if (killing !== undefined) {
      await killing;
      if (!connection.isLost) await connection.ask(['DO 0']).catch(() => undefined);
    }
  }
}

export const cancelled = (sessionLost = false): DriverError =>
  new DriverError('cancelled', 'cancelled', { class: 'transient', sessionLost });
