import { describe, expect, it } from 'vitest';
import { startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { findBegun, findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel = 4
    on_error = CONTINUE
  }`;

/** From the decision to the statement: a mark may be this much later than the acknowledgement. */
const SLACK_MS = 100;

// Postgres, for its sequences count what has begun before it is committed.
describe('a pause in the middle of a group', () => {
  it('lets no tenant begin any more, leaves each one whole, and the rollout goes on after resume', async () => {
    const fleet = await makeFleet('schemas', { tiers: { canary: 2, rest: 28 }, groups: GROUPS, slowS: 0.4 });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      await daemon.until(id, 'in the middle of the group', ({ counts }) => (counts.applied ?? 0) >= 6);

      await daemon.tell('pause', id, '--reason', 'lunch');
      await new Promise((resolve) => setTimeout(resolve, SLACK_MS));
      const begun = await findBegun(fleet, before);
      expect(begun.length).toBeGreaterThan(6);
      expect(begun.length).toBeLessThan(24);

      const paused = await daemon.reach(id, 'paused');
      expect(paused.cause).toContain('lunch');
      expect(paused.next).toContain(`flotilla rollout resume ${id}`);
      // Longer than a tenant takes: a lane that went on would have begun the next one.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await findBegun(fleet, before)).toEqual(begun);
      expect(paused.counts).toEqual({ applied: begun.length, pending: 30 - begun.length });
      const isBegun = new Set(begun);
      expect(await findWrongs(fleet, before, ({ name }) => (isBegun.has(name) ? 'applied' : 'untouched'))).toEqual([]);

      await daemon.tell('resume', id);
      expect((await daemon.reach(id, 'succeeded')).counts).toEqual({ applied: 30 });
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
