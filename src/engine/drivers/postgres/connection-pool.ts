import { createHash } from 'node:crypto';
import type { DriverDeps } from '../../run/ports.ts';
import { DriverError } from '../../run/ports.ts';
import type { SessionLimits } from '../../run/types.ts';
import type { DatabaseUrl } from '../../url/database-url.ts';
import { planConnection } from './connect-options.ts';
import { createOrphans } from './orphans.ts';
import { connectPostgres, type PostgresConnection } from './postgres-connection.ts';

/** A kept connection is closed when nobody asked for it this long. */
const IDLE_MS = 3000;
/** Kept for one server, whatever its databases: idle connections are taken from the tenants' own. */
const MAX_IDLE_PER_HOST = 32;

interface Idle {
  readonly connection: PostgresConnection;
  readonly host: string;
  readonly timer: NodeJS.Timeout;
}

export type ConnectionLimits = Pick<SessionLimits, 'connectTimeoutMs' | 'keepaliveMs'>;

/** Opens connections, and keeps those that more targets of the same database will ask for. */
export interface ConnectionPool {
  /** @throws DriverError of kind `connect`, `auth` or `url` */
  take(url: DatabaseUrl, limits: ConnectionLimits): Promise<PostgresConnection>;
  /** Only a connection whose session is as new: no transaction, no settings. */
  giveBack(url: DatabaseUrl, connection: PostgresConnection): void;
  close(): Promise<void>;
}

export function createConnectionPool({ clock, events }: DriverDeps): ConnectionPool {
  const idle = new Map<string, Idle[]>();
  const idleAt = new Map<string, number>();
  const orphans = createOrphans(clock);
  const closing = new Set<Promise<void>>();

  const forget = (key: string, one: Idle): void => {
    const left = (idle.get(key) ?? []).filter((other) => other !== one);
    if (left.length === 0) idle.delete(key);
    else idle.set(key, left);
    const count = (idleAt.get(one.host) ?? 1) - 1;
    if (count === 0) idleAt.delete(one.host);
    else idleAt.set(one.host, count);
    clearTimeout(one.timer);
  };
  const end = (connection: PostgresConnection): void => {
    const ended = connection.end().finally(() => closing.delete(ended));
    closing.add(ended);
  };

  const open = async (url: DatabaseUrl, limits: ConnectionLimits): Promise<PostgresConnection> => {
    const began = clock.monotonicMs();
    let isOpen = false;
    try {
      const plan = planConnection(url, limits.connectTimeoutMs);
      const connection = await connectPostgres(plan, {
        limitMs: limits.keepaliveMs,
        ask: (pid, timeoutMs) => orphans.ask(plan, pid, timeoutMs),
        onLost: () => {
          if (isOpen) events.emit({ kind: 'ConnectionClosed', dialect: 'postgres' });
        },
      });
      isOpen = true;
      await orphans.end(connection, plan);
      events.emit({ kind: 'ConnectionOpened', dialect: 'postgres', durationMs: clock.monotonicMs() - began });
      return connection;
    } catch (error) {
      const errorClass = error instanceof DriverError ? error.class : 'unknown';
      events.emit({ kind: 'ConnectionFailed', dialect: 'postgres', class: errorClass });
      throw error;
    }
  };

  return {
    async take(url, limits) {
      const key = connectionKey(url);
      for (;;) {
        const one = idle.get(key)?.at(-1);
        if (one === undefined) return open(url, limits);
        forget(key, one);
        one.connection.setRef(true);
        if (one.connection.canBeKept) return one.connection;
        one.connection.close();
      }
    },
    giveBack(url, connection) {
      const atHost = idleAt.get(url.host) ?? 0;
      // A database that is one target is not asked for again.
      if (url.schema === '' || !connection.canBeKept || atHost >= MAX_IDLE_PER_HOST) return end(connection);
      const key = connectionKey(url);
      const one: Idle = {
        connection,
        host: url.host,
        timer: setTimeout(() => {
          forget(key, one);
          end(connection);
        }, IDLE_MS).unref(),
      };
      connection.setRef(false);
      idle.set(key, [...(idle.get(key) ?? []), one]);
      idleAt.set(url.host, atHost + 1);
    },
    async close() {
      for (const [key, all] of [...idle]) {
        for (const one of all) {
          forget(key, one);
          one.connection.setRef(true);
          end(one.connection);
        }
      }
      await Promise.all([...closing]);
    },
  };
}

/** One for all schemas of a database: the URL without search_path, hashed, for it holds the password. */
export function connectionKey(url: DatabaseUrl): string {
  const text = url.reveal().replace(/([?&])search_path=[^&]*&?/, '$1');
  return createHash('sha256').update(text).digest('base64');
}
