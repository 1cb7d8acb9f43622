import { describe, expect, it } from 'vitest';
import { type Rollout, startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = `
  group "all" {
    parallel = 6
    on_error = CONTINUE
  }`;

describe('the same idempotency key', () => {
  it('20 times at once gives one rollout, and also later the same one', async () => {
    const fleet = await makeFleet('sqlite', { tiers: { rest: 12 }, groups: GROUPS, slowS: 0.1 });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const start = (key: string) =>
        daemon.ask<Rollout>('/api/v1/rollouts', {
          body: { project: 'shop', env: 'prod' },
          headers: { 'idempotency-key': key },
        });
      const answers = await Promise.all(Array.from({ length: 20 }, () => start('deploy-4711')));
      const ids = new Set(answers.map(({ body }) => body.id));
      expect([answers.map(({ status }) => status), ids.size]).toEqual([Array.from({ length: 20 }, () => 201), 1]);
      const id = answers[0]?.body.id ?? '';
      const listed = async (): Promise<readonly string[]> =>
        (await daemon.ask<{ items: readonly Rollout[] }>('/api/v1/rollouts')).body.items.map((one) => one.id);
      expect(await listed()).toEqual([id]);

      expect((await daemon.reach(id, 'succeeded')).counts).toEqual({ applied: 12 });
      expect(await daemon.start('shop', '--idempotency-key', 'deploy-4711')).toBe(id);
      expect(await listed()).toEqual([id]);
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
