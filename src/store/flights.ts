import type { InFlight } from '../shared/wire.ts';
import { readStore, type StoreDatabase, writeStore } from './database.ts';
import type { Store } from './types.ts';

/** Rows of a process that is not heard of for so long are removed by whoever reports next. */
const FORGOTTEN_MS = 3_600_000;

/** Statements may carry what a template has filled in: they are sealed like the files that they are from. */
const contextOf = (holder: string, rolloutId: string): string => `flights ${holder} ${rolloutId}`;

export const reportFlights = (
  db: StoreDatabase,
  holder: string,
  reports: Parameters<Store['reportFlights']>[1],
  nowMs: number,
): Promise<void> =>
  writeStore(db, async (trx) => {
    await trx
      .deleteFrom('flights')
      .where((row) => row.or([row('holder', '=', holder), row('said_at', '<', nowMs - FORGOTTEN_MS)]))
      .execute();
    const rows = reports.map(({ rolloutId, flights }) => ({
      holder,
      rollout_id: rolloutId,
      said_at: nowMs,
      flights: db.seal.close(JSON.stringify(flights), contextOf(holder, rolloutId)),
    }));
    if (rows.length > 0) await trx.insertInto('flights').values(rows).execute();
  });

export const flightsElsewhere = (
  db: StoreDatabase,
  rolloutId: string,
  holder: string,
  sinceMs: number,
): Promise<readonly InFlight[]> =>
  readStore(db, async (reader) => {
    const rows = await reader
      .selectFrom('flights')
      .select(['holder', 'flights'])
      .where('rollout_id', '=', rolloutId)
      .where('holder', '!=', holder)
      .where('said_at', '>=', sinceMs)
      .execute();
    return rows
      .flatMap((row) => JSON.parse(db.seal.open(row.flights, contextOf(row.holder, rolloutId))) as InFlight[])
      .toSorted((a, b) => a.sinceMs - b.sinceMs);
  });
