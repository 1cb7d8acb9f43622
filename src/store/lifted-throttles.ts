import { type StoreDatabase, writeStore } from './database.ts';
import { addEvent } from './events.ts';
import type { Store } from './types.ts';

/** Names in the order in which they were lifted. */
export const toLifted = (text: string | null): readonly string[] => (text === null ? [] : JSON.parse(text));

/** Notes that a throttle holds the rollout no more, with its entry in the audit trail. */
export const liftThrottle = (
  db: StoreDatabase,
  rolloutId: string,
  { by, reason, throttle }: Parameters<Store['liftThrottle']>[1],
  nowMs: number,
): Promise<void> =>
  writeStore(db, async (trx) => {
    // Locked: two who lift two throttles at once lift both.
    const row = await trx
      .selectFrom('rollouts')
      .select('lifted_throttles')
      .where('id', '=', rolloutId)
      .$if(db.dialect === 'postgres', (query) => query.forUpdate())
      .executeTakeFirstOrThrow();
    const lifted = toLifted(row.lifted_throttles);
    if (lifted.includes(throttle)) return;
    const names = JSON.stringify([...lifted, throttle]);
    await trx.updateTable('rollouts').set({ lifted_throttles: names }).where('id', '=', rolloutId).execute();
    await addEvent(trx, rolloutId, { kind: 'ThrottleLifted', actor: by, reason, data: { throttle } }, nowMs);
  });
