import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { created, newRollout } from '../contract/store/new-rollout.ts';
import { runToEnd } from '../support/child-process.ts';
import { postgresClientPrograms } from '../support/postgres-client-programs.ts';
import { postgresServer, skipReason } from '../support/servers.ts';
import { STORE_KEY } from '../support/store-key.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { type Daemon, type Rollout, startDaemon } from './fleet/daemon.ts';
import { makeFleet } from './fleet/fleet.ts';
import { findWrongs, takeCensus } from './fleet/oracle.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/flotilla.js');
const DAY = 86_400_000;
const GROUPS = `
  group "all" {
    parallel = 2
    on_error = CONTINUE
  }`;

const COUNT = 40;

/** Targets that nobody has begun, in a copy of a store. */
function pendingIn(file: string): number {
  const copy = new DatabaseSync(file, { readOnly: true });
  try {
    return Number(copy.prepare("select count(*) as n from targets where state = 'pending'").get()?.n);
  } finally {
    copy.close();
  }
}

/** `flotilla store …` with these variables and nothing else of ours. */
function store(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(FLOTILLA|TEMPORAL)_/.test(name)));
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'store', ...args], {
    env: { ...clean, NO_COLOR: '1', ...env },
    cwd: throwAwayFolder('store-commands'),
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr, json: () => JSON.parse(stdout) };
}

const inTheMiddle = ({ counts, inFlight }: Rollout): boolean => (counts.applied ?? 0) > 2 && inFlight.length > 0;

/** The restored store is whole, and the rollout that was live in it comes to its end. */
async function expectEnd(env: Readonly<Record<string, string>>, daemon: Daemon, id: string): Promise<void> {
  const checked = store(env, 'check', '-o', 'json');
  expect([checked.code, checked.json()]).toEqual([
    0,
    expect.objectContaining({ ok: true, key: 'ok', rollouts: 1, broken: [], damage: [] }),
  ]);
  await daemon.serve();
  const done = await daemon.reach(id, 'succeeded');
  // What it had applied after the backup bears its name on the target: found, not run again.
  expect(done.counts).toEqual({ applied: COUNT });
}

describe('a backup of a store', () => {
  it('taken in the middle of a rollout brings that rollout to its end after everything else was lost', async () => {
    const fleet = await makeFleet('sqlite', { tiers: { rest: COUNT }, groups: GROUPS, slowS: 0.3 });
    const daemon = await startDaemon({ shop: fleet });
    const copy = path.join(throwAwayFolder('backup'), 'flotilla.db');
    try {
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      await daemon.until(id, 'in the middle', inTheMiddle);
      const said = store({ FLOTILLA_STATE_DIR: daemon.stateDir }, 'backup', copy);
      expect([said.code, said.stderr]).toEqual([0, '']);
      expect(said.stdout).toContain('store.key');
      expect(fs.statSync(copy).mode & 0o777).toBe(0o600);
      const key = fs.readFileSync(path.join(daemon.stateDir, 'store.key'));
      // More is applied after the backup, which the restored store does not know of.
      const inCopy = pendingIn(copy);
      expect(inCopy).toBeGreaterThan(5);
      await daemon.until(id, 'further', ({ counts }) => (counts.pending ?? 0) < inCopy - 3);
      expect(store({ FLOTILLA_STATE_DIR: daemon.stateDir }, 'backup', copy)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('INPUT_INVALID'),
      });
      await daemon.end();
      fs.rmSync(daemon.stateDir, { recursive: true });

      fs.mkdirSync(daemon.stateDir, { recursive: true });
      fs.copyFileSync(copy, path.join(daemon.stateDir, 'flotilla.db'));
      fs.writeFileSync(path.join(daemon.stateDir, 'store.key'), key, { mode: 0o600 });
      await expectEnd({ FLOTILLA_STATE_DIR: daemon.stateDir }, daemon, id);
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});

const noPostgres = await skipReason(postgresServer);
const noDump = noPostgres ?? (await skipReason(postgresClientPrograms));

/** An empty database of the server, and what removes it. */
async function makeDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const server = await postgresServer();
  const name = `store_${randomBytes(4).toString('hex')}`;
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await run(`create database ${name}`);
  return { url: server.urlOf(name), drop: () => run(`drop database ${name} with (force)`) };
}

describe('pg_dump of a store on Postgres', () => {
  it.skipIf(noDump !== undefined)(
    'in the middle of a rollout, restored into an empty database, brings that rollout to its end',
    async () => {
      const { pgDump, pgRestore } = await postgresClientPrograms();
      const fleet = await makeFleet('sqlite', { tiers: { rest: COUNT }, groups: GROUPS, slowS: 0.3 });
      const lost = await makeDatabase();
      const env: Record<string, string> = {
        FLOTILLA_STORE_URL: lost.url,
        FLOTILLA_STORE_KEY: Buffer.from(STORE_KEY).toString('base64'),
      };
      // The daemon reads it at each start: another store is another start.
      const daemon = await startDaemon({ shop: fleet }, env);
      const restored = await makeDatabase();
      const copy = path.join(throwAwayFolder('backup'), 'flotilla.dump');
      try {
        const before = await takeCensus(fleet);
        const id = await daemon.start('shop');
        await daemon.until(id, 'in the middle', inTheMiddle);
        runToEnd(pgDump, ['--format=custom', `--file=${copy}`, lost.url]);
        runToEnd(pgRestore, ['--no-owner', `--dbname=${restored.url}`, copy]);
        const pending = await countPending(restored.url);
        expect(pending).toBeGreaterThan(5);
        // More is applied after the backup, which the restored store does not know of.
        await daemon.until(id, 'further', ({ counts }) => (counts.pending ?? 0) < pending - 3);
        await daemon.end();
        fs.rmSync(daemon.stateDir, { recursive: true });
        await lost.drop();

        env.FLOTILLA_STORE_URL = restored.url;
        await expectEnd(env, daemon, id);
        expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
      } finally {
        await daemon.stop();
        await fleet.stop();
        await restored.drop();
      }
    },
  );
});

async function countPending(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ n: string }>("select count(*) as n from targets where state = 'pending'");
  await client.end();
  return Number(rows[0]?.n);
}

describe.each([
  ['SQLite', undefined],
  ['Postgres', noPostgres],
])('flotilla store on %s', (kind, reason) => {
  it.skipIf(reason !== undefined)('migrates, checks and prunes', async () => {
    const stateDir = throwAwayFolder('store-state');
    const env: Record<string, string> = {
      FLOTILLA_STATE_DIR: stateDir,
      FLOTILLA_STORE_KEY: Buffer.from(STORE_KEY).toString('base64'),
    };
    const file = path.join(stateDir, 'flotilla.db');
    let change: (sql: string) => Promise<void>;
    if (kind === 'SQLite') {
      new DatabaseSync(file).close();
      change = async (sql) => {
        const raw = new DatabaseSync(file);
        raw.exec(sql);
        raw.close();
      };
    } else {
      const server = await postgresServer();
      const name = `store_${randomBytes(4).toString('hex')}`;
      const onServer = async (url: string, sql: string): Promise<void> => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        await client.query(sql);
        await client.end();
      };
      await onServer(server.url, `create database ${name}`);
      env.FLOTILLA_STORE_URL = server.urlOf(name);
      change = (sql) => onServer(server.urlOf(name), sql);
    }
    const empty = store(env, 'check');
    expect([empty.code, empty.stdout]).toEqual([1, expect.stringContaining('flotilla store migrate')]);
    const migrated = store(env, 'migrate', '-o', 'json');
    expect([migrated.code, migrated.json()]).toEqual([0, { from: 0, to: expect.any(Number) }]);
    expect(store(env, 'migrate').stdout).toContain('already');

    const key = { key: STORE_KEY };
    const open = await openStore(
      kind === 'SQLite' ? { file, ...key } : { url: env.FLOTILLA_STORE_URL ?? '', ...key },
      0,
    );
    const ended = { state: 'succeeded' as const, cause: null, next: null, groups: [] };
    for (const [id, createdAtMs] of [
      ['old1', 1],
      ['new1', 2],
    ] as const) {
      await open.createRollout(
        newRollout(id, { project: 'shop', perHost: 2, createdAtMs: createdAtMs * DAY }),
        created,
      );
      await open.saveStatus(id, 0, ended, createdAtMs * DAY);
    }
    await open.close();
    expect(store(env, 'check').stdout).toMatch(/^rollouts {2}2\nok\n/m);
    expect(store({ ...env, FLOTILLA_STORE_KEY: randomBytes(32).toString('base64') }, 'check')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('key       wrong'),
    });

    await change("update events set actor = 'nobody' where rollout_id = 'new1' and seq = 1");
    const tampered = store(env, 'check', '-o', 'json');
    expect([tampered.code, tampered.json()]).toEqual([
      1,
      expect.objectContaining({ ok: false, rollouts: 2, broken: [{ rollout: 'new1', event: 1 }] }),
    ]);

    expect(store(env, 'prune', '--older-than', '90d', '--dry-run').stdout).toMatch(
      /^old1 .*4 targets\nwould be removed: 1/,
    );
    const pruned = store(env, 'prune', '--older-than', '90d', '-o', 'json');
    expect(pruned.json()).toMatchObject({ dryRun: false, rollouts: [{ id: 'old1', targets: 4 }] });
    expect(store(env, 'check', '-o', 'json').json()).toMatchObject({ rollouts: 1 });
    expect(store(env, 'prune', '--older-than', 'soon')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('INPUT_INVALID'),
    });
    expect(store(env, 'prune')).toMatchObject({ code: 1, stderr: expect.stringContaining('older-than') });
    if (kind === 'Postgres')
      expect(store(env, 'backup', 'x.db')).toMatchObject({ code: 1, stderr: expect.stringContaining('pg_dump') });
    else expect(store({ FLOTILLA_STATE_DIR: throwAwayFolder('none') }, 'check').stderr).toContain('STORE_UNAVAILABLE');
  });
});
