import { describe, expect, it } from 'vitest';
import { startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { findBegun, findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "early" {
    match    = var.tier == "early"
    parallel = 4
    on_error = CONTINUE
  }
  group "rest" {
    parallel = 8
    on_error = CONTINUE
  }`;

const SLACK_MS = 100;

describe('an abort in the middle of a group', () => {
  it('ends the rollout for good: what had begun is whole, all else is as it was, and a new rollout can finish the work', async () => {
    const fleet = await makeFleet('databases', {
      tiers: { canary: 2, early: 20, rest: 8 },
      groups: GROUPS,
      slowS: 0.4,
    });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      await daemon.until(id, 'in the middle of the group', ({ counts }) => (counts.applied ?? 0) >= 5);
      await daemon.tell('abort', id, '--reason', 'wrong version');
      await new Promise((resolve) => setTimeout(resolve, SLACK_MS));
      const begun = new Set(await findBegun(fleet, before));
      expect(begun.size).toBeLessThan(20);

      const aborted = await daemon.reach(id, 'aborted');
      expect(aborted.counts.applied).toBeLessThanOrEqual(begun.size);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(new Set(await findBegun(fleet, before))).toEqual(begun);
      // A tenant in flight may end its work or roll it back.
      const wrongs = await findWrongs(fleet, before, ({ name }) => (begun.has(name) ? 'either' : 'untouched'));
      expect(wrongs).toEqual([]);
      const resume = await daemon.cli('rollout', 'resume', id);
      expect([resume.code, resume.stderr]).toEqual([1, expect.stringContaining('over')]);

      const next = await daemon.start('shop');
      expect(next).not.toBe(id);
      await daemon.reach(next, 'succeeded');
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
