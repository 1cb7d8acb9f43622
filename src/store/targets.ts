import type { Kysely, Selectable } from 'kysely';
import type { TargetError } from '../shared/states.ts';
import type { CauseCluster, Page, TargetView } from '../shared/wire.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import { readStore, type StoreDatabase } from './database.ts';
import type { Tables, TargetsTable } from './tables.ts';
import type { Store } from './types.ts';

const SAMPLES = 10;

const parseError = (text: string): TargetError => JSON.parse(text); // written by finishSlice from a TargetError

const toView = (row: Selectable<TargetsTable>): TargetView => ({
  id: row.id,
  group: row.group_name,
  host: row.host,
  state: row.state,
  version: row.version,
  from: row.from_version,
  labels: JSON.parse(row.labels),
  url: row.url,
  attempts: row.attempts,
  ...(row.duration_ms === null ? {} : { durationMs: row.duration_ms }),
  ...(row.error === null ? {} : { error: parseError(row.error) }),
  ...(row.reason === null ? {} : { reason: row.reason }),
});

/** One page in running order. Keyset paging: the cost of a page does not grow with how far it is from the first. */
export const listTargets = (
  db: StoreDatabase,
  rolloutId: string,
  filter: Parameters<Store['listTargets']>[1],
): Promise<Page<TargetView>> =>
  readStore(db, async (reader) => {
    const after = filter.cursor === undefined ? -1 : decodeCursor(filter.cursor, ['number'])[0];
    const rows = await reader
      .selectFrom('targets')
      .selectAll()
      .where('rollout_id', '=', rolloutId)
      .where('seq', '>', after)
      .$if(filter.states !== undefined, (query) => query.where('state', 'in', filter.states ?? []))
      .$if(filter.group !== undefined, (query) => query.where('group_name', '=', filter.group ?? ''))
      .$if(filter.host !== undefined, (query) => query.where('host', '=', filter.host ?? ''))
      .$if(filter.idContains !== undefined, (query) =>
        query.where((eb) =>
          eb(
            eb.fn<number>(db.dialect === 'sqlite' ? 'instr' : 'strpos', ['id', eb.val(filter.idContains ?? '')]),
            '>',
            0,
          ),
        ),
      )
      .orderBy('seq')
      .limit(filter.limit + 1)
      .execute();
    return pageOf(rows, filter.limit, toView, (row) => [row.seq]);
  });

export const findTarget = (db: StoreDatabase, rolloutId: string, targetId: string): Promise<TargetView | undefined> =>
  readStore(db, async (reader) => {
    const row = await reader
      .selectFrom('targets')
      .selectAll()
      .where('rollout_id', '=', rolloutId)
      .where('id', '=', targetId)
      .executeTakeFirst();
    return row === undefined ? undefined : toView(row);
  });

/** Clusters by (fingerprint, group), counted in an index of their own; the samples are read for those that are shown only. */
export const listCauses = (db: StoreDatabase, rolloutId: string, limit: number): Promise<readonly CauseCluster[]> =>
  readStore(db, async (reader) => {
    const clusters = await reader
      .selectFrom('targets')
      .select((eb) => ['fingerprint', 'group_name', eb.fn.countAll<number>().as('n')])
      .where('rollout_id', '=', rolloutId)
      .where('fingerprint', 'is not', null)
      .groupBy(['fingerprint', 'group_name'])
      .orderBy('n', 'desc')
      .orderBy('fingerprint')
      .orderBy('group_name')
      .limit(limit)
      .execute();
    const causes: CauseCluster[] = [];
    for (const { fingerprint, group_name, n } of clusters) {
      const samples = await sampleTargets(reader, rolloutId, fingerprint ?? '', group_name);
      const error = samples.map((row) => row.error).find((text) => text !== null);
      const parsed = error === undefined || error === null ? undefined : parseError(error);
      causes.push({
        fingerprint: fingerprint ?? '',
        class: parsed?.class ?? 'unknown',
        code: parsed?.code ?? '',
        message: parsed?.message ?? '',
        count: n,
        targets: samples.map(({ id }) => id),
        group: group_name,
      });
    }
    return causes;
  });

const sampleTargets = (reader: Kysely<Tables>, rolloutId: string, fingerprint: string, group: string) =>
  reader
    .selectFrom('targets')
    .select(['id', 'error'])
    .where('rollout_id', '=', rolloutId)
    .where('fingerprint', '=', fingerprint)
    .where('group_name', '=', group)
    .orderBy('seq')
    .limit(SAMPLES)
    .execute();
