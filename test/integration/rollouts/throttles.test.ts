import http from 'node:http';
import type { AddressInfo } from 'node:net';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { startPostgres } from '../../support/postgres-server.ts';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { type Daemon, type Rollout, startDaemon } from '../fleet/daemon.ts';
import { type Fleet, makeFleet } from '../fleet/fleet.ts';

const groups = (throttle: string, inGroup = ''): string => `
  ${throttle}
  group "all" {
    parallel = 6
    ${inGroup}
  }`;

const NEWEST = '20240103000000';

interface Event {
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Versions in the tenants' own tables: who has been started. */
const startedOf = async (fleet: Fleet, tenants = fleet.tenants): Promise<number> => {
  const states = await Promise.all(tenants.map((tenant) => fleet.backend.read(tenant)));
  return states.filter(({ revisions }) => revisions.some(({ version }) => version === NEWEST)).length;
};

const eventsOf = async (daemon: Daemon, id: string, kind: string): Promise<readonly Event[]> => {
  const { body } = await daemon.ask<{ items: readonly Event[] }>(`/api/v1/rollouts/${id}/events?limit=500`);
  return body.items.filter((event) => event.kind === kind);
};

const isHeld =
  (reason: RegExp) =>
  ({ state, cause }: Rollout): boolean =>
    state === 'running' && reason.test(cause ?? '');

/** Held for several askings, shown, not a target started; once `release` is called it goes on by itself. */
async function holdsThenGoesOn(
  daemon: Daemon,
  fleet: Fleet,
  held: {
    readonly reason: RegExp;
    readonly policy: string;
    readonly release: () => Promise<void>;
    /** What holds before that. */
    readonly before?: { readonly reason: RegExp; readonly release: () => Promise<void> };
  },
): Promise<number> {
  const id = await daemon.start('shop');
  if (held.before !== undefined) {
    await daemon.until(id, 'held', isHeld(held.before.reason));
    await held.before.release();
  }
  await daemon.until(id, 'held', isHeld(held.reason));
  const asked = (): Promise<number> => daemon.ask('/metrics').then(({ text }) => throttledSeconds(text, held.policy));
  const first = await asked();
  await expect.poll(asked, { timeout: 30_000, interval: 200 }).toBeGreaterThan(first + 2);
  expect(await startedOf(fleet)).toBe(0);
  expect((await daemon.rollout(id)).counts).toEqual({ pending: fleet.tenants.length });
  const shown = await daemon.cli('rollout', 'get', id);
  expect(shown.stdout.replaceAll(/\s+/g, ' ')).toMatch(held.reason);
  const { text } = await daemon.ask('/metrics');
  expect(text).toMatch(new RegExp(`flotilla_throttle_active\\{reason="${held.policy}",host_group="all"\\} [12]`));
  const said = await eventsOf(daemon, id, 'StartsHeld');
  // Once for each host, or once for the group; not once for each asking.
  expect(said.length).toBeLessThanOrEqual(2);
  expect(said[0]?.data).toMatchObject({ group: 'all', policy: held.policy });

  const releasedMs = Date.now();
  await held.release();
  const done = await daemon.reach(id, 'succeeded');
  expect(done.counts).toEqual({ applied: fleet.tenants.length });
  expect(await startedOf(fleet)).toBe(fleet.tenants.length);
  const starts = await fleet.backend.readStartTimes(fleet.tenants, NEWEST);
  expect(starts.filter(({ atMs }) => atMs < releasedMs)).toEqual([]);
  const [release] = await eventsOf(daemon, id, 'StartsReleased');
  expect(release?.data).toMatchObject({ group: 'all', policy: held.policy });
  return throttledSeconds((await daemon.ask('/metrics')).text, held.policy);
}

const throttledSeconds = (text: string, policy: string): number =>
  Number(
    new RegExp(`flotilla_throttled_seconds_total\\{reason="${policy}",host_group="all"\\} (\\S+)`).exec(text)?.[1] ?? 0,
  );

describe('throttles in a rollout', async () => {
  const noPostgres = await skipReason(postgresServer);
  const noMariadb = await skipReason(mariadbServer);

  it.skipIf(noPostgres !== undefined)('hold while a standby lags behind, and until its lag is known', async () => {
    const primary = await startPostgres();
    const fleet = await makeFleet('schemas', {
      postgres: primary,
      tiers: { all: 8 },
      groups: groups('throttle "replica_lag" {\n    max = "1s"\n  }'),
    });
    const standby = await startPostgres({ standbyOf: primary, settings: { hot_standby: 'on' } });
    const daemon = await startDaemon({ shop: fleet });
    const ask = async (url: string, sql: string): Promise<void> => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(sql).finally(() => client.end());
    };
    const role = `${fleet.tenants[0]?.name.split('_')[0]}_fleet`;
    try {
      await ask(standby.url, 'SELECT pg_wal_replay_pause()');
      await ask(primary.url, 'CREATE TABLE lag_begins ()');
      const plan = await daemon.cli('rollout', 'plan', '--project', 'shop', '--env', 'prod');
      expect(plan.stdout).toMatch(/replica_lag +holds its host while the lag is above 1s/);
      const seconds = await holdsThenGoesOn(daemon, fleet, {
        before: {
          reason: /the replica lag of \S+ is not known: the role may not see statistics; GRANT pg_read_all_stats to it/,
          release: () => ask(primary.url, `GRANT pg_read_all_stats TO ${role}`),
        },
        reason: /host "127\.0\.0\.1:\d+" waits: throttle "replica_lag": the replica lag of \S+ is [\d.m]+s, max 1s/,
        policy: 'replica_lag',
        release: () => ask(standby.url, 'SELECT pg_wal_replay_resume()'),
      });
      process.stdout.write(`replica_lag held for ${seconds.toFixed(1)} s\n`);
    } finally {
      await daemon.stop();
      await standby.stop();
      await fleet.stop();
      await primary.stop();
    }
  });

  it.skipIf(noPostgres !== undefined)('hold one host by its own query while the other goes on to its end', async () => {
    const query =
      "SELECT right(current_database(), 1)::int % 2 = 1 AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'throttle_test')";
    const fleet = await makeFleet('databases', {
      tiers: { all: 6 },
      groups: groups('', `throttle "sql" "queue" {\n      query = "${query}"\n      every = "200ms"\n    }`),
    });
    const client = new pg.Client({ connectionString: (await postgresServer()).url });
    await client.connect();
    const daemon = await startDaemon({ shop: fleet });
    try {
      await client.query('CREATE ROLE throttle_test');
      const id = await daemon.start('shop');
      const [free, held] = [0, 1].map((host) => fleet.tenants.filter((tenant) => tenant.host === host));
      const reason = /host "127\.0\.0\.1:\d+" waits: throttle "queue": its query gives true/;
      await daemon.until(id, 'half done', (seen) => isHeld(reason)(seen) && seen.counts.applied === free?.length);
      expect(await startedOf(fleet, held)).toBe(0);
      await client.query('DROP ROLE throttle_test');
      expect((await daemon.reach(id, 'succeeded')).counts).toEqual({ applied: 6 });
    } finally {
      await daemon.stop();
      await client.query('DROP ROLE IF EXISTS throttle_test');
      await client.end();
      await fleet.stop();
    }
  });

  it.skipIf(noMariadb !== undefined)('hold while too many threads run on a MariaDB', async () => {
    const fleet = await makeFleet('mariadb', {
      tiers: { all: 6 },
      groups: groups('throttle "threads_running" {\n    max = 30\n  }'),
    });
    const server = await mariadbServer();
    const sleepers = await Promise.all(Array.from({ length: 40 }, () => mysql.createConnection(server.url)));
    for (const sleeper of sleepers) sleeper.query('SELECT SLEEP(600)').catch(() => undefined);
    const daemon = await startDaemon({ shop: fleet });
    try {
      await holdsThenGoesOn(daemon, fleet, {
        reason: /throttle "threads_running": \d+ threads run on 127\.0\.0\.1:\d+, max 30/,
        policy: 'threads_running',
        release: async () => {
          const killer = await mysql.createConnection(server.url);
          for (const sleeper of sleepers) await killer.query(`KILL ${sleeper.threadId}`);
          await killer.end();
        },
      });
    } finally {
      for (const sleeper of sleepers) sleeper.destroy();
      await daemon.stop();
      await fleet.stop();
    }
  });

  it('hold all until a web server answers 200, and show nothing of its password', async () => {
    let status = 503;
    const users = new Set<string | undefined>();
    const server = http.createServer((request, response) => {
      users.add(request.headers.authorization);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const secret = 'hunter2secret';
    const url = `http://probe:${secret}@127.0.0.1:${port}/ready?key=${secret}`;
    const fleet = await makeFleet('sqlite', {
      tiers: { all: 6 },
      groups: groups('throttle "http" {\n    url = getenv("READY_URL")\n  }'),
    });
    const daemon = await startDaemon({ shop: { ...fleet, env: { ...fleet.env, READY_URL: url } } });
    try {
      await holdsThenGoesOn(daemon, fleet, {
        reason: new RegExp(`group "all" waits: throttle "http": http://127\\.0\\.0\\.1:${port}/ready answers 503`),
        policy: 'http',
        release: async () => {
          status = 200;
        },
      });
      expect([...users]).toEqual([`Basic ${Buffer.from(`probe:${secret}`).toString('base64')}`]);
      expect(daemon.log()).not.toContain(secret);
    } finally {
      await daemon.stop();
      server.close();
      await fleet.stop();
    }
  });

  it('hold no more once an operator has lifted them; the others go on holding', async () => {
    const fleet = await makeFleet('sqlite', {
      tiers: { all: 4 },
      groups: groups(
        'throttle "sql" "one" {\n    query = "SELECT 1"\n  }\n  throttle "sql" "two" {\n    query = "SELECT 2"\n  }',
      ),
    });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const id = await daemon.start('shop');
      await daemon.until(id, 'held by both', isHeld(/"one": its query gives 1; throttle "two": its query gives 2/));
      const unknown = await daemon.cli('rollout', 'lift-throttle', id, '--throttle', 'tow', '--reason', 'x');
      expect([unknown.code, unknown.stderr]).toEqual([
        1,
        expect.stringContaining('has no throttle "tow"; it has "one", "two"'),
      ]);
      const bare = await daemon.cli('rollout', 'lift-throttle', id, '--throttle', 'one');
      expect(bare.code).toBe(1);
      await daemon.tell('lift-throttle', id, '--throttle', 'one', '--reason', 'the queue is stale');
      await daemon.until(id, 'held by the other', isHeld(/waits: throttle "two": its query gives 2/));
      expect(await startedOf(fleet)).toBe(0);
      await daemon.tell('lift-throttle', id, '--throttle', 'two', '--reason', 'go');
      expect((await daemon.reach(id, 'succeeded')).counts).toEqual({ applied: 4 });
      const lifted = await eventsOf(daemon, id, 'ThrottleLifted');
      expect(lifted).toMatchObject([
        { data: { throttle: 'one' }, reason: 'the queue is stale' },
        { data: { throttle: 'two' }, reason: 'go' },
      ]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
