import { findArtifact, putArtifact } from './artifacts.ts';
import { listUndelivered, markDelivered, putCommand } from './commands.ts';
import { countByGroup, countTargets, totalTargets } from './counters.ts';
import { createRollout, sweepStaged } from './create-rollout.ts';
import type { StoreDatabase, StoreWatch } from './database.ts';
import { appendEvent, listEvents, listStateChanges, verifyEvents } from './events.ts';
import { flightsElsewhere, reportFlights } from './flights.ts';
import { overrideFreeze } from './freeze-override.ts';
import { closeGate, openGate, readGate, takeOver } from './gates.ts';
import { takeHostPlaces } from './host-places.ts';
import { joinTargets } from './joiners.ts';
import { checkKey } from './key-check.ts';
import { liftThrottle } from './lifted-throttles.ts';
import { migrateStore } from './migrate-store.ts';
import { reopenTargets, skipTargets } from './moves.ts';
import { openPostgres } from './open-postgres.ts';
import { openSqlite } from './open-sqlite.ts';
import { pruneRollouts } from './prune-rollouts.ts';

import { listQuarantine, quarantine, releaseQuarantine } from './quarantine.ts';
import { beginRevert, revertCounts, revertSpans } from './reverts.ts';
import {
  findByKey,
  findRollout,
  findRolloutIds,
  listGroups,
  listLiveRollouts,
  listRollouts,
  reviveRollout,
  saveStatus,
} from './rollouts.ts';
import { createSeal } from './seal.ts';
import { claimSlice, finishSlice } from './slices.ts';
import { startUnderCap } from './starts.ts';
import { findTarget, listCauses, listTargets } from './targets.ts';
import type { Store } from './types.ts';

/** A creation that has been going on for longer than this was cut short by a crash. */
const STAGED_MS = 3_600_000;

/** Opens the back end as it is, its tables untouched. @throws AppError STORE_UNAVAILABLE */
export function openBackEnd(location: StoreLocation): StoreDatabase {
  const seal = createSeal(location.key);
  return 'file' in location ? openSqlite(location.file, seal) : openPostgres(location.url, seal);
}

/** Where the store is: a SQLite file (`:memory:` is not possible, there are two connections), or a Postgres database. */
export type StoreLocation = ({ readonly file: string } | { readonly url: string }) & {
  /** 32 bytes: what may hold secrets (files of projects, variables) is encrypted under it. */
  readonly key: Uint8Array;
};

/**
 * Opens the store and brings its tables up to date.
 * @param nowMs milliseconds since the epoch, to tell leftovers of a crash from what another process is writing now
 * @param watch told of each write when it has ended
 * @throws AppError STORE_UNAVAILABLE, STORE_KEY_WRONG
 */
export async function openStore(location: StoreLocation, nowMs: number, watch?: StoreWatch): Promise<Store> {
  const opened = openBackEnd(location);
  const db: StoreDatabase = watch === undefined ? opened : { ...opened, watch };
  try {
    await migrateStore(db);
    db.afterMigration?.();
    await checkKey(db);
    await sweepStaged(db, nowMs - STAGED_MS);
  } catch (error) {
    await db.close();
    throw error;
  }
  return storeOf(db);
}

const storeOf = (db: StoreDatabase): Store => ({
  putArtifact: (digest, content, nowMs) => putArtifact(db, digest, content, nowMs),
  getArtifact: (digest) => findArtifact(db, digest),
  createRollout: (rollout, event) => createRollout(db, rollout, event),
  getRollout: (id) => findRollout(db, id),
  findByKey: (key) => findByKey(db, key),
  findRollouts: (prefix) => findRolloutIds(db, prefix),
  listRollouts: (filter) => listRollouts(db, filter),
  liveRollouts: () => listLiveRollouts(db),
  groups: (id) => listGroups(db, id),
  counts: (id) => countTargets(db, id),
  groupCounts: (id) => countByGroup(db, id),
  totals: (id) => totalTargets(db, id),
  saveStatus: (id, epoch, status, nowMs) => saveStatus(db, id, epoch, status, nowMs),
  gate: (id) => readGate(db, id),
  closeGate: (id, options, event, nowMs) => closeGate(db, id, options, event, nowMs),
  openGate: (id, options) => openGate(db, id, options),
  takeOver: (id) => takeOver(db, id),
  beginRevert: (id, command, event, nowMs) => beginRevert(db, id, command, event, nowMs),
  revertSpans: (id, scope) => revertSpans(db, id, scope),
  revertCounts: (id) => revertCounts(db, id),
  liftThrottle: (id, lift, nowMs) => liftThrottle(db, id, lift, nowMs),
  overrideFreeze: (id, asked, nowMs) => overrideFreeze(db, id, asked, nowMs),
  startUnderCap: (start, nowMs) => startUnderCap(db, start, nowMs),
  takeHostPlaces: (holder, leaseMs, asked) => takeHostPlaces(db, holder, leaseMs, asked),
  reportFlights: (holder, flights, nowMs) => reportFlights(db, holder, flights, nowMs),
  flightsElsewhere: (rolloutId, holder, sinceMs) => flightsElsewhere(db, rolloutId, holder, sinceMs),
  reviveRollout: (id, event, nowMs) => reviveRollout(db, id, event, nowMs),
  claimSlice: (id, slice) => claimSlice(db, id, slice),
  finishSlice: (id, slice, results, options, nowMs) => finishSlice(db, id, slice, results, options, nowMs),
  reopenTargets: (id, commandId, scope, event, nowMs) => reopenTargets(db, id, commandId, scope, event, nowMs),
  skipTargets: (id, commandId, targets, reason, event, nowMs) =>
    skipTargets(db, id, commandId, targets, reason, event, nowMs),
  joinTargets: (id, command, limits, targets, event, nowMs) =>
    joinTargets(db, id, command, limits, targets, event, nowMs),
  listTargets: (id, filter) => listTargets(db, id, filter),
  getTarget: (id, targetId) => findTarget(db, id, targetId),
  causes: (id, limit) => listCauses(db, id, limit),
  quarantine: (target, nowMs) => quarantine(db, target, nowMs),
  releaseQuarantine: (target, nowMs) => releaseQuarantine(db, target, nowMs),
  listQuarantine: (filter) => listQuarantine(db, filter),
  appendEvent: (id, event, nowMs) => appendEvent(db, id, event, nowMs),
  events: (id, afterSeq, limit) => listEvents(db, id, afterSeq, limit),
  stateChanges: (id) => listStateChanges(db, id),
  verifyEvents: (id) => verifyEvents(db, id),
  putCommand: (id, command, nowMs) => putCommand(db, id, command, nowMs),
  undeliveredCommands: () => listUndelivered(db),
  commandDelivered: (id) => markDelivered(db, id),
  pruneRollouts: (options, nowMs) => pruneRollouts(db, options, nowMs),
  check: () => db.check(),
  close: () => db.close(),
});
