import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { type Daemon, startDaemon } from '../../test/integration/fleet/daemon.ts';
import { type Fleet, makeFleet } from '../../test/integration/fleet/fleet.ts';
import { startPrometheus } from '../../test/support/prometheus.ts';

const RULES = path.resolve(import.meta.dirname, '../../deploy/prometheus/flotilla.rules.yml');
const SHOP = `
  group "canary" {
    match = var.tier == "canary"
    bake  = "8s"
  }
  group "early" {
    match    = var.tier == "early"
    parallel = 4
  }
  group "rest" {
    parallel     = 6
    max_failures = "10%"
  }`;
const BILLING = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel = 4
  }`;
const CRM = `
  throttle "http" {
    url   = getenv("CRM_READY")
    every = "500ms"
  }
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel = 3
  }`;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A daemon with rollouts of three projects, watched by a Prometheus from the beginning: one that bakes and meets held locks, one whose canary
 * fails, one that an operator pauses and a throttle holds. Two of them still run when they are handed over.
 * @param hand is given the address of the Prometheus, from when on there is something to see, and the id of the first of the three
 */
export async function withWatchedDemo(
  hand: (seen: { readonly address: string; readonly fromS: number; readonly rollout: string }) => Promise<void>,
): Promise<void> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const keep = async <T extends { stop(): Promise<void> }>(made: Promise<T>): Promise<T> => {
      const one = await made;
      stops.push(() => one.stop());
      return one;
    };
    let busy = false;
    const ready = http.createServer((_, response) => response.writeHead(busy ? 503 : 200).end());
    await new Promise<void>((resolve) => ready.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => ready.close(resolve)));
    const shop = await keep(
      makeFleet('schemas', { tiers: { canary: 2, early: 16, rest: 150 }, groups: SHOP, slowS: 0.4 }),
    );
    const billing = await keep(makeFleet('sqlite', { tiers: { canary: 2, rest: 30 }, groups: BILLING }));
    const crm = await keep(makeFleet('schemas', { tiers: { canary: 1, rest: 70 }, groups: CRM, slowS: 0.5 }));
    const [sick] = billing.of('canary');
    if (sick !== undefined) await billing.backend.run(sick, ['ALTER TABLE accounts RENAME TO accounts_away']);
    const daemon = await keep(
      startDaemon(
        { shop, billing, crm },
        {
          CRM_READY: `http://127.0.0.1:${(ready.address() as AddressInfo).port}/ready`,
          FLOTILLA_RETRY_BACKOFF: '2s,4s,8s',
        },
      ),
    );
    const prometheus = await keep(
      startPrometheus({
        target: daemon.address.replace('http://', ''),
        rules: fs.readFileSync(RULES, 'utf8'),
        interval: '1s',
      }),
    );
    await sleep(2_000);
    const fromS = Date.now() / 1000;
    const ids = { shop: await daemon.start('shop'), crm: await daemon.start('crm') };
    const unlock = await lockSome(shop);
    const failing = await daemon.start('billing');
    await daemon.reach(failing, 'paused');
    await sleep(5_000);
    await daemon.tell('pause', ids.crm, '--reason', 'a look at the canary');
    await daemon.reach(ids.crm, 'paused');
    await daemon.tell('retry', failing, '--failed');
    await sleep(6_000);
    await daemon.tell('resume', ids.crm);
    busy = true;
    await sleep(10_000);
    busy = false;
    await daemon.tell('abort', failing, '--reason', 'the canary does not have its table');
    // Longer than all tries of a statement.
    await sleep(15_000);
    await unlock();
    await untilApplied(daemon, ids.shop, 135);
    // On a busy machine a scrape may be lost, and with it everything that counts now.
    while ((await prometheus.query('flotilla_rollout_info')).length === 0) await sleep(100);
    await hand({ address: prometheus.address, fromS, rollout: ids.shop });
  } finally {
    for (const stop of stops.splice(0).reverse()) await stop();
  }
}

/** Locks a table of some tenants, as a report that runs long does. */
async function lockSome(fleet: Fleet): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: fleet.backend.hosts[0] });
  await client.connect();
  await client.query('BEGIN');
  for (const { name } of fleet.of('rest').slice(0, 4)) await client.query(`LOCK TABLE "${name}".accounts`);
  return () => client.end();
}

async function untilApplied(daemon: Daemon, id: string, count: number): Promise<void> {
  for (const deadline = Date.now() + 180_000; Date.now() < deadline; await sleep(200)) {
    if (((await daemon.rollout(id)).counts.applied ?? 0) >= count) return;
  }
  throw new Error(`rollout ${id} does not get to ${count} targets`);
}
