import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeThrottle } from '../../src/app/start-policies/throttle-probe.ts';
import type { Throttle } from '../../src/config/types.ts';
import { createEngine, DEFAULT_LIMITS, parseDatabaseUrl } from '../../src/engine/index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { mariadbServer, postgresServer, skipReason } from '../support/servers.ts';
import { realClock } from '../unit/app/slice-fixture.ts';

const common = { everyMs: 1_000, timeoutMs: 2_000, mask: (text: string) => text };
const engine = createEngine({ clock: realClock, events: { emit: () => undefined } });
afterAll(() => engine.close());
const ports = { engine, limits: DEFAULT_LIMITS, httpStatus: async () => 200 };
const probe = (throttle: Throttle, url: string): Promise<string | undefined> =>
  probeThrottle(ports, throttle, parseDatabaseUrl(url), new AbortController().signal);
const lagOf = (url: string, replicas: readonly string[] = []): Promise<string | undefined> =>
  probe(
    { kind: 'replica_lag', name: 'lag', ...common, maxMs: 500, replicas: replicas.map((one) => parseDatabaseUrl(one)) },
    url,
  );
const noPostgres = await skipReason(postgresServer);
const noMariadb = await skipReason(mariadbServer);

describe.skipIf(noPostgres !== undefined)('what Postgres says of its strain', () => {
  let primary: PostgresServer;
  let standby: PostgresServer | undefined;
  const ask = async (url: string, sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  beforeAll(async () => {
    primary = await startPostgres();
  });
  afterAll(async () => {
    await standby?.stop();
    await primary.stop();
  });

  it('a lag that is not known is not no lag', async () => {
    expect(await lagOf(primary.url)).toMatch(/is not known: no standby is connected to it; name standbys in replicas$/);
    expect(await lagOf(primary.url, [primary.url])).toMatch(/is not known: it is no standby$/);
  });

  it('by the primary and by the standby: above the limit while the replay stands still, and not before and after', async () => {
    standby = await startPostgres({ standbyOf: primary });
    const { url } = standby;
    const both = (): Promise<(string | undefined)[]> => Promise.all([lagOf(primary.url), lagOf(primary.url, [url])]);
    await ask(primary.url, 'CREATE TABLE moves ()');
    const arrives = () =>
      ask(url, 'SELECT FROM moves').then(
        () => true,
        () => false,
      );
    await expect.poll(arrives, { timeout: 20_000 }).toBe(true);
    await expect.poll(both, { timeout: 20_000 }).toEqual([undefined, undefined]);
    await ask(url, 'SELECT pg_wal_replay_pause()');
    await ask(primary.url, 'DROP TABLE moves');
    const [above, ofStandby] = [primary, standby].map(({ port }) =>
      expect.stringMatching(new RegExp(`^the replica lag of 127.0.0.1:${port} is [\\d.m]+s, max 500ms$`)),
    );
    await expect.poll(both, { timeout: 20_000 }).toEqual([above, ofStandby]);
    await ask(url, 'SELECT pg_wal_replay_resume()');
    await expect.poll(both, { timeout: 20_000 }).toEqual([undefined, undefined]);
  });

  it('sessions of others that are at work count, our own and idle ones do not', async () => {
    const threads: Throttle = { kind: 'threads_running', name: 'threads', ...common, max: 1 };
    const clients = ['app', 'app', 'flotilla r1 t1', 'flotilla r1 t2', 'idle'].map(
      (name) => new pg.Client({ connectionString: primary.url, application_name: name }),
    );
    for (const client of clients) {
      client.on('error', () => undefined);
      await client.connect();
    }
    const sleeps = clients.slice(0, 4).map((client) => client.query('SELECT pg_sleep(600)').catch(() => undefined));
    await expect
      .poll(() => probe(threads, primary.url), { timeout: 10_000 })
      .toBe(`2 threads run on 127.0.0.1:${primary.port}, max 1`);
    expect(await probe({ ...threads, max: 2 }, primary.url)).toBeUndefined();
    await ask(
      primary.url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()",
    );
    await Promise.all(sleeps);
    for (const client of clients) await client.end().catch(() => undefined);
    await ask(primary.url, "CREATE ROLE plain LOGIN PASSWORD 'plain'");
    const plain = primary.url.replace('postgres:postgres@', 'plain:plain@');
    for (const one of [probe(threads, plain), lagOf(plain)]) {
      expect(await one).toMatch(/not known: the role may not see statistics; GRANT pg_read_all_stats to it$/);
    }
  });
});

it.skipIf(noMariadb !== undefined)('a MariaDB that is no replica says so, and nothing else', async () => {
  const { url, port } = await mariadbServer();
  expect(await lagOf(url)).toBe(
    `the replica lag of 127.0.0.1:${port} is not known: it is no replica; name replicas in replicas`,
  );
});
