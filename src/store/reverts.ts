import type { Kysely } from 'kysely';
import { moveCounters } from './counters.ts';
import { readStore, type StoreDatabase, writeStore } from './database.ts';
import { addEvent } from './events.ts';
import { lockGate } from './gates.ts';
import { chunksOf, movedBefore, rememberMove } from './moves.ts';
import { liveRollout } from './rollouts.ts';
import type { Tables } from './tables.ts';
import type { NewEvent, Store } from './types.ts';

type Command = Parameters<Store['beginRevert']>[1];

/**
 * In these states, and with a version from before, is what the rollout has put its hands on: done, perhaps half done, half done and to be tried
 * again, or left by an aborted way back. In this order: what becomes pending is not met again.
 */
const TOUCHED = ['pending', 'deferred', 'applied', 'failed'] as const;

export const beginRevert = (
  db: StoreDatabase,
  rolloutId: string,
  command: Command,
  event: NewEvent,
  nowMs: number,
): ReturnType<Store['beginRevert']> =>
  writeStore(db, async (trx) => {
    const gate = await lockGate(db, trx, rolloutId, 'update');
    const known = await movedBefore(trx, rolloutId, command.id);
    if (known !== undefined) return { kind: 'begun', targets: Number(known) };
    const live = command.mustBeOver ? await liveRollout(trx, rolloutId) : undefined;
    if (live !== undefined) return { kind: 'live', id: live };
    const groups = await turnTargets(trx, rolloutId, command);
    const targets = [...groups.values()].reduce((sum, n) => sum + n, 0);
    if (targets === 0) return { kind: 'nothing' };
    await trx
      .updateTable('rollout_groups')
      .set({ state: 'waiting', bake_until: null, started_at: null, finished_at: null })
      .where('rollout_id', '=', rolloutId)
      .where('name', 'in', [...groups.keys()])
      .execute();
    const turned = {
      state: 'reverting',
      live: 1,
      direction: 'down',
      cause: null,
      next: null,
      finished_at: null,
    } as const;
    await trx
      .updateTable('rollouts')
      .set(({ eb }) => ({
        ...turned,
        skip_checks: command.skipChecks ? 1 : 0,
        lives: eb('lives', '+', command.mustBeOver ? 1 : 0),
      }))
      .where('id', '=', rolloutId)
      .execute();
    // Whoever closed the gate on the way up has had his way, but for a pause that is still on its way to the run.
    const isPaused = gate !== undefined && gate.pause_seq > (command.knownPauseSeq ?? Infinity);
    await trx
      .updateTable('gates')
      .set({ terminal: 0, state: 'closed', ...(isPaused ? {} : { by_operator: 0 }) })
      .where('rollout_id', '=', rolloutId)
      .execute();
    await rememberMove(trx, rolloutId, command.id, String(targets));
    await addEvent(trx, rolloutId, { ...event, data: { ...event.data, targets } }, nowMs);
    return { kind: 'begun', targets };
  });

/** How many targets of each group are to be taken back. */
async function turnTargets(trx: Kysely<Tables>, rolloutId: string, command: Command): Promise<Map<string, number>> {
  const groups = new Map<string, number>();
  for (const ids of chunksOf(command.targets)) {
    for (const from of TOUCHED) {
      const rows = await trx
        .updateTable('targets')
        .set({
          ...{ state: 'pending', down: 1, slice: null, pass: 0, attempts: 0, reason: null },
          ...{ error: null, error_class: null, error_code: null, fingerprint: null },
        })
        .where('rollout_id', '=', rolloutId)
        .where('state', '=', from)
        .where('from_version', 'is not', null)
        .$if(ids !== undefined, (query) => query.where('id', 'in', ids ?? []))
        .$if(command.group !== undefined, (query) => query.where('group_name', '=', command.group ?? ''))
        .returning(['group_name', 'host'])
        .execute();
      const moves = rows.map((row) => ({
        group: row.group_name,
        host: row.host,
        from,
        to: 'pending' as const,
        count: 1,
      }));
      await moveCounters(trx, rolloutId, moves);
      for (const { group } of moves) groups.set(group, (groups.get(group) ?? 0) + 1);
    }
  }
  return groups;
}

type Span = Awaited<ReturnType<Store['revertSpans']>>[number];

export const revertSpans = (
  db: StoreDatabase,
  rolloutId: string,
  { targets, group }: Parameters<Store['revertSpans']>[1],
): ReturnType<Store['revertSpans']> =>
  readStore(db, async (reader) => {
    const spans = new Map<string, Span>();
    for (const ids of chunksOf(targets)) {
      const rows = await reader
        .selectFrom('targets')
        .select(({ fn }) => ['dialect', 'from_version', 'version', fn.countAll<number | string>().as('n')])
        .where('rollout_id', '=', rolloutId)
        .where('state', 'in', TOUCHED)
        .where('from_version', 'is not', null)
        .$if(ids !== undefined, (query) => query.where('id', 'in', ids ?? []))
        .$if(group !== undefined, (query) => query.where('group_name', '=', group ?? ''))
        .groupBy(['dialect', 'from_version', 'version'])
        .execute();
      for (const { dialect, from_version: from, version: to, n } of rows) {
        const key = JSON.stringify([dialect, from, to]);
        spans.set(key, { dialect, from: from ?? '', to, count: (spans.get(key)?.count ?? 0) + Number(n) });
      }
    }
    return [...spans.values()];
  });

export const revertCounts = (db: StoreDatabase, rolloutId: string): ReturnType<Store['revertCounts']> =>
  readStore(db, async (reader) => {
    const rows = await reader
      .selectFrom('targets')
      .select(({ fn }) => ['group_name as group', 'host', 'state', fn.countAll<number | string>().as('n')])
      .where('rollout_id', '=', rolloutId)
      .where('down', '=', 1)
      .groupBy(['group_name', 'host', 'state'])
      .execute();
    return rows.map(({ n, ...rest }) => ({ ...rest, count: Number(n) }));
  });
