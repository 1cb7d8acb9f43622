import { describe, expect, it } from 'vitest';
import { startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const BAKE_MS = 2_500;
const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
    bake  = "${BAKE_MS}ms"
  }
  group "early" {
    match    = var.tier == "early"
    parallel = 3
    on_error = CONTINUE
  }
  group "rest" {
    parallel = 6
    on_error = CONTINUE
    approval = true
  }`;

describe('bake and approval', () => {
  it('hold the groups behind them back, and nothing else', async () => {
    const fleet = await makeFleet('sqlite', { tiers: { canary: 2, early: 6, rest: 12 }, groups: GROUPS });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const only = (...tiers: readonly string[]) =>
        findWrongs(fleet, before, ({ tier }) => (tiers.includes(tier) ? 'applied' : 'untouched'));
      const id = await daemon.start('shop');
      await daemon.reach(id, 'baking');
      const bakes = performance.now();
      expect(await only('canary')).toEqual([]);
      expect((await daemon.rollout(id)).state, 'the check has to fall into the bake').toBe('baking');

      const waiting = await daemon.reach(id, 'awaiting_approval');
      expect(performance.now() - bakes).toBeGreaterThan(BAKE_MS - 500);
      expect(waiting.next).toContain(`flotilla rollout approve ${id}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await only('canary', 'early')).toEqual([]);

      await daemon.tell('approve', id, '--group', 'rest');
      expect((await daemon.reach(id, 'succeeded')).counts).toEqual({ applied: 20 });
      expect(await only('canary', 'early', 'rest')).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
