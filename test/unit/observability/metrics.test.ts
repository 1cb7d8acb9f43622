import { describe, expect, it } from 'vitest';
import { createEventLog } from '../../../src/observability/event-log.ts';
import { createEventMetrics } from '../../../src/observability/event-metrics.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import type { LiveRollout } from '../../../src/observability/rollout-gauges.ts';
import type { FlotillaEvent } from '../../../src/shared/events.ts';
import { IDLE } from '../../support/idle-metrics.ts';

const failed = (target: string): FlotillaEvent => ({
  kind: 'TargetMigrated',
  rolloutId: 'r1',
  env: 'prod',
  target,
  direction: 'up',
  dialect: 'postgres',
  result: 'failed',
  durationMs: 20,
  attempt: 1,
  error: { class: 'permanent', code: '42P01', message: 'm', fingerprint: 'f' },
});

describe('metrics', () => {
  it('count tries by result and class, and name no target', async () => {
    const metrics = createMetrics({
      ...IDLE,
      throttled: () => [{ reason: 'replica_lag', group: 'g', count: 3 }],
      startsHeld: () => new Map([['freeze', 2]]),
      hostPlaces: () => 3,
      nowMs: Date.now,
      liveRollouts: async () => [
        {
          id: 'r1',
          project: 'shop',
          env: 'prod',
          state: 'paused',
          direction: 'up',
          groups: [],
          counts: [{ group: 'g', state: 'failed', count: 2 }],
        },
      ],
    });
    const count = createEventMetrics(metrics);
    count(failed('acme'));
    count(failed('zeta'));
    count({ kind: 'StartsThrottled', group: 'g', reason: 'replica_lag', heldMs: 1_500 });
    const text = await metrics.registry.metrics();
    expect(text).toContain(
      'flotilla_tenant_migrations_total{env="prod",dialect="postgres",direction="up",result="failed",error_class="permanent"} 2',
    );
    expect(text).toContain('flotilla_rollout_tenants{rollout="r1",group="g",state="failed"} 2');
    expect(text).toContain('flotilla_rollouts{project="shop",env="prod",state="paused"} 1');
    expect(text).toContain('flotilla_throttle_active{reason="replica_lag",host_group="g"} 3');
    expect(text).toContain('flotilla_throttled_seconds_total{reason="replica_lag",host_group="g"} 1.5');
    expect(text).not.toMatch(/acme|zeta/);
  });
});

const rollout: LiveRollout = {
  id: 'r1',
  project: 'shop',
  env: 'prod',
  state: 'paused',
  direction: 'up',
  groups: [
    { name: 'canary', index: 0, state: 'baking', parallel: 2, bakeUntilMs: 61_000, maxFailures: 0 },
    { name: 'early', index: 1, state: 'paused', parallel: 4, bakeUntilMs: null, maxFailures: 3 },
    { name: 'rest', index: 2, state: 'awaiting_approval', parallel: 8, bakeUntilMs: null, maxFailures: null },
  ],
  counts: [
    { group: 'canary', state: 'failed', count: 1 },
    { group: 'early', state: 'failed', count: 1 },
    { group: 'rest', state: 'failed', count: 5 },
  ],
};

describe('gauges of rollouts', () => {
  const scrape = (live: readonly LiveRollout[]) =>
    createMetrics({ ...IDLE, nowMs: () => 1_000, inUse: () => 3, liveRollouts: async () => live }).registry.metrics();

  it('say what is left of budgets and bakes, and where groups stand', async () => {
    const text = await scrape([rollout]);
    expect(text).toContain('flotilla_failure_budget_remaining_ratio{rollout="r1",group="canary"} 0\n');
    expect(text).toContain('flotilla_failure_budget_remaining_ratio{rollout="r1",group="early"} 0.75\n');
    expect(text).not.toContain('flotilla_failure_budget_remaining_ratio{rollout="r1",group="rest"}');
    expect(text).toContain('flotilla_wave_bake_remaining_seconds{rollout="r1",group="canary"} 60\n');
    expect(text).toContain('flotilla_rollout_group_index{rollout="r1",group="rest"} 2\n');
    expect(text).toContain('flotilla_rollout_group_parallel{rollout="r1",group="early"} 4\n');
    expect(text).toContain('flotilla_approvals_pending{project="shop",env="prod"} 1\n');
    expect(text).toContain('flotilla_concurrency_in_use{scope="engine"} 3\n');
  });

  it('are gone when the rollout is over', async () => {
    expect(await scrape([])).not.toMatch(/^flotilla_\w+\{rollout=/m);
  });

  it('leave the rest of the scrape there when the store does not answer', async () => {
    const metrics = createMetrics({ ...IDLE, liveRollouts: () => Promise.reject(new Error('disk full')) });
    const count = createEventMetrics(metrics);
    count({ kind: 'StoreWritten', committed: false, auditEntries: 2 });
    await metrics.registry.metrics();
    const text = await metrics.registry.metrics();
    expect(text).toContain('flotilla_audit_write_errors_total 2\n');
    expect(text).toMatch(/^flotilla_scrape_errors_total [12]$/m);
  });
});

describe('events of rollouts and envs', () => {
  it('are counted with all outcomes from the beginning, so that the first one is an increase', async () => {
    const metrics = createMetrics(IDLE);
    const count = createEventMetrics(metrics);
    const of = { rolloutId: 'r1', project: 'shop', env: 'prod' };
    count({ kind: 'RolloutStateChanged', ...of, from: 'preparing', to: 'running' });
    expect(await metrics.registry.metrics()).toContain('project="shop",env="prod",outcome="failed"} 0\n');
    count({ kind: 'RolloutStateChanged', ...of, from: 'running', to: 'failed' });
    count({
      kind: 'RolloutEnded',
      ...of,
      outcome: 'failed',
      durationMs: 9e3,
      workingMs: 5e3,
      pausedMs: 3e3,
      approvalMs: 1e3,
    });
    count({ kind: 'EnvEvaluated', project: 'shop', env: 'prod', targets: 40, durationMs: 10 });
    count({ kind: 'EnvEvaluated', project: 'shop', env: 'prod', durationMs: 10 });
    count({ kind: 'ControlRefused', verb: 'resume', result: 'refused' });
    const text = await metrics.registry.metrics();
    expect(text).toContain('flotilla_rollout_completed_total{project="shop",env="prod",outcome="failed"} 1\n');
    for (const [name, seconds] of [
      ['duration', 9],
      ['progression', 5],
      ['manual_pause', 3],
    ])
      expect(text).toContain(
        `flotilla_rollout_${name}_seconds_sum{project="shop",env="prod",outcome="failed"} ${seconds}\n`,
      );
    expect(text).toContain('flotilla_approval_wait_seconds_sum{project="shop",env="prod"} 1\n');
    expect(text).toContain('flotilla_discovery_targets{project="shop",env="prod"} 40\n');
    expect(text).toContain('flotilla_discovery_errors_total{project="shop",env="prod"} 1\n');
    expect(text).toContain('flotilla_control_operations_total{operation="resume",result="refused"} 1\n');
  });
});

describe('the log of events', () => {
  it('stops at 1,000 failures of a rollout and says how many it left out', () => {
    const lines: string[] = [];
    const write = createEventLog((level, message) => lines.push(`${level} ${message}`));
    for (let i = 0; i < 1_005; i++) write(failed(`t${i}`));
    write({ kind: 'RolloutStateChanged', rolloutId: 'r1', project: 'p', env: 'e', from: 'running', to: 'failed' });
    expect(lines.filter((line) => line === 'warn target failed')).toHaveLength(1_000);
    expect(lines.at(-1)).toBe('warn 5 more failures were not logged');
  });
});
