import { type Kysely, type Selectable, sql } from 'kysely';
import { moveCounters, releaseAll } from './counters.ts';
import { readStore, type StoreDatabase, writeStore } from './database.ts';
import { addEvent } from './events.ts';
import type { GatesTable, Tables } from './tables.ts';
import type { Gate, NewEvent, Store } from './types.ts';

export const toGate = (row: Selectable<GatesTable>): Gate => ({
  epoch: row.epoch,
  state: row.state,
  pauseSeq: row.pause_seq,
  operator: row.by_operator === 1,
  terminal: row.terminal === 1,
  reason: row.reason,
  by: row.closed_by,
  cancels: row.cancels === 1,
});

/** The gate with its row locked until the transaction ends. */
export const lockGate = (
  db: StoreDatabase,
  trx: Kysely<Tables>,
  rolloutId: string,
  how: 'share' | 'update',
): Promise<Selectable<GatesTable> | undefined> =>
  trx
    .selectFrom('gates')
    .selectAll()
    .where('rollout_id', '=', rolloutId)
    .$if(db.dialect === 'postgres', (query) => (how === 'share' ? query.forShare() : query.forUpdate()))
    .executeTakeFirst();

export async function readGate(db: StoreDatabase, rolloutId: string): Promise<Gate | undefined> {
  if (db.readGate !== undefined) return db.readGate(rolloutId);
  const row = await readStore(db, (reader) =>
    reader.selectFrom('gates').selectAll().where('rollout_id', '=', rolloutId).executeTakeFirst(),
  );
  return row === undefined ? undefined : toGate(row);
}

export const closeGate = (
  db: StoreDatabase,
  rolloutId: string,
  options: Parameters<Store['closeGate']>[1],
  event: NewEvent | null,
  nowMs: number,
): Promise<Gate> =>
  writeStore(db, async (trx) => {
    const gate = await existingGate(db, trx, rolloutId);
    // The workflow closing what an operator has closed leaves the operator's name and reason there.
    const keeps = !options.operator && gate.state === 'closed' && gate.by_operator === 1;
    const closed = {
      ...gate,
      state: 'closed' as const,
      pause_seq: gate.pause_seq + (options.operator ? 1 : 0),
      terminal: options.terminal ? 1 : gate.terminal,
      // A later closing does not take back what an earlier one has asked for.
      cancels: options.cancel === true ? 1 : gate.cancels,
      ...(keeps ? {} : { by_operator: options.operator ? 1 : 0, reason: options.reason, closed_by: options.by }),
    };
    await trx.updateTable('gates').set(closed).where('rollout_id', '=', rolloutId).execute();
    if (event !== null) await addEvent(trx, rolloutId, event, nowMs);
    return toGate(closed);
  });

export const openGate = (
  db: StoreDatabase,
  rolloutId: string,
  options: Parameters<Store['openGate']>[1],
): Promise<Gate> =>
  writeStore(db, async (trx) => {
    const gate = await existingGate(db, trx, rolloutId);
    const mayOpen = gate.terminal === 0 && gate.epoch === options.epoch && gate.pause_seq === options.knownPauseSeq;
    if (!mayOpen || gate.state === 'open') return toGate(gate);
    const open = { ...gate, state: 'open' as const, by_operator: 0, reason: null, closed_by: null, cancels: 0 };
    await trx.updateTable('gates').set(open).where('rollout_id', '=', rolloutId).execute();
    return toGate(open);
  });

export const takeOver = (db: StoreDatabase, rolloutId: string): Promise<number> =>
  writeStore(db, async (trx) => {
    const gate = await existingGate(db, trx, rolloutId);
    const epoch = gate.epoch + 1;
    await trx.updateTable('gates').set({ epoch }).where('rollout_id', '=', rolloutId).execute();
    await trx.updateTable('rollouts').set({ epoch }).where('id', '=', rolloutId).execute();
    await moveCounters(trx, rolloutId, await releaseAll(trx, rolloutId));
    return epoch;
  });

async function existingGate(
  db: StoreDatabase,
  trx: Kysely<Tables>,
  rolloutId: string,
): Promise<Selectable<GatesTable>> {
  const gate = await (db.dialect === 'postgres'
    ? lockPastFrozen(db, trx, rolloutId)
    : lockGate(db, trx, rolloutId, 'update'));
  if (gate === undefined) throw new Error(`rollout "${rolloutId}" has no gate`);
  return gate;
}

/** A session of the store that asks nothing for so long in the middle of a transaction belongs to a process that does not go on. */
const FROZEN_MS = 50;
const LOOK_MS = 20;

/**
 * Locks the gate's row also where a worker was frozen while it held it shared: a pause must not wait for its waking. The server ends that
 * session; the worker's transaction comes to nothing, and its slice is tried again.
 */
async function lockPastFrozen(
  db: StoreDatabase,
  trx: Kysely<Tables>,
  rolloutId: string,
): Promise<Selectable<GatesTable> | undefined> {
  const found = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx);
  const waiter = found.rows[0]?.pid ?? 0;
  const look = setInterval(() => {
    // What cannot be asked now is asked again; the lock itself tells what is wrong with the store.
    sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid = ANY (pg_blocking_pids(${waiter})) AND application_name = 'flotilla store' AND state = 'idle in transaction'
        AND state_change < clock_timestamp() - ${FROZEN_MS} * interval '1 millisecond'`
      .execute(db.reader)
      .catch(() => undefined);
  }, LOOK_MS);
  try {
    return await lockGate(db, trx, rolloutId, 'update');
  } finally {
    clearInterval(look);
  }
}
