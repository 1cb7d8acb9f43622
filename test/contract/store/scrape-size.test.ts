import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readLiveRollouts } from '../../../src/app/read-live-rollouts.ts';
import { createEventMetrics } from '../../../src/observability/event-metrics.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { IDLE } from '../../support/idle-metrics.ts';
import { STORE_KEY } from '../../support/store-key.ts';
import { created, newRollout } from './new-rollout.ts';

const TARGETS = 100_000;
const HOSTS = Array.from({ length: 1_000 }, (_, i) => `db-${i}:5432`);
/** Goal of the issue in ms, times this: a busy machine is no reason to fail. The figure itself is printed. */
const GOAL_MS = 20;
const GENEROUS = 10;
const STATEMENTS = ['create_table', 'alter_table', 'create_index', 'drop_table', 'insert', 'update'];
const ROUTES = ['rollouts', 'rollouts/:id', 'rollouts/:id/events', 'rollouts/:id/targets', 'rollouts/:id/pause'];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flotilla-scrape-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

it('a scrape stays small and quick with 100,000 targets on 1,000 hosts', { timeout: 120_000 }, async () => {
  const store = await openStore({ file: path.join(folder, 'store.db'), key: STORE_KEY }, Date.now());
  const id = 'large';
  await store.createRollout(newRollout(id, { hosts: HOSTS, perHost: TARGETS / HOSTS.length }), created);
  const epoch = await store.takeOver(id);
  await store.openGate(id, { epoch, knownPauseSeq: 0 });
  const metrics = createMetrics({ ...IDLE, nowMs: Date.now, liveRollouts: () => readLiveRollouts(store) });
  const count = createEventMetrics(metrics);
  const slices = 300;
  for (const host of HOSTS.slice(0, slices)) {
    const slice = { id: `s-${host}`, epoch, group: 'rest', host, limit: 20, pass: 1 };
    const claimed = await store.claimSlice(id, slice);
    const results = claimed.map((target, i) => ({
      id: target.id,
      state: i === 0 ? ('failed' as const) : ('applied' as const),
      version: '2',
      durationMs: 10,
    }));
    await store.finishSlice(id, { ...slice, nextPass: 2 }, results, { release: true, event: null }, Date.now());
    for (const { id: target, state: result, durationMs } of results)
      count({
        kind: 'TargetMigrated',
        rolloutId: id,
        env: 'prod',
        target,
        dialect: 'postgres',
        direction: 'up',
        result,
        durationMs,
        attempt: 1,
        ...(result === 'failed' ? { error: { class: 'permanent', code: '1', message: target, fingerprint: '1' } } : {}),
      });
  }
  const of = { project: 'shop', env: 'prod', rolloutId: id };
  count({ kind: 'RolloutStateChanged', ...of, from: 'preparing', to: 'running' });
  count({ kind: 'EnvEvaluated', project: 'shop', env: 'prod', targets: TARGETS, durationMs: 3_000 });
  for (const statementKind of STATEMENTS)
    count({ kind: 'StatementExecuted', dialect: 'postgres', statementKind, durationMs: 5 });
  count({ kind: 'LockTimedOut', dialect: 'postgres', statementKind: 'alter_table', waitedMs: 200 });
  count({ kind: 'ConnectionOpened', dialect: 'postgres', durationMs: 4 });
  count({ kind: 'ControlAccepted', rolloutId: id, verb: 'pause', actor: 'ann', ms: 52 });
  for (const route of ROUTES)
    count({ kind: 'HttpServed', method: 'GET', route: `/api/v1/${route}`, status: 200, durationMs: 3 });

  const times: number[] = [];
  let text = '';
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    text = await metrics.registry.metrics();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  process.stdout.write(
    `scrape, ${TARGETS} targets: ${series} series, ${Buffer.byteLength(text)} bytes, median ${times[10]?.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(1)} ms\n`,
  );
  expect(text).toContain(`flotilla_rollout_tenants{rollout="large",group="rest",state="failed"} ${slices}\n`);
  expect(text).toContain('flotilla_rollout_tenants{rollout="large",group="rest",state="pending"} 93000\n');
  expect(series).toBeLessThanOrEqual(500);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100_000);
  expect(times[10]).toBeLessThan(GOAL_MS * GENEROUS);
  await store.close();
});
