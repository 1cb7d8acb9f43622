import type { Selectable } from 'kysely';
import type { Page, QuarantineView } from '../shared/wire.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import { readStore, type StoreDatabase, writeStore } from './database.ts';
import type { QuarantineTable } from './tables.ts';
import type { Store } from './types.ts';

const toView = (row: Selectable<QuarantineTable>): QuarantineView => ({
  project: row.project,
  env: row.env,
  target: row.target,
  reason: row.reason,
  by: row.put_by,
  since: new Date(row.put_at).toISOString(),
});

/** Released rows are kept: they say who had let the target back in, and why. */
export const quarantine = (
  db: StoreDatabase,
  { project, env, target, reason, by }: Parameters<Store['quarantine']>[0],
  nowMs: number,
): ReturnType<Store['quarantine']> =>
  writeStore(db, async (trx) => {
    const added = await trx
      .insertInto('quarantine')
      .values({ project, env, target, reason, put_by: by, put_at: nowMs })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (added !== undefined) return { kind: 'put', view: toView(added) };
    const known = await trx
      .selectFrom('quarantine')
      .selectAll()
      .where('project', '=', project)
      .where('env', '=', env)
      .where('target', '=', target)
      .where('released_at', 'is', null)
      .executeTakeFirstOrThrow();
    return { kind: 'known', view: toView(known) };
  });

export const releaseQuarantine = (
  db: StoreDatabase,
  { project, env, target, reason, by }: Parameters<Store['releaseQuarantine']>[0],
  nowMs: number,
): Promise<QuarantineView | undefined> =>
  writeStore(db, async (trx) => {
    const released = await trx
      .updateTable('quarantine')
      .set({ released_at: nowMs, released_by: by, release_reason: reason })
      .where('project', '=', project)
      .where('env', '=', env)
      .where('target', '=', target)
      .where('released_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    return released === undefined ? undefined : toView(released);
  });

/** By project, env and id. */
export const listQuarantine = (
  db: StoreDatabase,
  filter: Parameters<Store['listQuarantine']>[0],
): Promise<Page<QuarantineView>> =>
  readStore(db, async (reader) => {
    const after = filter.cursor === undefined ? undefined : decodeCursor(filter.cursor, ['string', 'string', 'string']);
    const rows = await reader
      .selectFrom('quarantine')
      .selectAll()
      .where('released_at', 'is', null)
      .$if(filter.project !== undefined, (query) => query.where('project', '=', filter.project ?? ''))
      .$if(filter.env !== undefined, (query) => query.where('env', '=', filter.env ?? ''))
      .$if(after !== undefined, (query) =>
        query.where((eb) =>
          eb(
            eb.refTuple('project', 'env', 'target'),
            '>',
            eb.tuple(after?.[0] ?? '', after?.[1] ?? '', after?.[2] ?? ''),
          ),
        ),
      )
      .orderBy('project')
      .orderBy('env')
      .orderBy('target')
      .limit(filter.limit + 1)
      .execute();
    return pageOf(rows, filter.limit, toView, (row) => [row.project, row.env, row.target]);
  });
