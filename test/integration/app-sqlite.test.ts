import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app/app.ts';
import { createApp } from '../../src/app/create-app.ts';
import { createGateReader } from '../../src/app/gate-reader.ts';
import { createHostLimits } from '../../src/app/host-limits.ts';
import type { Projects } from '../../src/app/ports.ts';
import { createRunningTargets } from '../../src/app/running-targets.ts';
import { timeWindows } from '../../src/app/start-policies/time-windows.ts';
import { createTargetResolver } from '../../src/app/target-resolver.ts';
import type { EvaluatedProject, GroupConfig } from '../../src/config/types.ts';
import { hashDirectory } from '../../src/engine/index.ts';
import type { FlotillaEvent } from '../../src/shared/events.ts';
import type { StartWindow } from '../../src/shared/start-windows.ts';
import { isFinal } from '../../src/shared/states.ts';
import type { RolloutView } from '../../src/shared/wire.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/types.ts';
import { STORE_KEY } from '../support/store-key.ts';
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
  /** When targets were started, by the monotonic clock. */
  let starts: number[];
  /** The snapshots that the project was evaluated from. */
  let evaluatedFrom: unknown[];
  let resolver: ReturnType<typeof createTargetResolver>;
  let drive: ReturnType<typeof driveInProcess>;
  const ended = new AbortController();

  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flotilla-app-'));
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
    const shared = { store, engine, resolver, running, clock: realClock, settings: SETTINGS };
    const sink = { events: { emit: (event: FlotillaEvent) => events.push(event) } };
    drive = driveInProcess({
      ...shared,
      ...sink,
      gates: createGateReader(store, realClock),
      policies: [timeWindows(realClock, [])],
      hosts: createHostLimits(4),
    });
    app = createApp({ ...shared, ...sink, projects, workflows: drive, random: Math.random, signal: ended.signal });
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
    deployment: { name: 'fleet', groups, windows },
    filesRead: { 'atlas.hcl': 'env "prod" {}' },
    memoryDirectories: {},
  });
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
    expect(evaluatedFrom).toEqual([{ 'atlas.hcl': 'env "prod" {}' }]);
  });
});
