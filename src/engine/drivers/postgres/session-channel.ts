import type { Clock } from '../../../shared/clock.ts';
import { DriverError, type OpenRequest } from '../../run/ports.ts';
import { describeBlockers } from './blockers.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { CommandResult } from './exchange.ts';
import { ExchangeFailed, type PostgresConnection } from './postgres-connection.ts';
import { LOCK_NOT_AVAILABLE, readProblem, toDriverError } from './postgres-errors.ts';

const QUERY_CANCELED = '57014';
/** A look at who is in the way is due when this part of lock_timeout is over. */
const LOOK_AFTER = 0.5;

export interface SessionDeps {
  readonly pool: ConnectionPool;
  readonly clock: Clock;
}

interface SendOptions {
  readonly onCompleted?: (index: number) => void;
  /** Which statement of a batch it is that fails after so many completed commands. */
  readonly indexOf?: (completed: number) => number | undefined;
}

/** What a session says to its server: cancelled by its signal, refused in the words of the port, with whoever is in the way. */
export class SessionChannel {
  readonly #pool: ConnectionPool;
  readonly #connection: PostgresConnection;
  readonly #request: OpenRequest;
  #lockTimeouts = 0;

  constructor(pool: ConnectionPool, connection: PostgresConnection, request: OpenRequest) {
    this.#pool = pool;
    this.#connection = connection;
    this.#request = request;
  }

  /** @throws DriverError */
  async send(commands: string | readonly string[], options: SendOptions = {}): Promise<readonly CommandResult[]> {
    this.throwIfCancelled();
    const look = this.#lookForBlockers();
    const { onCompleted, indexOf } = options;
    try {
      return await this.#connection.send(commands, {
        signal: this.#request.signal,
        ...(onCompleted === undefined ? {} : { onCompleted }),
      });
    } catch (error) {
      const failed = error instanceof ExchangeFailed ? error : new ExchangeFailed(error, 0);
      throw await this.translate(failed, {
        statementIndex: indexOf?.(failed.completed),
        look: look.found,
      });
    } finally {
      look.stop();
    }
  }

  /** For what must be brought to its end although the caller gives up. @throws DriverError */
  async sendInAnyCase(text: string): Promise<void> {
    try {
      await this.#connection.send(text);
    } catch (error) {
      throw await this.translate(error);
    }
  }

  /** @throws DriverError of kind `cancelled` */
  throwIfCancelled(): void {
    if (this.#request.signal?.aborted) throw new DriverError('cancelled', 'cancelled', { class: 'transient' });
  }

  async translate(
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
