import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { type FlotillaProcess, makeFlotillaProcess, sleep } from '../../faults/rig/flotilla-process.ts';
import { rolloutClient } from '../../faults/rig/rollout-client.ts';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { STORE_KEY } from '../../support/store-key.ts';
import { startTemporal } from '../../support/temporal-server.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';
import { readHistories } from '../fleet/temporal-history.ts';

const GROUPS = canaryThenRest(4);
const COUNT = 150;
const RESTARTS = 20;

const reason = await skipReason(postgresServer);
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('one API, one orchestrator and four engines on one rollout', () => {
  it.skipIf(reason !== undefined)(
    'lose nothing while engines come and go and the orchestrator is started again twenty times',
    async () => {
      const fleet = await makeFleet('schemas', { tiers: { canary: 1, rest: COUNT }, groups: GROUPS, slowS: 0.7 });
      closers.push(() => fleet.stop());
      const { temporal, make } = await prepareRoles(fleet);
      const before = await takeCensus(fleet);
      const api = await make('api', 'api');
      const orchestrator = await make('orchestrator', 'orchestrator');
      const engines = await Promise.all(['1', '2', '3', '4'].map((n) => make(`engine-${n}`, 'engine')));
      const [, leaving, replaced, joining] = engines;
      const first = [api, orchestrator, ...engines.slice(0, 3)];
      for (const one of first) one.spawn();
      await Promise.all(first.map((one) => one.untilReady()));
      const client = rolloutClient(api.address);
      const id = await client.start('shop');
      await client.untilState(id, 'running', 30_000);

      const changes: Record<number, () => void> = {
        3: () => joining?.spawn(),
        8: () => leaving?.signal('SIGTERM'),
        13: () => replaced?.signal('SIGTERM'),
        15: () => replaced?.spawn(),
      };
      const states: (string | undefined)[] = [];
      for (let n = 1; n <= RESTARTS; n += 1) {
        changes[n]?.();
        orchestrator.signal('SIGTERM');
        while (orchestrator.isAlive()) await sleep(20);
        orchestrator.spawn();
        await orchestrator.untilReady();
        states.push((await client.get(id))?.state);
      }
      expect(new Set(states.slice(0, -1))).toEqual(new Set(['running']));

      const done = await client.untilAtRest(id, 60_000);
      expect([done?.state, done?.counts]).toEqual(['succeeded', { applied: COUNT + 1 }]);
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
      expect(leaving?.isAlive()).toBe(false);
      const history = await readHistories(Number(temporal.address.split(':')[1]), 'default');
      expect(history).toContain(id);
      for (const text of [history, orchestrator.log()]) expect(text).not.toMatch(/[Nn]on-?determinis|TMPRL1100/);
    },
  );
});

describe('a slow statement of an engine process', () => {
  it.skipIf(reason !== undefined)('is seen in the view that another process gives', async () => {
    const fleet = await makeFleet('schemas', { tiers: { canary: 1, rest: 1 }, groups: GROUPS, slowS: 6 });
    closers.push(() => fleet.stop());
    const { make } = await prepareRoles(fleet);
    const all = await Promise.all(['api', 'orchestrator', 'engine'].map((role) => make(role, role)));
    for (const one of all) one.spawn();
    await Promise.all(all.map((one) => one.untilReady()));
    const client = rolloutClient(all[0]?.address ?? '');
    const id = await client.start('shop');
    await expect
      .poll(async () => (await client.get(id))?.inFlight, { timeout: 30_000, interval: 200 })
      .toEqual([expect.objectContaining({ group: 'canary', statement: expect.stringContaining('pg_sleep') })]);
    await client.untilAtRest(id, 60_000);
    await expect.poll(async () => (await client.get(id))?.inFlight, { timeout: 10_000 }).toEqual([]);
  });
});

/** A store and a Temporal server that processes of any role share. */
async function prepareRoles(fleet: Awaited<ReturnType<typeof makeFleet>>) {
  const storeUrl = await makeDatabase();
  const temporal = await startTemporal();
  closers.push(() => temporal.stop());
  const make = async (name: string, role: string): Promise<FlotillaProcess> => {
    const env = {
      ...fleet.env,
      FLOTILLA_ROLE: role,
      FLOTILLA_STORE_URL: storeUrl,
      FLOTILLA_STORE_KEY: Buffer.from(STORE_KEY).toString('base64'),
      FLOTILLA_TEMPORAL_ADDRESS: temporal.address,
    };
    const made = await makeFlotillaProcess(name, { args: ['--project', `shop=${fleet.project}`], env });
    closers.push(() => made.stop());
    return made;
  };
  return { temporal, make };
}

async function makeDatabase(): Promise<string> {
  const server = await postgresServer();
  const name = `store_${randomBytes(4).toString('hex')}`;
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await run(`CREATE DATABASE ${name}`);
  closers.push(() => run(`DROP DATABASE ${name} WITH (FORCE)`));
  return server.urlOf(name);
}
