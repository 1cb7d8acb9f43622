import { type Kysely, type Selectable, sql } from 'kysely';
import { type StoreDatabase, writeStore } from './database.ts';
import { sharePlaces } from './share-places.ts';
import type { HostLeasesTable, HostLimitsTable, Tables } from './tables.ts';
import type { HostPlaces, HostPlacesAsked } from './types.ts';

/** Among the advisory locks of the store's database the one of the places: their sum is read and written by one process at a time. */
const PLACES_LOCK = 7_214_307;
/** A process that is frozen in the middle of it must not keep the others from their places. */
const FROZEN_MS = 1_000;
/** So many times its limit must a host have borne before it gets one more (AIMD, fleet.md R4). */
const QUIET_ROUNDS = 4;

export const takeHostPlaces = (
  db: StoreDatabase,
  holder: string,
  leaseMs: number,
  asked: readonly HostPlacesAsked[],
): Promise<readonly HostPlaces[]> =>
  writeStore(db, async (trx) => {
    if (db.dialect === 'postgres') {
      await sql`select set_config('idle_in_transaction_session_timeout', ${`${FROZEN_MS}ms`}, true), pg_advisory_xact_lock(${PLACES_LOCK})`.execute(
        trx,
      );
    }
    const nowMs = await readClock(db, trx);
    const hosts = asked.map(({ host }) => host);
    await trx.deleteFrom('host_leases').where('until', '<=', nowMs).execute();
    const leases = await trx.selectFrom('host_leases').selectAll().where('host', 'in', hosts).execute();
    const limits = await trx.selectFrom('host_limits').selectAll().where('host', 'in', hosts).execute();
    const answers = asked.map((ask) => {
      const others = leases.filter((lease) => lease.host === ask.host && lease.holder !== holder);
      const known = limits.find(({ host }) => host === ask.host);
      return answer(ask, { holder, others, limit: learn(known, ask, others), nowMs });
    });
    await writeLeases(trx, holder, asked, answers, nowMs + leaseMs);
    await writeLimits(trx, limits, answers);
    return answers.map(({ learnt, ...places }) => places);
  });

type Limit = Selectable<HostLimitsTable>;
type Lease = Selectable<HostLeasesTable>;

/** The server's time in ms: those of the processes may differ. */
async function readClock(db: StoreDatabase, trx: Kysely<Tables>): Promise<number> {
  const now =
    db.dialect === 'postgres'
      ? sql<{ now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`
      : sql<{ now: number }>`select cast(unixepoch('subsec') * 1000 as integer) as now`;
  return Number((await now.execute(trx)).rows[0]?.now);
}

/** Half as many where the host has refused, one more where it has borne what it gets for long. A refusal of before the last halving is no news. */
function learn(known: Limit | undefined, ask: HostPlacesAsked, others: readonly Lease[]): Limit {
  const row = known ?? { host: ask.host, places: ask.most, halved: 0, quiet: 0 };
  if (ask.refused !== undefined && ask.refused.halved === row.halved) {
    const running = ask.refused.running + others.reduce((sum, lease) => sum + lease.running, 0);
    const places = Math.max(1, Math.floor(Math.min(row.places, ask.most, running) / 2));
    return { ...row, places, halved: row.halved + 1, quiet: 0 };
  }
  if (row.places >= ask.most) return row;
  const quiet = row.quiet + ask.borne;
  return quiet < QUIET_ROUNDS * row.places ? { ...row, quiet } : { ...row, places: row.places + 1, quiet: 0 };
}

function answer(
  ask: HostPlacesAsked,
  found: { readonly holder: string; readonly others: readonly Lease[]; readonly limit: Limit; readonly nowMs: number },
): HostPlaces & { readonly learnt: Limit } {
  const { holder, others, limit } = found;
  const most = Math.min(limit.places, ask.most);
  const shares = sharePlaces([...others, { holder, wanted: ask.wanted }], most, found.nowMs);
  const share = shares.get(holder) ?? 0;
  const taken = others.reduce((sum, lease) => sum + lease.places, 0);
  // What it is at work on it keeps; more only where others have let go of it.
  const places = ask.wanted === 0 ? 0 : Math.max(ask.kept, Math.min(share, most - taken));
  return { host: ask.host, places, share, limit: most, halved: limit.halved, learnt: limit };
}

async function writeLeases(
  trx: Kysely<Tables>,
  holder: string,
  asked: readonly HostPlacesAsked[],
  answers: readonly HostPlaces[],
  until: number,
): Promise<void> {
  const given = asked.filter(({ wanted }) => wanted === 0).map(({ host }) => host);
  if (given.length > 0)
    await trx.deleteFrom('host_leases').where('holder', '=', holder).where('host', 'in', given).execute();
  const rows = asked.flatMap(({ host, wanted, running }, i) =>
    wanted === 0 ? [] : [{ host, holder, wanted, running, places: answers[i]?.places ?? 0, until }],
  );
  if (rows.length === 0) return;
  await trx
    .insertInto('host_leases')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['host', 'holder']).doUpdateSet(({ ref }) => ({
        places: ref('excluded.places'),
        wanted: ref('excluded.wanted'),
        running: ref('excluded.running'),
        until: ref('excluded.until'),
      })),
    )
    .execute();
}

/** Only what has changed: a host that was never refused has no row. */
async function writeLimits(
  trx: Kysely<Tables>,
  before: readonly Limit[],
  answers: readonly { readonly learnt: Limit }[],
): Promise<void> {
  const changed = answers
    .map(({ learnt }) => learnt)
    .filter((limit) => {
      const old = before.find(({ host }) => host === limit.host);
      return old === undefined ? limit.halved > 0 : old !== limit;
    });
  if (changed.length === 0) return;
  await trx
    .insertInto('host_limits')
    .values(changed)
    .onConflict((conflict) =>
      conflict.column('host').doUpdateSet(({ ref }) => ({
        places: ref('excluded.places'),
        halved: ref('excluded.halved'),
        quiet: ref('excluded.quiet'),
      })),
    )
    .execute();
}
