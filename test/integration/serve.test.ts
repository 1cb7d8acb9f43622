import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../../src/bin/daemon/run-daemon.ts';
import type { RolloutView } from '../../src/shared/wire.ts';
import { FILES, sqliteFleet, startDaemon } from './serve-fixture.ts';

const VERSIONS = Object.keys(FILES).map((name) => name.slice(0, 14));

describe('the daemon with its own Temporal server', () => {
  const fleet = sqliteFleet(12);
  const stateDir = path.join(fleet.folder, 'state');
  let daemon: Daemon;
  let readyMs = 0;

  beforeAll(async () => {
    const began = performance.now();
    daemon = await startDaemon(stateDir, fleet.projects);
    readyMs = performance.now() - began;
  });
  afterAll(async () => {
    await daemon.stop();
    fs.rmSync(fleet.folder, { recursive: true, force: true });
  });
  const ask = (url: string, init?: RequestInit): Promise<Response> => fetch(`${daemon.address}${url}`, init);

  it('is ready when it says so, and all its parts answer', async () => {
    const response = await ask('/readyz');
    expect(await response.json()).toEqual({
      status: 'ready',
      parts: { store: 'ok', temporal: 'ok', workers: 'ok' },
    });
    process.stderr.write(`ready in ${Math.round(readyMs)} ms\n`);
  });

  it('refuses a second daemon on the same state folder, naming the first', async () => {
    await expect(startDaemon(stateDir, fleet.projects)).rejects.toMatchObject({
      code: 'STATE_LOCKED',
      message: expect.stringContaining(String(process.pid)),
    });
  });

  it('takes a rollout to the end: every database once, and the counts of /metrics agree', async () => {
    const started = await ask('/api/v1/rollouts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
      body: JSON.stringify({ project: 'shop', env: 'prod' }),
    });
    expect(started.status).toBe(201);
    const { id } = (await started.json()) as RolloutView;
    let view: RolloutView;
    const deadline = Date.now() + 60_000;
    do {
      await new Promise((resolve) => setTimeout(resolve, 100));
      view = (await (await ask(`/api/v1/rollouts/${id}`)).json()) as RolloutView;
    } while (view.state !== 'succeeded' && view.state !== 'paused' && Date.now() < deadline);
    expect(view).toMatchObject({ state: 'succeeded', counts: { applied: 12 } });
    for (let i = 0; i < 12; i++) expect(fleet.versionsOf(i)).toEqual(VERSIONS);

    const metrics = await (await ask('/metrics')).text();
    expect(metrics).toMatch(/flotilla_tenant_migrations_total\{[^}]*result="applied"[^}]*\} 12/);
    expect(metrics).toContain('temporal_');
    expect(metrics).not.toMatch(/"t11"/);
  });

  it('answers pause of a finished rollout with 409', async () => {
    const { items } = (await (await ask('/api/v1/rollouts')).json()) as { items: RolloutView[] };
    const response = await ask(`/api/v1/rollouts/${items[0]?.id}/pause`, { method: 'POST' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'ROLLOUT_OVER' });
  });
});
