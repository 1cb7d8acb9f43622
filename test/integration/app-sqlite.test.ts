import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app/app.ts';
import { createApp } from '../../src/app/create-app.ts';
import type { AppDeps } from '../../src/app/deps.ts';
import { createGateReader } from '../../src/app/gate-reader.ts';
import { createHeldStarts } from '../../src/app/held-starts.ts';
import { createHostLimits } from '../../src/app/host-limits.ts';
import type { Projects } from '../../src/app/ports.ts';
import { createRunningTargets } from '../../src/app/running-targets.ts';
import type { AppSettings } from '../../src/app/settings.ts';
import { ownFlights } from '../../src/app/shared-flights.ts';
import { hourlyCap } from '../../src/app/start-policies/hourly-cap.ts';
import { timeWindows } from '../../src/app/start-policies/time-windows.ts';
import { createTargetResolver } from '../../src/app/target-resolver.ts';
import type { EvaluatedProject, GroupConfig } from '../../src/config/types.ts';
import { hashDirectory } from '../../src/engine/index.ts';
import type { CountOrShare } from '../../src/shared/count-or-share.ts';
import type { FlotillaEvent } from '../../src/shared/events.ts';
import type { StartWindow } from '../../src/shared/start-windows.ts';
import { isFinal, type JoinersMode } from '../../src/shared/states.ts';
import type { RolloutView } from '../../src/shared/wire.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/types.ts';
import { STORE_KEY } from '../support/store-key.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { realClock, SETTINGS } from '../unit/app/slice-fixture.ts';
import { driveInProcess } from './app-drive.ts';
import { fileUrl, sqliteFileEngine } from './app-sqlite-engine.ts';

const olga = { name: 'olga', role: 'operator' } as const;
const FILES = {
  '20240101000000_first.sql': 'CREATE TABLE accounts (id integer);\n',
  '20240102000000_second.sql': 'ALTER TABLE accounts ADD COLUMN note text;\nCREATE TABLE marks (n integer);\n',
};
const TO = '20240102000000';
const body = { project: 'shop', env: 'prod' };

const group = (name: string, more: Partial<GroupConfig> = {}): GroupConfig => ({
  name,
  hasMatch: name === 'canary',
  parallel: 3,
  perHost: null,
  maxFailures: { count: 0 },
  budgetMode: 'STRICT',
  onFailure: 'PAUSE',
  bakeMs: 0,
  approval: false,
  dependsOn: [],
  ...more,
});

describe('a rollout over SQLite files, without Temporal', () => {
  let folder: string;
  let store: Store;
  let app: App;
  let events: FlotillaEvent[];
  let groups: GroupConfig[];
  let windows: StartWindow[];
  let files: Record<string, string>;
  let tenants: string[];
  let settings: { -readonly [K in keyof AppSettings]: AppSettings[K] };
  let maxShrink: CountOrShare | undefined;
  let maxPerHour: number | undefined;
  /** Of the clock that the cap goes by. */
  let aheadMs: number;
  let joiners: JoinersMode;
  /** When targets were started, by the monotonic clock. */
  let starts: number[];
  /** The snapshots that the project was evaluated from. */
  let evaluatedFrom: unknown[];
  let resolver: ReturnType<typeof createTargetResolver>;
  let drive: ReturnType<typeof driveInProcess>;
  /** Another process on the same store. */
  let makeApp: (other: Partial<Pick<AppDeps, 'store' | 'workflows'>>) => App;
  const ended = new AbortController();

  beforeEach(async () => {
    folder = throwAwayFolder('app');
    maxShrink = undefined;
    maxPerHour = undefined;
    aheadMs = 0;
    joiners = 'LEAVE';
    windows = [];
    groups = [group('canary'), group('rest', { maxFailures: null })];
    files = { ...FILES, 'atlas.sum': hashDirectory(FILES, 'atlas') };
    tenants = Array.from({ length: 14 }, (_, i) => path.join(folder, `host-${i % 2}`, `t${i}.db`));
    for (const [i, file] of tenants.entries()) {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      const db = new DatabaseSync(file);
      // Half of them stand at the first version.
      db.exec('create table revisions (version text primary key)');
      if (i % 2 === 0) db.exec(`${FILES['20240101000000_first.sql']} insert into revisions values ('20240101000000')`);
      db.close();
    }
    store = await openStore({ file: path.join(folder, 'store.db'), key: STORE_KEY }, Date.now());
    events = [];
    starts = [];
    evaluatedFrom = [];
    const engine = sqliteFileEngine({ delayMs: 15, onStart: () => starts.push(performance.now()) });
    const projects: Projects = {
      names: () => ['shop'],
      readDirectory: async () => ({ files, format: 'atlas' }),
      evaluate: async (_project, _env, options) => {
        if (options.files !== undefined) evaluatedFrom.push(options.files);
        return { value: project(), diagnostics: [] };
      },
    };
    const running = createRunningTargets(engine, realClock);
    resolver = createTargetResolver({ store, projects, clock: realClock });
    settings = { ...SETTINGS };
    const shared = { store, engine, resolver, running, clock: realClock, settings };
    const sink = { events: { emit: (event: FlotillaEvent) => events.push(event) } };
    drive = driveInProcess({
      ...shared,
      ...sink,
      gates: createGateReader(store, realClock),
      held: createHeldStarts(realClock),
      policies: [
        timeWindows(realClock, []),
        hourlyCap({ store, clock: { nowMs: () => realClock.nowMs() + aheadMs } }, 1_000),
      ],
      hosts: createHostLimits(4),
    });
    makeApp = (other) =>
      createApp({
        ...{
          ...shared,
          ...sink,
          flights: ownFlights(running),
          projects,
          workflows: drive,
          random: Math.random,
          signal: ended.signal,
        },
        ...other,
      });
    app = makeApp({});
  });
  afterEach(async () => {
    await store.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const project = (): EvaluatedProject => ({
    envs: tenants.map((file, i) => ({
      name: 'prod',
      src: [],
      schemas: [],
      exclude: [],
      formats: {},
      migration: { dir: 'file://migrations' },
      target: {
        id: `t${i}`,
        url: fileUrl(file),
        labels: {},
        matches: groups.map(({ hasMatch }) => !hasMatch || i < 2),
        orderKeys: groups.map(() => []),
      },
    })),
    deployment: {
      ...{ name: 'fleet', groups, windows, joiners },
      ...(maxShrink === undefined ? {} : { maxShrink }),
      ...(maxPerHour === undefined ? {} : { maxPerHour }),
    },
    filesRead: { 'atlas.hcl': 'env "prod" {}' },
    memoryDirectories: {},
    schemaSources: {},
  });
  const addTenant = (): void => {
    const file = path.join(folder, 'host-0', `t${tenants.length}.db`);
    const db = new DatabaseSync(file);
    db.exec('create table revisions (version text primary key)');
    db.close();
    tenants = [...tenants, file];
  };
  const versionsOf = (i: number): unknown[] => {
    const db = new DatabaseSync(tenants[i] ?? '');
    const rows = db.prepare('select version from revisions order by version').all();
    db.close();
    return rows.map(({ version }) => version);
  };
  const isDone = (i: number): boolean => versionsOf(i).at(-1) === TO;
  const doneCount = (): number => tenants.filter((_, i) => isDone(i)).length;
  const poison = (i: number): void => sql(i, 'CREATE TABLE marks (x integer)');
  const sql = (i: number, text: string): void => {
    const db = new DatabaseSync(tenants[i] ?? '');
    db.exec(text);
    db.close();
  };
  const reach = async (id: string, ...states: RolloutView['state'][]): Promise<RolloutView> => {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const view = await app.getRollout(id);
      if (states.includes(view.state)) return view;
      if (isFinal(view.state) || Date.now() > deadline) throw new Error(`${id} is ${view.state}: ${view.cause}`);
      await realClock.sleep(10);
    }
  };
  const start = () => app.startRollout(body, { actor: olga });

  it('brings the change to every tenant, canary first, once', async () => {
    const view = await start();
    expect(view).toMatchObject({ project: 'shop', env: 'prod', toVersion: TO, targets: 14, createdBy: 'olga' });
    const end = await reach(view.id, 'succeeded');
    expect(end.counts).toEqual({ applied: 14 });
    expect(end.groups.map(({ name, size, state }) => [name, size, state])).toEqual([
      ['canary', 2, 'done'],
      ['rest', 12, 'done'],
    ]);
    for (const i of tenants.keys()) expect(versionsOf(i)).toEqual(['20240101000000', TO]);
    expect(await store.verifyEvents(view.id)).toBeUndefined();
    expect(events.filter(({ kind }) => kind === 'TargetMigrated')).toHaveLength(14);

    const again = await start();
    expect((await reach(again.id, 'succeeded')).counts).toEqual({ unchanged: 14 });
  });

  it('plans what it will do, and touches nothing', async () => {
    const plan = await app.planRollout(body);
    expect(plan).toMatchObject({ targets: 14, toVersion: TO, states: { pending: 14, unchanged: 0, refused: 0 } });
    expect(plan.groups.map(({ name, size, targets }) => [name, size, targets])).toEqual([
      ['canary', 2, ['t0', 't1']],
      ['rest', 12, undefined],
    ]);
    expect(plan.groups[0]?.notes).toEqual(['parallel 3 is held at 1 by max_failures = 0']);
    expect(plan.plans.map(({ from, to, count, files: names }) => [from, to, count, names])).toEqual([
      ['', TO, 7, Object.keys(FILES)],
      ['20240101000000', TO, 7, ['20240102000000_second.sql']],
    ]);
    expect(plan.plans[1]?.statements[0]).toMatchObject({ lock: expect.stringContaining('whole file') });
    expect(doneCount()).toBe(0);
    expect((await app.listRollouts({ limit: 5 })).items).toEqual([]);
  });

  it('plans with the smaller one of the caps an hour, and says how long they make it take', async () => {
    expect(await app.planRollout(body)).not.toHaveProperty('maxPerHour');
    settings.maxPerHour = 20;
    expect(await app.planRollout(body)).toMatchObject({
      maxPerHour: 20,
      notes: ['no more than 20 targets of the env are started an hour'],
    });
    maxPerHour = 5;
    expect(await app.planRollout(body)).toMatchObject({
      maxPerHour: 5,
      notes: ['no more than 5 targets of the env are started an hour: 14 take 2h at the least'],
    });
  });

  it('stops at a sick canary, and goes on when it is mended and retried', async () => {
    poison(0);
    const { id } = await start();
    const paused = await reach(id, 'paused');
    expect(paused.counts).toMatchObject({ failed: 1 });
    expect(paused.cause).toContain('marks');
    expect(paused.next).toContain(`flotilla rollout`);
    expect(paused.causes).toMatchObject([{ count: 1, targets: ['t0'], group: 'canary', class: 'permanent' }]);
    expect(doneCount()).toBeLessThanOrEqual(1);
    await expect(app.resumeRollout(id, { actor: olga })).rejects.toMatchObject({ code: 'ROLLOUT_BUDGET' });
    sql(0, 'DROP TABLE marks');
    await app.retryTargets(id, { actor: olga });
    expect((await reach(id, 'succeeded')).counts).toEqual({ applied: 14 });
    expect(doneCount()).toBe(14);
  });

  it('keeps its failure budget, whatever runs at once', async () => {
    groups = [group('rest', { hasMatch: false, parallel: 6, maxFailures: { count: 2 } })];
    for (let i = 0; i < 9; i++) poison(i);
    const { id } = await start();
    expect((await reach(id, 'paused')).counts.failed).toBe(3);
    for (let i = 0; i < 9; i++) sql(i, 'DROP TABLE marks');
    await app.retryTargets(id, { actor: olga });
    expect((await reach(id, 'succeeded')).counts).toEqual({ applied: 14 });
  });

  it('leaves a skipped tenant as it is', async () => {
    poison(0);
    const { id } = await start();
    await reach(id, 'paused');
    await app.skipTargets(id, { actor: olga, targets: ['t0'], reason: 'leaves us' });
    if ((await app.getRollout(id)).state === 'paused')
      await app.resumeRollout(id, { actor: olga }).catch(() => undefined);
    expect((await reach(id, 'succeeded')).counts).toEqual({ applied: 13, skipped: 1 });
    expect(isDone(0)).toBe(false);
    expect(await app.getTarget(id, 't0')).toMatchObject({ state: 'skipped', reason: 'leaves us' });
  });

  it('starts nothing after a pause was acknowledged, and the rest after a resume', async () => {
    groups = [group('rest', { hasMatch: false, parallel: 2, maxFailures: null })];
    const { id } = await start();
    while (starts.length < 4) await realClock.sleep(5);
    await app.pauseRollout(id, { actor: olga, reason: 'lunch' });
    const acknowledged = performance.now();
    const view = await reach(id, 'paused');
    // Slices of several targets were in flight: what stopped them is the gate.
    expect(starts.filter((at) => at > acknowledged)).toEqual([]);
    const atPause = doneCount();
    expect(view.counts.applied).toBe(atPause);
    expect(atPause).toBeLessThan(14);
    await realClock.sleep(300);
    expect(doneCount()).toBe(atPause);
    expect((await app.getRollout(id)).state).toBe('paused');
    await app.resumeRollout(id, { actor: olga });
    expect((await reach(id, 'succeeded')).counts).toEqual({ applied: 14 });
  });

  it('starts nothing in a freeze, and says until when', async () => {
    const freeze = { kind: 'freeze', name: 'sale', labels: {}, zone: 'UTC', fromMs: Date.now() - 1 } as const;
    windows = [{ ...freeze, group: 'rest', toMs: Date.now() + 3_600_000 }];
    const { id } = await start();
    let view = await app.getRollout(id);
    while (view.cause === undefined) {
      await realClock.sleep(10);
      view = await app.getRollout(id);
    }
    expect(view).toMatchObject({ state: 'running', counts: { applied: 2, pending: 12 } });
    expect(view.cause).toMatch(/^group "rest" waits: freeze "sale" until \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    expect([starts.length, doneCount()]).toEqual([2, 2]);
    const told = (await store.events(id, 0, 100)).filter(({ data }) => data.cause === view.cause);
    expect(told).toHaveLength(1);
    // A slice that hands everything back shows in no list; whoever skips all that waits ends it.
    const rest = Array.from({ length: 12 }, (_, i) => `t${i + 2}`);
    await app.skipTargets(id, { actor: olga, targets: rest, reason: 'frozen' });
    expect((await reach(id, 'succeeded')).counts).toEqual({ applied: 2, skipped: 12 });
  });

  it('goes on at once when two people override the freeze, or begins so', async () => {
    const freeze = { kind: 'freeze', name: 'sale', labels: {}, zone: 'UTC', fromMs: Date.now() - 1 } as const;
    windows = [{ ...freeze, toMs: Date.now() + 3_600_000 }];
    const olgasToken = { ...olga, hasToken: true } as const;
    const { id } = await start();
    await expect.poll(async () => (await app.getRollout(id)).cause).toContain('freeze "sale"');
    await app.overrideFreeze(id, { actor: olgasToken, reason: 'outage' });
    expect(doneCount()).toBe(0);
    const kim = { name: 'kim', role: 'operator', hasToken: true } as const;
    await app.overrideFreeze(id, { actor: kim, reason: 'agreed' });
    const over = await reach(id, 'succeeded');
    expect(over).toMatchObject({
      counts: { applied: 14 },
      freezeOverride: { requestedBy: 'olga', approvedBy: 'kim', reason: 'outage' },
    });

    for (const i of tenants.keys()) sql(i, `delete from revisions; drop table accounts; drop table marks`);
    const asked = { ...body, reason: 'outage', overrideFreeze: { approvedBy: 'kim' } };
    await expect(
      app.startRollout({ ...asked, overrideFreeze: {} }, { actor: olga, idempotencyKey: 'k' }),
    ).rejects.toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
    const again = await app.startRollout(asked, { actor: olga });
    expect((await reach(again.id, 'succeeded')).counts).toEqual({ applied: 14 });
  });

  it('starts no more targets an hour than the deployment has it, over its rollouts', async () => {
    maxPerHour = 5;
    const startsUntilHeld = async (): Promise<string> => {
      const { id } = await start();
      const cause = 'group "rest" waits: no more than 5 targets an hour';
      await expect.poll(async () => (await app.getRollout(id)).cause, { timeout: 5_000 }).toBe(cause);
      return id;
    };
    const haveStarted = async (n: number): Promise<void> => {
      // One lane may be held while others are at work.
      await expect.poll(doneCount).toBeGreaterThanOrEqual(n);
      expect([starts.length, doneCount()]).toEqual([n, n]);
    };
    const first = await startsUntilHeld();
    // Another policy than the freezes: two people do not end it.
    await app.overrideFreeze(first, { actor: olga, reason: 'outage', approvedBy: 'kim' });
    await expect.poll(async () => (await app.getRollout(first)).cause).toContain('an hour');
    await haveStarted(5);
    await app.abortRollout(first, { actor: olga });
    await reach(first, 'aborted');
    const second = await startsUntilHeld();
    await haveStarted(5);
    await app.abortRollout(second, { actor: olga });
    await reach(second, 'aborted');
    aheadMs = 3_600_000;
    const third = await startsUntilHeld();
    await haveStarted(10);
    await app.abortRollout(third, { actor: olga });
    await reach(third, 'aborted');
  });

  it('goes on by itself when the freeze is over', async () => {
    const fromMs = Date.now() - 1;
    const toMs = Date.now() + 4_000;
    windows = [{ kind: 'freeze', name: 'sale', labels: {}, zone: 'UTC', fromMs, toMs }];
    const { id } = await start();
    expect((await reach(id, 'succeeded')).counts).toEqual({ applied: 14 });
    const held = events.filter(({ kind }) => kind === 'StartsHeld');
    expect(held.length).toBeGreaterThan(0);
    // Two clocks of one machine: the monotonic one is adjusted, too.
    expect(performance.timeOrigin + Math.min(...starts)).toBeGreaterThan(toMs - 100);
  });

  it('is over after an abort: whole or untouched, and not to be brought back', async () => {
    const { id } = await start();
    while (doneCount() < 4) await realClock.sleep(5);
    await app.abortRollout(id, { actor: olga, reason: 'wrong file' });
    const view = await reach(id, 'aborted');
    const atAbort = doneCount();
    expect(view.counts).toEqual({ pending: 14 - atAbort, applied: atAbort });
    await expect(app.resumeRollout(id, { actor: olga })).rejects.toMatchObject({ code: 'ROLLOUT_OVER' });
    await expect(app.retryTargets(id, { actor: olga })).rejects.toMatchObject({ code: 'ROLLOUT_OVER' });
    await realClock.sleep(200);
    expect(doneCount()).toBe(atAbort);
  });

  it('waits for an approval, and bakes until it is promoted', async () => {
    groups = [group('canary', { bakeMs: 600_000 }), group('rest', { approval: true, maxFailures: null })];
    const { id } = await start();
    await reach(id, 'baking');
    expect(doneCount()).toBe(2);
    await app.promoteRollout(id, { actor: olga });
    expect((await reach(id, 'awaiting_approval')).next).toContain('flotilla rollout approve');
    expect(doneCount()).toBe(2);
    await app.approveRollout(id, { actor: olga });
    await reach(id, 'succeeded');
    expect(doneCount()).toBe(14);
  });

  it('is one rollout for one idempotency key, and one at a time for an env', async () => {
    const views = await Promise.all(
      Array.from({ length: 20 }, () => app.startRollout(body, { actor: olga, idempotencyKey: 'ci-1' })),
    );
    const [first] = views;
    expect(new Set(views.map(({ id }) => id)).size).toBe(1);
    const other = app.startRollout({ ...body, toVersion: TO }, { actor: olga, idempotencyKey: 'ci-1' });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    await expect(start()).rejects.toMatchObject({
      code: 'ROLLOUT_LIVE',
      message: expect.stringContaining(first?.id ?? ''),
    });
    await reach(first?.id ?? '', 'succeeded');
    const later = await app.startRollout(body, { actor: olga, idempotencyKey: 'ci-1' });
    expect(later.id).toBe(first?.id);
  });

  it('begins what a process has created that died before the workflow was started, when the same key is asked again', async () => {
    const dead = makeApp({ workflows: { ...drive, start: () => new Promise(() => undefined) } });
    const asked = { actor: olga, idempotencyKey: 'ci-1' };
    dead.startRollout(body, asked).catch(() => undefined);
    await expect.poll(async () => (await app.listRollouts({ limit: 1 })).items.length).toBe(1);
    const { id, state } = await app.startRollout(body, asked);
    expect(state).not.toBe('succeeded');
    expect((await reach(id, 'succeeded')).counts).toEqual({ applied: 14 });
  });

  it('takes what another process creates under the key meanwhile for its own', async () => {
    const asked = { actor: olga, idempotencyKey: 'ci-1' };
    let other: Promise<RolloutView> | undefined;
    /** Behind the first question of the start the other process is faster. */
    const overtaken = async <T>(question: Promise<T>): Promise<T> => {
      const answer = await question;
      other ??= app.startRollout(body, asked);
      await other;
      return answer;
    };
    const slow = makeApp({
      store: {
        ...store,
        findByKey: (key) => overtaken(store.findByKey(key)),
        liveRollouts: () => overtaken(store.liveRollouts()),
      },
    });
    const { id } = await slow.startRollout(body, asked);
    expect(id).toBe((await other)?.id);
    await reach(id, 'succeeded');
  });

  it('asks before it leaves a tenth of the last fleet behind', async () => {
    const before = await start();
    await reach(before.id, 'succeeded');
    // 1 of 14 may be missing.
    tenants = tenants.slice(1);
    const almost = await start();
    await reach(almost.id, 'succeeded');
    tenants = tenants.slice(2);
    const shrink = { lastRollout: almost.id, lastTargets: 13, targets: 11, limit: '10%', missing: ['t11', 't12'] };
    expect((await app.planRollout(body)).shrink).toEqual(shrink);
    await expect(start()).rejects.toMatchObject({
      code: 'FLEET_SHRANK',
      message: `the env has 11 targets now, its last rollout "${almost.id}" had 13; max_shrink is 10%; missing: "t11", "t12"`,
      next: expect.stringContaining('flotilla rollout start --project shop --env prod --accept-shrink'),
    });
    expect((await app.listRollouts({ limit: 5 })).items.map(({ id }) => id)).toEqual([almost.id, before.id]);
    const accepted = await app.startRollout({ ...body, acceptShrink: true, reason: 'two left' }, { actor: olga });
    await reach(accepted.id, 'succeeded');
    const [created] = await app.listEvents(accepted.id, { afterSeq: 0, limit: 1 });
    expect(created).toMatchObject({ actor: 'olga', reason: 'two left', data: { acceptedShrink: shrink } });
    // What was accepted is what the next one is compared with.
    await reach((await start()).id, 'succeeded');
  });

  it('counts tenants that appear while it runs, and leaves them to the next rollout', async () => {
    const { id } = await start();
    addTenant();
    const end = await reach(id, 'succeeded');
    expect(end).toMatchObject({ targets: 15, joined: 1, counts: { applied: 14, joined: 1 } });
    expect(end.groups.at(-1)).toMatchObject({ name: 'joined', size: 1, state: 'done', counts: { joined: 1 } });
    expect(isDone(14)).toBe(false);
    expect((await app.listTargets(id, { states: ['joined'], limit: 5 })).items).toMatchObject([{ id: 't14' }]);
    expect(events.filter(({ kind }) => kind === 'TargetsJoined')).toMatchObject([{ count: 1, taken: false }]);
    const next = await reach((await start()).id, 'succeeded');
    expect(next.counts).toEqual({ unchanged: 14, applied: 1 });
    expect(next).not.toHaveProperty('joined');
  });

  it('migrates tenants that appear in a last group, round after round', async () => {
    joiners = 'TAIL';
    const { id } = await start();
    addTenant();
    const first = async (): Promise<void> => {
      while (!isDone(14)) await realClock.sleep(5);
      addTenant();
    };
    await first();
    const end = await reach(id, 'succeeded');
    expect(end.counts).toEqual({ applied: 16 });
    expect(end).toMatchObject({ targets: 16, joined: 2 });
    expect(end.groups.at(-1)).toMatchObject({ name: 'joined', size: 2, state: 'done', counts: { applied: 2 } });
    for (const i of [14, 15]) expect(versionsOf(i)).toEqual(['20240101000000', TO]);
    expect(await store.verifyEvents(id)).toBeUndefined();
  });

  it('leaves a target in quarantine out until it is released, and counts it wherever one looks', async () => {
    const target = { project: 'shop', env: 'prod', target: 't9' };
    const nobody = app.quarantineTarget({ ...target, reason: 'poison' }, olga);
    await expect(nobody).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    groups = [group('canary'), group('rest', { maxFailures: null })];
    poison(9);
    const first = await start();
    expect((await reach(first.id, 'failed')).counts).toEqual({ applied: 13, failed: 1 });
    await expect(app.quarantineTarget({ ...target, target: 't99', reason: 'x' }, olga)).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
      next: `flotilla targets list --rollout ${first.id} --state failed`,
    });
    const put = await app.quarantineTarget({ ...target, reason: 'poison' }, olga);
    expect(put).toMatchObject({ ...target, reason: 'poison', by: 'olga' });
    expect((await app.listQuarantine({ project: 'shop', limit: 5 })).items).toEqual([put]);
    expect(await app.planRollout(body)).toMatchObject({
      targets: 14,
      states: { pending: 0, unchanged: 13, quarantined: 1 },
      notes: ['1 in quarantine, left out: "t9"'],
    });
    const second = await start();
    const end = await reach(second.id, 'succeeded');
    expect(end).toMatchObject({ targets: 14, counts: { unchanged: 13, quarantined: 1 } });
    expect(end.targetSetDigest).not.toBe(first.targetSetDigest);
    expect(await app.getTarget(second.id, 't9')).toMatchObject({ state: 'quarantined', reason: 'poison' });
    const [made] = await app.listEvents(second.id, { afterSeq: 0, limit: 1 });
    expect(made?.data).toMatchObject({ targets: 14, quarantined: 1 });
    sql(9, 'DROP TABLE marks');
    await app.releaseTarget(target, olga);
    await expect(app.releaseTarget(target, olga)).rejects.toMatchObject({ code: 'TARGET_NOT_QUARANTINED' });
    expect((await reach((await start()).id, 'succeeded')).counts).toEqual({ applied: 1, unchanged: 13 });
    expect(events.filter(({ kind }) => kind === 'QuarantineChanged')).toMatchObject([
      { verb: 'quarantine', target: 't9', actor: 'olga', reason: 'poison' },
      { verb: 'release', target: 't9', actor: 'olga' },
    ]);
  });

  it('puts a target into quarantine by itself that fails permanently in two rollouts in a row, where that is asked for', async () => {
    settings.quarantineAfter = 2;
    poison(9);
    poison(10);
    const failedIds = async (): Promise<readonly string[]> => {
      const { id } = await start();
      await reach(id, 'failed');
      return (await app.listTargets(id, { states: ['failed'], limit: 9 })).items.map((target) => target.id);
    };
    expect(await failedIds()).toEqual(['t9', 't10']);
    expect((await app.listQuarantine({ limit: 5 })).items).toEqual([]);
    // t10 is mended between the two, and another one breaks.
    sql(10, 'DROP TABLE marks');
    sql(11, 'DROP TABLE marks');
    sql(11, `DELETE FROM revisions WHERE version = '${TO}'`);
    expect(await failedIds()).toEqual(['t9', 't11']);
    const reason = 'failed permanently in 2 rollouts in a row';
    expect((await app.listQuarantine({ limit: 5 })).items).toMatchObject([{ target: 't9', reason, by: 'flotilla' }]);
    expect(events.filter(({ kind }) => kind === 'QuarantineChanged')).toMatchObject([{ target: 't9', reason }]);
    expect(await failedIds()).toEqual(['t11']);
    expect((await app.listQuarantine({ limit: 5 })).items.map(({ target }) => target)).toEqual(['t11', 't9']);
  });

  it('compares with what the deployment allows, where it says so', async () => {
    await reach((await start()).id, 'succeeded');
    tenants = tenants.slice(8);
    maxShrink = { percent: 60 };
    await reach((await start()).id, 'succeeded');
    tenants = tenants.slice(1);
    maxShrink = { count: 0 };
    await expect(start()).rejects.toMatchObject({
      code: 'FLEET_SHRANK',
      message: expect.stringContaining('max_shrink is 0; missing: "t5"'),
    });
  });

  it('is refused for a directory that does not fit its sum, and for a version that is not there', async () => {
    files = { ...files, '20240101000000_first.sql': '-- edited\n' };
    await expect(start()).rejects.toMatchObject({
      code: 'DIRECTORY_CHECKSUM',
      message: expect.stringContaining('20240101000000_first.sql'),
    });
    const { 'atlas.sum': _sum, ...bare } = files;
    files = bare;
    await expect(start()).rejects.toMatchObject({ code: 'DIRECTORY_CHECKSUM', message: 'checksum file not found' });
    files = { ...FILES, 'atlas.sum': hashDirectory(FILES, 'atlas') };
    const wrong = app.startRollout({ ...body, toVersion: '20990101000000' }, { actor: olga });
    await expect(wrong).rejects.toMatchObject({
      code: 'VERSION_NOT_FOUND',
      message: expect.stringContaining('20990101'),
    });
    expect((await app.listRollouts({ limit: 5 })).items).toEqual([]);
    expect(doneCount()).toBe(0);
  });

  it('runs what was there when it was created, whatever changes on disk', async () => {
    groups = [group('canary'), group('rest', { approval: true, maxFailures: null })];
    const { id } = await start();
    await reach(id, 'awaiting_approval');
    files = {};
    resolver.forget(id); // as in another process: nothing but the snapshot is left
    await app.approveRollout(id, { actor: olga });
    expect((await reach(id, 'succeeded')).counts).toEqual({ applied: 14 });
    expect(evaluatedFrom.length).toBeGreaterThan(0);
    for (const files of evaluatedFrom) expect(files).toEqual({ 'atlas.hcl': 'env "prod" {}' });
  });
});
