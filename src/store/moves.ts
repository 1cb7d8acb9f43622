import type { Kysely } from 'kysely';
import type { TargetState } from '../shared/states.ts';
import { moveCounters } from './counters.ts';
import { type StoreDatabase, writeStore } from './database.ts';
import { addEvent } from './events.ts';
import { lockGate } from './gates.ts';
import type { Tables } from './tables.ts';
import type { MovedTargets, NewEvent } from './types.ts';

type From = MovedTargets['from'];

/** Ids in one statement: well below both back ends' limits of parameters. */
const IDS_AT_ONCE = 5_000;

interface Move {
  readonly from: readonly From[];
  readonly to: Extract<TargetState, 'pending' | 'skipped'>;
  readonly targets?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly reason: string | null;
}

/** failed → pending, tries start anew. */
export const reopenTargets = (
  db: StoreDatabase,
  rolloutId: string,
  commandId: string,
  scope: { readonly targets?: readonly string[]; readonly group?: string },
  event: NewEvent,
  nowMs: number,
): Promise<readonly MovedTargets[]> =>
  once(db, rolloutId, commandId, event, nowMs, {
    from: ['failed'],
    to: 'pending',
    targets: scope.targets,
    group: scope.group,
    reason: null,
  });

/** failed, pending or deferred → skipped. */
export const skipTargets = (
  db: StoreDatabase,
  rolloutId: string,
  commandId: string,
  targets: readonly string[],
  reason: string,
  event: NewEvent,
  nowMs: number,
): Promise<readonly MovedTargets[]> =>
  once(db, rolloutId, commandId, event, nowMs, {
    from: ['failed', 'pending', 'deferred'],
    to: 'skipped',
    targets,
    reason,
  });

const once = (
  db: StoreDatabase,
  rolloutId: string,
  commandId: string,
  event: NewEvent,
  nowMs: number,
  move: Move,
): Promise<readonly MovedTargets[]> =>
  writeStore(db, async (trx) => {
    // Keeps two tries of one command in turn.
    await lockGate(db, trx, rolloutId, 'update');
    const known = await movedBefore(trx, rolloutId, commandId);
    if (known !== undefined) return JSON.parse(known);
    const moved = await moveTargets(trx, rolloutId, move);
    await moveCounters(
      trx,
      rolloutId,
      moved.map((part) => ({ ...part, to: move.to })),
    );
    await rememberMove(trx, rolloutId, commandId, JSON.stringify(moved));
    const total = moved.reduce((sum, { count }) => sum + count, 0);
    await addEvent(trx, rolloutId, { ...event, data: { ...event.data, moved: total } }, nowMs);
    return moved;
  });

async function moveTargets(trx: Kysely<Tables>, rolloutId: string, move: Move): Promise<readonly MovedTargets[]> {
  const moved = new Map<string, { group: string; host: string; from: From; count: number }>();
  const rollout = await trx.selectFrom('rollouts').select('direction').where('id', '=', rolloutId).executeTakeFirst();
  const isDown = rollout?.direction === 'down';
  for (const ids of chunksOf(move.targets)) {
    for (const from of move.from) {
      const rows = await trx
        .updateTable('targets')
        .set({
          state: move.to,
          slice: null,
          fingerprint: null,
          reason: move.reason,
          // A target taken up again starts anew; a skipped one keeps the error that it was skipped for.
          ...(move.to === 'pending' ? { pass: 0, attempts: 0, error: null, error_class: null, error_code: null } : {}),
        })
        .where('rollout_id', '=', rolloutId)
        .where('state', '=', from)
        // On the way down only what is to be taken back has a next try.
        .$if(isDown && move.to === 'pending', (query) => query.where('down', '=', 1))
        .$if(ids !== undefined, (query) => query.where('id', 'in', ids ?? []))
        .$if(move.group !== undefined, (query) => query.where('group_name', '=', move.group ?? ''))
        .returning(['group_name', 'host'])
        .execute();
      for (const { group_name: group, host } of rows) {
        const key = JSON.stringify([group, host, from]);
        const part = moved.get(key) ?? { group, host, from, count: 0 };
        part.count += 1;
        moved.set(key, part);
      }
    }
  }
  return Array.from(moved.values());
}

/** What this command has moved, where an earlier try of it has. Under the gate's lock. */
export async function movedBefore(
  trx: Kysely<Tables>,
  rolloutId: string,
  commandId: string,
): Promise<string | undefined> {
  const row = await trx
    .selectFrom('moves')
    .select('moved')
    .where('rollout_id', '=', rolloutId)
    .where('command_id', '=', commandId)
    .executeTakeFirst();
  return row?.moved;
}

export async function rememberMove(
  trx: Kysely<Tables>,
  rolloutId: string,
  commandId: string,
  moved: string,
): Promise<void> {
  await trx.insertInto('moves').values({ rollout_id: rolloutId, command_id: commandId, moved }).execute();
}

/** One chunk of undefined where no ids are named: the whole scope. */
export function chunksOf(ids: readonly string[] | undefined): readonly (readonly string[] | undefined)[] {
  if (ids === undefined) return [undefined];
  const chunks: (readonly string[])[] = [];
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) chunks.push(ids.slice(at, at + IDS_AT_ONCE));
  return chunks;
}
