import { DriverError, type OpenRequest } from '../../run/ports.ts';
import type { ApplyOptions } from '../../run/types.ts';
import { describeHolders } from './blockers.ts';
import type { CommandResult } from './exchange.ts';
import { ExchangeFailed, type PostgresConnection } from './postgres-connection.ts';
import type { RevisionsPlace } from './revisions-place.ts';
import type { SessionChannel, SessionDeps } from './session-channel.ts';
import { BEGIN, settingItems } from './session-settings.ts';
import { atlasLockId, targetLockKey } from './target-lock.ts';

export type Lock = ApplyOptions['lock'];

/** Atlas's own pace of asking for a lock: from 25 ms to 1 s, and as much again at random. */
const FIRST_PAUSE_MS = 25;
const LAST_PAUSE_MS = 1000;

/**
 * The locks of a target (DESIGN.md section 6): a share of Atlas's lock, or all of it, and one of the target's own. They live in a transaction: the
 * one that works, or one of a second connection (the holder) that does nothing else.
 */
export class SessionLocks {
  readonly #deps: SessionDeps;
  readonly #channel: SessionChannel;
  readonly #connection: PostgresConnection;
  readonly #request: OpenRequest;
  readonly #place: RevisionsPlace;
  #holder: PostgresConnection | undefined;

  constructor(
    deps: SessionDeps,
    channel: SessionChannel,
    {
      connection,
      request,
      place,
    }: {
      readonly connection: PostgresConnection;
      readonly request: OpenRequest;
      readonly place: RevisionsPlace;
    },
  ) {
    this.#deps = deps;
    this.#channel = channel;
    this.#connection = connection;
    this.#request = request;
    this.#place = place;
  }

  /** A second connection has them: no transaction of the working one need take them. */
  get areHeld(): boolean {
    return this.#holder !== undefined;
  }

  /** Two items of a SELECT, both true where the locks are had: for a transaction that works with them. See `areTaken`. */
  items(lock: Lock): readonly [string, string] {
    return [
      `pg_try_advisory_xact_lock_shared(${atlasLockId(lock.name)})`,
      `pg_try_advisory_xact_lock(${targetLockKey(this.#place.revisions)})`,
    ];
  }

  /** Opens the second connection and takes them there: Atlas's lock as Atlas does for a run of that scope, else a share of it. @throws DriverError */
  async hold(lock: Lock): Promise<void> {
    if (this.#holder !== undefined) return;
    const { pool } = this.#deps;
    const { target, limits, sessionName } = this.#request;
    const [share, own] = this.items(lock);
    const atlas = lock.scope === 'atlas' ? `pg_try_advisory_xact_lock(${atlasLockId(lock.name)})` : share;
    const holder = await pool.take(target.url, limits);
    const patient = { ...limits, idleInTransactionTimeoutMs: 0 };
    const settings = settingItems({ sessionName, limits: patient, schema: this.#place.target }, true);
    try {
      await this.whenFree(lock, async () => {
        const [, result] = await holder.send(`${BEGIN};\nSELECT ${[atlas, own, ...settings].join(', ')}`);
        if (areTaken(result)) return true;
        await holder.send('ROLLBACK');
        return undefined;
      });
    } catch (error) {
      await holder.send('ROLLBACK').catch(() => holder.destroy());
      pool.giveBack(target.url, holder);
      throw error instanceof ExchangeFailed ? await this.#channel.translate(error) : error;
    }
    this.#holder = holder;
  }

  /** Tries until it gives something, for as long as the lock may be waited for. @throws DriverError `lock-held`, `cancelled`, and what the attempt throws */
  async whenFree<T>(lock: Lock, attempt: () => Promise<T | undefined>): Promise<T> {
    const { clock } = this.#deps;
    const deadline = clock.monotonicMs() + lock.waitMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
      this.#channel.throwIfCancelled();
      const result = await attempt();
      if (result !== undefined) return result;
      const leftMs = deadline - clock.monotonicMs();
      if (leftMs <= 0) {
        throw new DriverError('lock-held', 'sql/schema: lock is held by other session', {
          class: 'lock',
          blocker: await describeHolders(this.#connection, [
            atlasLockId(lock.name),
            targetLockKey(this.#place.revisions),
          ]),
        });
      }
      // A wait that is cancelled ends in `throwIfCancelled` of the next turn.
      await clock.sleep(Math.min(leftMs, pauseMs * (1 + Math.random())), this.#request.signal).catch(() => undefined);
    }
  }

  /** Gives the second connection back, and the locks with it. Never rejects. */
  async release(): Promise<void> {
    const holder = this.#holder;
    this.#holder = undefined;
    if (holder === undefined) return;
    await holder.send('ROLLBACK').catch(() => holder.destroy());
    this.#deps.pool.giveBack(this.#request.target.url, holder);
  }
}

/** Whether a SELECT that begins with the items of the locks has got both. */
export const areTaken = (result: CommandResult | undefined): boolean => {
  const [shared, own] = result?.rows[0] ?? [];
  return shared === 't' && own === 't';
};
