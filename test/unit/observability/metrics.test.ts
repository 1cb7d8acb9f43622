import { describe, expect, it } from 'vitest';
import { createEventLog } from '../../../src/observability/event-log.ts';
import { createEventMetrics } from '../../../src/observability/event-metrics.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import type { FlotillaEvent } from '../../../src/shared/events.ts';

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
      version: '1',
      throttled: () => [{ reason: 'replica_lag', group: 'g', count: 3 }],
      hostPlaces: () => 3,
      liveRollouts: async () => [
        {
          id: 'r1',
          project: 'shop',
          env: 'prod',
          state: 'paused',
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
