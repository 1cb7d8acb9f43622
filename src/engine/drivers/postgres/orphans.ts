import type { Clock } from '../../../shared/clock.ts';
import { DriverError } from '../../run/ports.ts';
import type { StatementState } from '../silence.ts';
import type { ConnectPlan } from './connect-options.ts';
import { connectPostgres, type PostgresConnection } from './postgres-connection.ts';

/**
 * Sessions of the server whose connection was given up. Their transaction, and with it the target's lock, would stay until the server finds out by
 * itself: they are ended as soon as it can be reached again.
 */
export interface Orphans {
  /**
   * Over a connection of its own: whether the server still works on what session `pid` was asked. A session that does not is ended.
   * @throws DriverError where the server cannot be reached within the time; the session is then ended by `end`
   */
  ask(plan: ConnectPlan, pid: number, timeoutMs: number): Promise<StatementState>;
  /** Ends the orphans of a server, over a connection that has just been made. Never rejects. */
  end(connection: PostgresConnection, plan: ConnectPlan): Promise<void>;
}

interface Orphan {
  readonly pid: number;
  readonly lostMs: number;
}

export function createOrphans(clock: Clock): Orphans {
  const known = new Map<string, Orphan[]>();
  const keyOf = ({ options: { host, port, user, database } }: ConnectPlan): string =>
    JSON.stringify([host, port, user, database]);

  return {
    async ask(plan, pid, timeoutMs) {
      try {
        return await askOver(plan, pid, timeoutMs);
      } catch (error) {
        // A server that says why it lets nobody in is there, and may well be at work.
        if (error instanceof DriverError && SQLSTATE.test(error.code)) return 'running';
        const key = keyOf(plan);
        known.set(key, [...(known.get(key) ?? []), { pid, lostMs: clock.monotonicMs() }]);
        throw error;
      }
    },
    async end(connection, plan) {
      const key = keyOf(plan);
      const orphans = known.get(key);
      if (orphans === undefined) return;
      known.delete(key);
      for (const { pid, lostMs } of orphans) {
        // A session that began after the loss has got the same number.
        const seconds = ((clock.monotonicMs() - lostMs) / 1000).toFixed(3);
        await connection
          .send(`${terminate(pid)} AND backend_start < clock_timestamp() - interval '${seconds} s'`)
          .catch(() => undefined);
      }
    },
  };
}

/** Not EPIPE: the classes of the standard and of the server begin so. */
const SQLSTATE = /^(?:\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/;

const terminate = (pid: number): string =>
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ${pid} AND usename = session_user`;

async function askOver({ sslMode, options }: ConnectPlan, pid: number, timeoutMs: number): Promise<StatementState> {
  const deadline = performance.now() + timeoutMs;
  const own = { ...options, connectionTimeoutMillis: timeoutMs, application_name: 'flotilla keepalive' };
  const connection = await connectPostgres(
    { sslMode, options: own },
    { limitMs: 0, ask: () => Promise.resolve('running'), onLost: () => undefined },
  );
  const cut = setTimeout(() => connection.destroy(), Math.max(1, deadline - performance.now()));
  try {
    const [result] = await connection.send(
      `SELECT pg_backend_pid(), (SELECT coalesce(state, 'active') FROM pg_stat_activity WHERE pid = ${pid})`,
    );
    const [own, state] = result?.rows[0] ?? [];
    // A pooler gives numbers of its own, which say nothing.
    if (state === 'active' || own !== String(connection.pid)) return 'running';
    if (state !== null) await connection.send(`${terminate(pid)} AND state <> 'active'`);
    return 'over';
  } finally {
    clearTimeout(cut);
    connection.close();
  }
}
