import { createHash } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import { canonicalJson } from '../shared/canonical-json.ts';
import type { RolloutState } from '../shared/states.ts';
import type { EventView } from '../shared/wire.ts';
import { noteAuditEntry, readStore, type StoreDatabase, writeStore } from './database.ts';
import type { EventsTable, Tables } from './tables.ts';
import type { NewEvent, Store } from './types.ts';

type EventRow = Selectable<EventsTable>;

/** The hash of an event over the one before it: a changed, lost or added event breaks every hash after it. */
const hashEvent = (previous: string, row: Omit<EventRow, 'hash'>): string =>
  createHash('sha256')
    .update(
      previous +
        canonicalJson({
          rollout: row.rollout_id,
          seq: row.seq,
          at: row.at,
          kind: row.kind,
          actor: row.actor,
          reason: row.reason,
          data: row.data,
        }),
    )
    .digest('hex');

const toView = (row: EventRow): EventView => ({
  seq: row.seq,
  at: new Date(row.at).toISOString(),
  rollout: row.rollout_id,
  kind: row.kind,
  actor: row.actor,
  ...(row.reason === null ? {} : { reason: row.reason }),
  data: JSON.parse(row.data) as EventView['data'], // written by addEvent from a record
  hash: row.hash,
});

/** Appends to the chain of the rollout, in the caller's transaction. The head of the chain is in the rollout's row, whose lock keeps appends in turn. */
export async function addEvent(
  trx: Kysely<Tables>,
  rolloutId: string,
  event: NewEvent,
  nowMs: number,
): Promise<EventView> {
  noteAuditEntry(trx);
  const head = await trx
    .updateTable('rollouts')
    .set((eb) => ({ event_seq: eb('event_seq', '+', 1) }))
    .where('id', '=', rolloutId)
    .returning(['event_seq', 'event_hash'])
    .executeTakeFirstOrThrow();
  const bare = {
    rollout_id: rolloutId,
    seq: head.event_seq,
    at: nowMs,
    kind: event.kind,
    actor: event.actor,
    reason: event.reason ?? null,
    data: canonicalJson(event.data),
  };
  const row = { ...bare, hash: hashEvent(head.event_hash, bare) };
  await trx.insertInto('events').values(row).execute();
  await trx.updateTable('rollouts').set({ event_hash: row.hash }).where('id', '=', rolloutId).execute();
  return toView(row);
}

export const appendEvent = (db: StoreDatabase, rolloutId: string, event: NewEvent, nowMs: number): Promise<EventView> =>
  writeStore(db, (trx) => addEvent(trx, rolloutId, event, nowMs));

const pageOfEvents = (reader: Kysely<Tables>, rolloutId: string, afterSeq: number, limit: number) =>
  reader
    .selectFrom('events')
    .selectAll()
    .where('rollout_id', '=', rolloutId)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();

export const listEvents = (
  db: StoreDatabase,
  rolloutId: string,
  afterSeq: number,
  limit: number,
): Promise<readonly EventView[]> =>
  readStore(db, async (reader) => (await pageOfEvents(reader, rolloutId, afterSeq, limit)).map(toView));

/** When the rollout went from state to state, oldest first, as its audit trail has it. */
export const listStateChanges = (db: StoreDatabase, rolloutId: string): ReturnType<Store['stateChanges']> =>
  readStore(db, async (reader) => {
    const rows = await reader
      .selectFrom('events')
      .select(['at', 'data'])
      .where('rollout_id', '=', rolloutId)
      .where('kind', '=', 'RolloutStateChanged')
      .orderBy('seq')
      .execute();
    return rows.map(({ at, data }) => ({ atMs: at, to: (JSON.parse(data) as { readonly to: RolloutState }).to })); // written by saveStatus
  });

/** Walks the chain from its beginning, against the head in the rollout's row; the number of the first event that does not fit, or undefined. */
export const verifyEvents = (db: StoreDatabase, rolloutId: string): Promise<number | undefined> =>
  readStore(db, async (reader) => {
    const head = await reader
      .selectFrom('rollouts')
      .select(['event_seq', 'event_hash'])
      .where('id', '=', rolloutId)
      .executeTakeFirst();
    if (head === undefined) return undefined;
    let previous = '';
    let seq = 0;
    while (seq < head.event_seq) {
      const rows = await pageOfEvents(reader, rolloutId, seq, 500);
      for (const row of rows) {
        if (row.seq > head.event_seq) break; // appended while we read
        seq += 1;
        if (row.seq !== seq || row.hash !== hashEvent(previous, row)) return seq;
        previous = row.hash;
      }
      if (rows.length === 0) return seq + 1;
    }
    return previous === head.event_hash ? undefined : seq;
  });
