import { DriverError } from '../../run/ports.ts';
import type { ApplyOptions } from '../../run/types.ts';
import { describeHolder } from './blocker.ts';
import type { MysqlConnection, Row } from './mysql-connection.ts';
import type { MysqlFeatures } from './mysql-features.ts';
import { quoteText } from './quote.ts';
import { targetLockName } from './target-lock-name.ts';

/**
 * How the locks of a target are taken (DESIGN.md section 6). Scope `target`: its own name, then a look that nobody holds Atlas's, so that
 * the tenants of a server do not queue for it. Scope `atlas`: Atlas's as Atlas does, and the target's own besides.
 * The server gives all of them back with the session.
 */
export interface LockPlan {
  /** One SELECT of one row, to be judged by `judgeLocks`. */
  readonly select: string;
  /** The same answered again, without taking anything. */
  readonly look: string;
  /** In the order of the columns: a lock that must be ours, or one that must be free. */
  readonly columns: readonly { readonly name: string; readonly must: 'be-ours' | 'be-free' }[];
}

export function planLocks(lock: ApplyOptions['lock'], database: string, features: MysqlFeatures): LockPlan {
  const own = { name: targetLockName(database), must: 'be-ours' } as const;
  const atlas = { name: lock.name, must: lock.scope === 'atlas' ? 'be-ours' : 'be-free' } as const;
  const columns =
    lock.scope === 'target'
      ? [own, atlas]
      : features.canHoldSeveralLocks
        ? [atlas, own]
        : // MySQL 5.6 would give the first one up for the second.
          [atlas];
  // Whole seconds; MySQL refuses fractions. A wait of 0 tries once.
  const wait = Math.ceil(lock.waitMs / 1000);
  const parts = columns.map(({ name, must }) =>
    must === 'be-ours' ? `GET_LOCK(${quoteText(name)}, ${wait})` : `IS_USED_LOCK(${quoteText(name)})`,
  );
  const looks = columns.map(({ name, must }) =>
    must === 'be-ours' ? `IS_USED_LOCK(${quoteText(name)}) = CONNECTION_ID()` : `IS_USED_LOCK(${quoteText(name)})`,
  );
  return { select: `SELECT ${parts.join(', ')}`, look: `SELECT ${looks.join(', ')}`, columns };
}

/** Rejects with `lock-held` where somebody else migrates the target. */
export async function judgeLocks(plan: LockPlan, row: Row | undefined, connection: MysqlConnection): Promise<void> {
  for (const [i, { name, must }] of plan.columns.entries()) {
    const value = row?.[i] ?? null;
    const isRight = must === 'be-ours' ? Number(value) === 1 && value !== null : value === null;
    if (isRight) continue;
    const holder = must === 'be-free' ? Number(value) : await holderOf(connection, name);
    throw new DriverError('lock-held', 'sql/schema: lock is held by other session', {
      class: 'lock',
      blocker: holder === undefined ? undefined : await describeHolder(connection, holder),
    });
  }
}

async function holderOf(connection: MysqlConnection, name: string): Promise<number | undefined> {
  const [rows = []] = await connection.ask([`SELECT IS_USED_LOCK(${quoteText(name)})`]);
  const id = rows[0]?.[0] ?? null;
  return id === null ? undefined : Number(id);
}
