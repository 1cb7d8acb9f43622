import { describe, expect, it } from 'vitest';
import { type Rollout, startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import { findBegun, findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = canaryThenRest(20);

/** From the decision to the statement: a mark may be this much later than the acknowledgement. */
const SLACK_MS = 100;

// Postgres, for its sequences count what has begun before it is committed.
describe('a pause in the middle of a group', () => {
  it('lets no tenant begin any more, leaves each one whole, and the rollout goes on after resume', async () => {
    const fleet = await makeFleet('schemas', { tiers: { canary: 2, rest: 118 }, groups: GROUPS, slowS: 0.15 });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      // With so many lanes a slice is of several tenants: it is the gate that has to stop a lane between two of them.
      const isInTheMiddle = ({ groups, inFlight }: Rollout): boolean =>
        groups[1]?.state === 'running' && inFlight.length >= 10;
      await daemon.until(id, 'in the middle of the group', isInTheMiddle);

      // Not by the command line: until its process has ended a lane that went on would be done with its slice.
      const answer = await daemon.ask(`/api/v1/rollouts/${id}/pause`, { body: { reason: 'lunch' } });
      expect(answer.status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, SLACK_MS));
      const begun = await findBegun(fleet, before);
      expect(begun.length).toBeGreaterThan(2);
      expect(begun.length).toBeLessThan(100);

      const paused = await daemon.reach(id, 'paused');
      expect(paused.cause).toContain('lunch');
      expect(paused.next).toContain(`flotilla rollout resume ${id}`);
      // Longer than a tenant takes: a lane that went on would have begun the next one.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await findBegun(fleet, before)).toEqual(begun);
      expect(paused.counts).toEqual({ applied: begun.length, pending: 120 - begun.length });
      const isBegun = new Set(begun);
      expect(await findWrongs(fleet, before, ({ name }) => (isBegun.has(name) ? 'applied' : 'untouched'))).toEqual([]);

      await daemon.tell('resume', id);
      expect((await daemon.reach(id, 'succeeded')).counts).toEqual({ applied: 120 });
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
