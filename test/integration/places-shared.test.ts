import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashDirectory } from '../../src/engine/index.ts';
import { type FlotillaProcess, makeFlotillaProcess, sleep } from '../faults/rig/flotilla-process.ts';
import { rolloutClient } from '../faults/rig/rollout-client.ts';
import { makeStoreDatabase } from '../faults/rig/store-database.ts';
import { mariadbServer, postgresServer, skipReason } from '../support/servers.ts';
import { startTemporal } from '../support/temporal-server.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { mariadbTenants, postgresTenants, type TenantServer } from './places-tenants.ts';

/** Two rollouts, each of so many databases of one server, by two engine processes: never more than `LIMIT` at once over all of it. */
const TENANTS = 80;
const LIMIT = 6;
const SLOW_S = 0.7;
/** A lease is for 6 s; the beat of the other process and its first target come after it. */
const TAKEN_OVER_MS = 10_000;

const noPostgres = await skipReason(postgresServer);
const KINDS = [
  { kind: 'Postgres', start: postgresTenants, reason: noPostgres },
  { kind: 'MariaDB', start: mariadbTenants, reason: noPostgres ?? (await skipReason(mariadbServer)) },
];

// The store is on Postgres, whatever the tenants are.
describe.each(KINDS)('a $kind server that two engine processes share', ({ start, reason }) => {
  const folder = throwAwayFolder('places');
  const closers: (() => Promise<unknown>)[] = [];
  let server: TenantServer;
  let processes: readonly [FlotillaProcess, FlotillaProcess];

  const writeProject = (name: string): string => {
    const project = path.join(folder, name);
    fs.mkdirSync(path.join(project, 'migrations'), { recursive: true });
    const files = { '1_init.sql': server.file(SLOW_S) };
    for (const [file, text] of Object.entries({ ...files, 'atlas.sum': hashDirectory(files, 'atlas') }))
      fs.writeFileSync(path.join(project, 'migrations', file), text);
    const names = JSON.stringify(Array.from({ length: TENANTS }, (_, i) => `${name}${i}`));
    fs.writeFileSync(
      path.join(project, 'atlas.hcl'),
      `deployment "all" {\n  group "all" {\n    parallel = 12\n    on_error = CONTINUE\n  }\n}\nenv "prod" {\n  for_each = toset(jsondecode("${names.replaceAll('"', '\\"')}"))\n  url = urlsetpath(getenv("FLEET"), each.value)\n  migration {\n    dir = "file://migrations"\n  }\n  rollout {\n    deployment = deployment.all\n  }\n}\n`,
    );
    return project;
  };

  beforeAll(async () => {
    if (reason !== undefined) return;
    server = await start();
    closers.push(() => server.stop());
    await server.make(['shop', 'crm'].flatMap((name) => Array.from({ length: TENANTS }, (_, i) => `${name}${i}`)));
    const store = await makeStoreDatabase();
    closers.push(() => store.drop());
    const temporal = await startTemporal();
    closers.push(() => temporal.stop());
    const projects = ['shop', 'crm'].flatMap((name) => ['--project', `${name}=${writeProject(name)}`]);
    const make = (name: string, role: string) =>
      makeFlotillaProcess(name, {
        args: ['--role', role, '--temporal-address', temporal.address, ...projects],
        env: { ...store.env, FLEET: server.url, FLOTILLA_PER_HOST: String(LIMIT) },
      });
    processes = [await make('daemon', 'all'), await make('engine', 'engine')];
    for (const one of processes) {
      closers.push(() => one.stop());
      one.spawn();
    }
    await Promise.all(processes.map((one) => one.untilReady()));
  }, 240_000);
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it.skipIf(reason !== undefined)(
    'never has more of our sessions than its limit, and none of its places is lost with a process',
    async () => {
      const [daemon, engine] = processes;
      const client = rolloutClient(daemon.address);
      const ids = [await client.start('shop'), await client.start('crm')];
      /** What an observer of its own sees on the server: our sessions at work, and of which rollout those at work are. */
      const seen: { readonly atMs: number; readonly sessions: number; readonly ofRollout: readonly number[] }[] = [];
      let isOver = false;
      const watch = (async () => {
        while (!isOver) {
          const databases = await server.atWork();
          const ofRollout = ['shop', 'crm'].map((name) => databases.filter((one) => one.startsWith(name)).length);
          seen.push({ atMs: performance.now(), sessions: databases.length, ofRollout });
          await sleep(3);
        }
      })();
      const placesOf = async ({ address }: FlotillaProcess): Promise<number> =>
        Number(/^flotilla_host_places (\d+)/m.exec(await (await fetch(`${address}/metrics`)).text())?.[1] ?? 0);
      const until = async (what: string, holds: () => boolean | Promise<boolean>, waitMs: number): Promise<void> => {
        const deadline = performance.now() + waitMs;
        while (!(await holds())) {
          if (performance.now() > deadline) {
            const stand = await Promise.all(ids.map(async (id) => JSON.stringify((await client.get(id)) ?? '')));
            const places = await Promise.all(processes.map((one) => placesOf(one).catch(() => 'none')));
            throw new Error(`not within ${waitMs} ms: ${what}; places ${places.join(' and ')}\n${stand.join('\n')}`);
          }
          await sleep(20);
        }
      };
      try {
        await until(
          'half of the places are with each process',
          async () => (await placesOf(daemon)) === LIMIT / 2 && (await placesOf(engine)) === LIMIT / 2,
          20_000,
        );
        await engine.kill();
        await until('the other has all places', async () => (await placesOf(daemon)) === LIMIT, TAKEN_OVER_MS);
        const takenOver = performance.now();
        for (const id of ids)
          expect(await client.untilAtRest(id, 90_000)).toMatchObject({ counts: { applied: TENANTS } });
        isOver = true;
        await watch;
        expect(Math.max(...seen.map(({ sessions }) => sessions))).toBe(LIMIT);
        // It came to use the places of the dead one, too.
        expect(Math.max(...seen.filter(({ atMs }) => atMs > takenOver).map(({ sessions }) => sessions))).toBe(LIMIT);
        // While both rollouts were at work neither was left with nothing for long.
        for (const rollout of [0, 1])
          expect(seen.filter(({ ofRollout }) => (ofRollout[rollout] ?? 0) > 0).length).toBeGreaterThan(seen.length / 4);
      } finally {
        isOver = true;
        await watch.catch(() => undefined);
      }
    },
    150_000,
  );
});
