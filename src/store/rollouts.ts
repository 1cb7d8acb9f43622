import type { Kysely, Selectable } from 'kysely';
import { isFinal } from '../shared/states.ts';
import type { Page } from '../shared/wire.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import { readStore, type StoreDatabase, writeStore } from './database.ts';
import { addEvent } from './events.ts';
import { toOverride } from './freeze-override.ts';
import { lockGate } from './gates.ts';
import { toLifted } from './lifted-throttles.ts';
import type { Seal } from './seal.ts';
import type { GroupsTable, RolloutsTable, Tables } from './tables.ts';
import type { GroupRow, NewEvent, RolloutRow, Store } from './types.ts';

const toRollout = (row: Selectable<RolloutsTable>, seal: Seal): RolloutRow => ({
  id: row.id,
  project: row.project,
  env: row.env,
  state: row.state,
  cause: row.cause,
  next: row.next,
  toVersion: row.to_version,
  direction: row.direction,
  skipChecks: row.skip_checks === 1,
  targets: row.targets,
  joiners: row.joiners,
  joined: row.joined,
  targetSetDigest: row.target_set_digest,
  kind: row.kind,
  changeDigest: row.change_digest,
  changeArtifact: row.change_artifact,
  projectArtifact: row.project_artifact,
  epoch: row.epoch,
  // Opened for who asks: views and lists, which are read all the time, do not.
  get vars() {
    return JSON.parse(seal.open(row.vars, row.id));
  },
  freezeOverride: toOverride(row),
  liftedThrottles: toLifted(row.lifted_throttles),
  lives: row.lives,
  trace: row.trace === null ? null : JSON.parse(row.trace),
  createdBy: row.created_by,
  createdAtMs: row.created_at,
  startedAtMs: row.started_at,
  finishedAtMs: row.finished_at,
  lastEvent: row.event_seq,
});

const toGroup = (row: Selectable<GroupsTable>): GroupRow => ({
  name: row.name,
  index: row.idx,
  size: row.size,
  parallel: row.parallel,
  perHost: row.per_host,
  maxFailures: row.max_failures,
  budgetMode: row.budget_mode,
  onFailure: row.on_failure,
  approval: row.approval === 1,
  bakeMs: row.bake_ms,
  dependsOn: JSON.parse(row.depends_on),
  state: row.state,
  bakeUntilMs: row.bake_until,
  startedAtMs: row.started_at,
  finishedAtMs: row.finished_at,
});

export const findRollout = (db: StoreDatabase, id: string): Promise<RolloutRow | undefined> =>
  readStore(db, async (reader) => {
    const row = await reader.selectFrom('rollouts').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : toRollout(row, db.seal);
  });

export const findByKey = (
  db: StoreDatabase,
  key: string,
): Promise<{ readonly id: string; readonly argumentsDigest: string } | undefined> =>
  readStore(db, (reader) =>
    reader
      .selectFrom('rollouts')
      .select(['id', 'arguments_digest as argumentsDigest'])
      .where('idempotency_key', '=', key)
      .executeTakeFirst(),
  );

/** Ids in [prefix, prefix + '~'): an index range, and no pattern characters to escape. Ids have letters and digits only. */
export const findRolloutIds = (db: StoreDatabase, prefix: string): Promise<readonly string[]> =>
  readStore(db, async (reader) => {
    const rows = await reader
      .selectFrom('rollouts')
      .select('id')
      .where('id', '>=', prefix)
      .where('id', '<', `${prefix}zzzzzzzzzzz`)
      .orderBy('id')
      .limit(20)
      .execute();
    return rows.map(({ id }) => id).filter((id) => id.startsWith(prefix));
  });

/** Newest first. */
export const listRollouts = (
  db: StoreDatabase,
  filter: Parameters<Store['listRollouts']>[0],
): Promise<Page<RolloutRow>> =>
  readStore(db, async (reader) => {
    const after = filter.cursor === undefined ? undefined : decodeCursor(filter.cursor, ['number', 'string']);
    const rows = await reader
      .selectFrom('rollouts')
      .selectAll()
      .$if(filter.project !== undefined, (query) => query.where('project', '=', filter.project ?? ''))
      .$if(filter.env !== undefined, (query) => query.where('env', '=', filter.env ?? ''))
      .$if(filter.states !== undefined, (query) => query.where('state', 'in', filter.states ?? []))
      .$if(after !== undefined, (query) =>
        query.where((eb) =>
          eb.or([
            eb('created_at', '<', after?.[0] ?? 0),
            eb.and([eb('created_at', '=', after?.[0] ?? 0), eb('id', '<', after?.[1] ?? '')]),
          ]),
        ),
      )
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(filter.limit + 1)
      .execute();
    return pageOf(
      rows,
      filter.limit,
      (row) => toRollout(row, db.seal),
      (row) => [row.created_at, row.id],
    );
  });

export const listLiveRollouts = (db: StoreDatabase): Promise<readonly RolloutRow[]> =>
  readStore(db, async (reader) => {
    const rows = await reader.selectFrom('rollouts').selectAll().where('live', '=', 1).orderBy('created_at').execute();
    return rows.map((row) => toRollout(row, db.seal));
  });

export const listGroups = (db: StoreDatabase, rolloutId: string): Promise<readonly GroupRow[]> =>
  readStore(db, async (reader) => {
    const rows = await reader
      .selectFrom('rollout_groups')
      .selectAll()
      .where('rollout_id', '=', rolloutId)
      .orderBy('idx')
      .execute();
    return rows.map(toGroup);
  });

type Status = Parameters<Store['saveStatus']>[2];

export const saveStatus = (
  db: StoreDatabase,
  rolloutId: string,
  epoch: number,
  status: Status,
  nowMs: number,
): Promise<boolean> =>
  writeStore(db, async (trx) => {
    const gate = await lockGate(db, trx, rolloutId, 'share');
    const row = await trx.selectFrom('rollouts').selectAll().where('id', '=', rolloutId).executeTakeFirst();
    if (gate === undefined || row === undefined || gate.epoch !== epoch) return false;
    if (row.live === 0) return row.state === status.state;
    await saveGroups(trx, rolloutId, status, nowMs);
    const final = isFinal(status.state);
    await trx
      .updateTable('rollouts')
      .set({
        state: status.state,
        cause: status.cause,
        next: status.next,
        live: final ? 0 : 1,
        started_at: row.started_at ?? (status.state === 'preparing' ? null : nowMs),
        finished_at: final ? nowMs : null,
      })
      .where('id', '=', rolloutId)
      .execute();
    if (row.state !== status.state || row.cause !== status.cause) {
      const cause = status.cause === null ? {} : { cause: status.cause };
      const data = { from: row.state, to: status.state, ...cause };
      await addEvent(trx, rolloutId, { kind: 'RolloutStateChanged', actor: 'flotilla', data }, nowMs);
    }
    return true;
  });

async function saveGroups(trx: Kysely<Tables>, rolloutId: string, status: Status, nowMs: number): Promise<void> {
  const rows = await trx.selectFrom('rollout_groups').selectAll().where('rollout_id', '=', rolloutId).execute();
  const known = new Map(rows.map((row) => [row.name, row]));
  for (const group of status.groups) {
    const row = known.get(group.name);
    if (row === undefined) continue;
    const began = group.state === 'running' || group.state === 'baking' || group.state === 'done';
    const ended = group.state === 'done' || group.state === 'aborted';
    const next = {
      state: group.state,
      bake_until: group.bakeUntilMs,
      max_failures: group.maxFailures,
      parallel: group.parallel,
      per_host: group.perHost,
      started_at: row.started_at ?? (began ? nowMs : null),
      finished_at: ended ? (row.finished_at ?? nowMs) : null,
    };
    const same = Object.entries(next).every(([name, value]) => row[name as keyof typeof next] === value);
    if (same) continue;
    await trx
      .updateTable('rollout_groups')
      .set(next)
      .where('rollout_id', '=', rolloutId)
      .where('name', '=', group.name)
      .execute();
    if (row.state === group.state) continue;
    const data = { group: group.name, from: row.state, to: group.state };
    await addEvent(trx, rolloutId, { kind: 'GroupStateChanged', actor: 'flotilla', data }, nowMs);
  }
}

/** The live rollout of the env of this one; it may be this one. */
export async function liveRollout(trx: Kysely<Tables>, rolloutId: string): Promise<string | undefined> {
  const live = await trx
    .selectFrom('rollouts as own')
    .innerJoin('rollouts as live', (join) =>
      join.onRef('live.project', '=', 'own.project').onRef('live.env', '=', 'own.env'),
    )
    .select('live.id')
    .where('own.id', '=', rolloutId)
    .where('live.live', '=', 1)
    .executeTakeFirst();
  return live?.id;
}

/** A rollout that ended as failed is live again, unless its env has another live one. */
export const reviveRollout = (
  db: StoreDatabase,
  rolloutId: string,
  event: NewEvent,
  nowMs: number,
): ReturnType<Store['reviveRollout']> =>
  writeStore(db, async (trx) => {
    await lockGate(db, trx, rolloutId, 'update');
    const row = await trx.selectFrom('rollouts').selectAll().where('id', '=', rolloutId).executeTakeFirstOrThrow();
    if (row.state !== 'failed') return { kind: 'refused', state: row.state };
    const other = await liveRollout(trx, rolloutId);
    if (other !== undefined) return { kind: 'live', id: other };
    await trx
      .updateTable('rollouts')
      .set({ state: 'preparing', live: 1, lives: row.lives + 1, cause: null, next: null, finished_at: null })
      .where('id', '=', rolloutId)
      .execute();
    // Whoever closed the gate before the end has had his way.
    await trx.updateTable('gates').set({ by_operator: 0 }).where('rollout_id', '=', rolloutId).execute();
    await addEvent(trx, rolloutId, event, nowMs);
    return { kind: 'revived' };
  });
