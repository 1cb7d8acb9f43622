import fs from 'node:fs';
import path from 'node:path';
import { type Prometheus, startPrometheus } from '../../support/prometheus.ts';
import { type Daemon, startDaemon } from '../fleet/daemon.ts';
import { type Fleet, makeFleet } from '../fleet/fleet.ts';

const RULES = path.resolve(import.meta.dirname, '../../../deploy/prometheus/flotilla.rules.yml');
const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel     = 6
    max_failures = 1
  }`;
const BAKING = `
  group "canary" {
    match = var.tier == "canary"
    bake  = "10m"
  }
  group "rest" {
    approval = true
  }`;

/** The shipped rules, but what they wait for is over at once. */
const impatient = (): string => fs.readFileSync(RULES, 'utf8').replace(/^( +for:) .*$/gm, '$1 0s');

export interface WatchedFleet {
  readonly daemon: Daemon;
  readonly prometheus: Prometheus;
  /** Rollouts by what became of them. */
  readonly ids: {
    /** Its canary failed, and that is all that it may. */
    readonly canary: string;
    /** Its canaries are well, and two of the rest failed where one may. */
    readonly budget: string;
    /** An operator paused it while it was baking. */
    readonly paused: string;
  };
  stop(): Promise<void>;
}

/**
 * A daemon with three rollouts that somebody has to look at, on SQLite files and Postgres schemas, and a Prometheus that has scraped it from
 * the beginning.
 * @throws NotToBeHad
 */
export async function watchedFleet(): Promise<WatchedFleet> {
  const tiers = { canary: 2, rest: 8 };
  const fleets: Fleet[] = [];
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  const fleet = async (...asked: Parameters<typeof makeFleet>): Promise<Fleet> => {
    const made = await makeFleet(...asked);
    fleets.push(made);
    stops.push(() => made.stop());
    return made;
  };
  try {
    const canary = await fleet('sqlite', { tiers, groups: GROUPS });
    const budget = await fleet('schemas', { tiers, groups: GROUPS });
    const paused = await fleet('sqlite', { tiers, groups: BAKING });
    const sick = [...canary.of('canary').slice(0, 1), ...budget.of('rest').slice(0, 4)];
    for (const one of sick)
      await (canary.tenants.includes(one) ? canary : budget).backend.run(one, [
        'ALTER TABLE accounts RENAME TO accounts_away',
      ]);
    const daemon = await startDaemon({ canary, budget, paused });
    stops.push(() => daemon.stop());
    const prometheus = await startPrometheus({ target: daemon.address.replace('http://', ''), rules: impatient() });
    stops.push(() => prometheus.stop());
    // Counters have to be seen before they grow.
    await until('the first scrape', async () => (await prometheus.query('flotilla_build_info')).length > 0);
    const ids = {
      paused: await daemon.start('paused'),
      budget: await daemon.start('budget'),
      canary: await daemon.start('canary'),
    };
    await daemon.reach(ids.paused, 'baking');
    await daemon.tell('pause', ids.paused, '--reason', 'a look at the canaries');
    for (const id of Object.values(ids)) await daemon.reach(id, 'paused');
    return { daemon, prometheus, ids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Asks until it holds. @throws after 30 s, with what was waited for */
export async function until(what: string | (() => string), holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
