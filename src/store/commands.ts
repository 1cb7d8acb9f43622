import { readStore, type StoreDatabase, writeStore } from './database.ts';
import type { Store } from './types.ts';

/** Keeping one twice is no error. */
export const putCommand = (
  db: StoreDatabase,
  rolloutId: string,
  command: Parameters<Store['putCommand']>[1],
  nowMs: number,
): Promise<void> =>
  writeStore(db, async (trx) => {
    await trx
      .insertInto('commands')
      .values({
        id: command.id,
        rollout_id: rolloutId,
        verb: command.verb,
        payload: JSON.stringify(command.payload),
        created_at: nowMs,
        delivered: 0,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });

/** Oldest first. */
export const listUndelivered = (db: StoreDatabase): ReturnType<Store['undeliveredCommands']> =>
  readStore(db, async (reader) => {
    const rows = await reader
      .selectFrom('commands')
      .select(['rollout_id', 'id', 'verb', 'payload'])
      .where('delivered', '=', 0)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map((row) => ({
      rolloutId: row.rollout_id,
      id: row.id,
      verb: row.verb,
      payload: JSON.parse(row.payload),
    }));
  });

export const markDelivered = (db: StoreDatabase, id: string): Promise<void> =>
  writeStore(db, async (trx) => {
    await trx.updateTable('commands').set({ delivered: 1 }).where('id', '=', id).execute();
  });
