import type { Kysely, Selectable } from 'kysely';
import { type StoreDatabase, writeStore } from './database.ts';
import { addEvent } from './events.ts';
import type { RolloutsTable, Tables } from './tables.ts';
import type { FreezeOverride, OverrideAsked, Store } from './types.ts';

type Columns = Pick<
  RolloutsTable,
  'override_reason' | 'override_by' | 'override_at' | 'override_approved_by' | 'override_approved_at'
>;

/** A request that nobody confirms within the hour is over: who confirms it later would answer a question of another day. */
const REQUEST_HOLDS_MS = 3_600_000;

export const toOverride = (row: Selectable<Columns>): FreezeOverride | null =>
  row.override_by === null || row.override_at === null
    ? null
    : {
        reason: row.override_reason ?? '',
        requestedBy: row.override_by,
        requestedAtMs: row.override_at,
        approvedBy: row.override_approved_by,
        approvedAtMs: row.override_approved_at,
      };

export const overrideFreeze = (
  db: StoreDatabase,
  rolloutId: string,
  asked: OverrideAsked,
  nowMs: number,
): ReturnType<Store['overrideFreeze']> =>
  writeStore(db, async (trx) => {
    // Locked: of two who ask at once one requests, and the other confirms.
    const row = await trx
      .selectFrom('rollouts')
      .selectAll()
      .where('id', '=', rolloutId)
      .$if(db.dialect === 'postgres', (query) => query.forUpdate())
      .executeTakeFirstOrThrow();
    return recordOverride(trx, rolloutId, toOverride(row), asked, nowMs);
  });

/** In the caller's transaction. @param before what is in the rollout's row */
export async function recordOverride(
  trx: Kysely<Tables>,
  rolloutId: string,
  before: FreezeOverride | null,
  asked: OverrideAsked,
  nowMs: number,
): ReturnType<Store['overrideFreeze']> {
  if (before !== null && before.approvedBy !== null) return { kind: 'known', override: before };
  const { by, reason, approvedBy } = asked;
  const open = before !== null && nowMs - before.requestedAtMs <= REQUEST_HOLDS_MS ? before : null;
  const isConfirmed = open !== null && approvedBy === undefined;
  if (isConfirmed && open.requestedBy === by) return { kind: 'same_person', override: open };
  const request = isConfirmed ? open : { reason, requestedBy: by, requestedAtMs: nowMs };
  const approver = isConfirmed ? by : (approvedBy ?? null);
  const override = { ...request, approvedBy: approver, approvedAtMs: approver === null ? null : nowMs };
  await trx
    .updateTable('rollouts')
    .set({
      override_reason: override.reason,
      override_by: override.requestedBy,
      override_at: override.requestedAtMs,
      override_approved_by: override.approvedBy,
      override_approved_at: override.approvedAtMs,
    })
    .where('id', '=', rolloutId)
    .execute();
  if (!isConfirmed) {
    await addEvent(trx, rolloutId, { kind: 'FreezeOverrideRequested', actor: by, reason, data: {} }, nowMs);
  }
  if (override.approvedBy === null) return { kind: 'requested', override };
  const data = { requestedBy: override.requestedBy, approvedBy: override.approvedBy };
  await addEvent(trx, rolloutId, { kind: 'FreezeOverridden', actor: by, reason, data }, nowMs);
  return { kind: 'overridden', override };
}
