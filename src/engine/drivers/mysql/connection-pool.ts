import type { Clock } from '../../../shared/clock.ts';
import type { EventSink } from '../../../shared/events.ts';
import { DriverError } from '../../run/ports.ts';
import type { ServerAddress } from './connection-options.ts';
import { connect, type MysqlConnection } from './mysql-connection.ts';
import { classifyMysql, readProblem } from './mysql-errors.ts';
import { toConnectError } from './translate.ts';

/** Long enough for the next slice, short enough to leave no crowd of sleeping sessions on the server. */
const IDLE_MS = 5000;

export interface MysqlConnectionPool {
  /** An idle connection to the server, or a new one. `isUsed`: the server may have ended it meanwhile. */
  take(address: ServerAddress): Promise<{ readonly connection: MysqlConnection; readonly isUsed: boolean }>;
  /** Always a new one. */
  connect(address: ServerAddress): Promise<MysqlConnection>;
  /** Takes it back for the next target, cleaned; or ends it. Never rejects. */
  giveBack(address: ServerAddress, connection: MysqlConnection): Promise<void>;
  close(): Promise<void>;
}

/** Connections by server and user. How many there are at once is for the callers to bound. */
export function createConnectionPool({
  clock,
  events,
}: {
  readonly clock: Clock;
  readonly events: EventSink;
}): MysqlConnectionPool {
  const idle = new Map<string, { readonly connection: MysqlConnection; readonly timer: NodeJS.Timeout }[]>();
  const orphans = new Map<string, { readonly sessionId: number; readonly lostMs: number }[]>();
  const ended = new WeakSet<MysqlConnection>();
  let isClosed = false;

  /**
   * Sessions whose connection was given up hold their locks until the server finds out by itself: they are killed as soon as it can be reached
   * again. Never rejects.
   */
  const endOrphans = async (address: ServerAddress, connection: MysqlConnection): Promise<void> => {
    const known = orphans.get(address.key) ?? [];
    orphans.delete(address.key);
    for (const { sessionId, lostMs } of known) {
      try {
        const [[row] = []] = await connection.ask(["SHOW GLOBAL STATUS LIKE 'Uptime'"]);
        // A server that has been started since then gives the same numbers to others.
        const isSameServer = Number(row?.[1]) > Math.ceil((clock.monotonicMs() - lostMs) / 1000);
        if (isSameServer) await connection.ask([`KILL ${sessionId}`]);
      } catch {
        // It has ended by itself.
      }
    }
  };

  const connectNew = async (address: ServerAddress): Promise<MysqlConnection> => {
    const from = clock.monotonicMs();
    try {
      const connection = await connect(address, (sessionId) => {
        const known = orphans.get(address.key) ?? [];
        orphans.set(address.key, [...known, { sessionId, lostMs: clock.monotonicMs() }]);
      });
      events.emit({
        kind: 'ConnectionOpened',
        dialect: connection.features.flavour,
        durationMs: clock.monotonicMs() - from,
      });
      await endOrphans(address, connection);
      return connection;
    } catch (error) {
      if (error instanceof DriverError) throw error;
      events.emit({ kind: 'ConnectionFailed', dialect: 'mysql', class: classifyMysql(readProblem(error)) });
      throw toConnectError(error);
    }
  };
  const end = async (connection: MysqlConnection): Promise<void> => {
    if (ended.has(connection)) return;
    ended.add(connection);
    events.emit({ kind: 'ConnectionClosed', dialect: connection.features.flavour });
    if (connection.isLost) connection.destroy();
    else await connection.end();
  };

  return {
    async take(address) {
      for (;;) {
        const entry = idle.get(address.key)?.pop();
        if (entry === undefined) return { connection: await connectNew(address), isUsed: false };
        clearTimeout(entry.timer);
        if (!entry.connection.isLost) return { connection: entry.connection, isUsed: true };
        await end(entry.connection);
      }
    },
    connect: connectNew,
    async giveBack(address, connection) {
      const isClean =
        !connection.isLost &&
        !isClosed &&
        connection.features.canResetConnection &&
        (await connection.reset().then(
          () => true,
          () => false,
        ));
      if (!isClean || isClosed) {
        await end(connection);
        return;
      }
      const entries = idle.get(address.key) ?? [];
      idle.set(address.key, entries);
      const timer = setTimeout(() => {
        const at = entries.findIndex((entry) => entry.connection === connection);
        if (at !== -1) entries.splice(at, 1);
        if (entries.length === 0 && idle.get(address.key) === entries) idle.delete(address.key);
        void end(connection);
      }, IDLE_MS).unref();
      entries.push({ connection, timer });
    },
    async close() {
      isClosed = true;
      const all = [...idle.values()].flat();
      idle.clear();
      await Promise.all(
        all.map(({ connection, timer }) => {
          clearTimeout(timer);
          return end(connection);
        }),
      );
    },
  };
}
