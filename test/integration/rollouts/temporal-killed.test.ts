import { describe, expect, it } from 'vitest';
import { startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import { findBegun, findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = canaryThenRest(3);

describe('the Temporal server killed with -9 in the middle', () => {
  it('is started again by the daemon, and the rollout goes on', async () => {
    const fleet = await makeFleet('databases', { tiers: { canary: 1, rest: 24 }, groups: GROUPS, slowS: 0.5 });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      await daemon.until(
        id,
        'in the middle of the group',
        ({ counts, inFlight }) => (counts.applied ?? 0) >= 4 && inFlight.length > 0,
      );
      const [pid, port] = [daemon.temporalPid(), daemon.temporalPort];
      process.kill(pid, 'SIGKILL');
      expect((await findBegun(fleet, before)).length).toBeLessThan(24);

      expect((await daemon.reach(id, 'succeeded')).counts).toEqual({ applied: 25 });
      expect(daemon.temporalPid()).not.toBe(pid);
      expect(daemon.temporalPort).toBe(port);
      expect((await daemon.ask('/readyz')).status).toBe(200);
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });

  it('together with the daemon: started again, both go on from their files', async () => {
    const fleet = await makeFleet('sqlite', { tiers: { canary: 1, rest: 40 }, groups: GROUPS, slowS: 0.3 });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      await daemon.until(
        id,
        'in the middle of the group',
        ({ counts, inFlight }) => (counts.applied ?? 0) >= 4 && inFlight.length > 0,
      );
      process.kill(daemon.temporalPid(), 'SIGKILL');
      await daemon.kill();
      expect((await findBegun(fleet, before)).length).toBeLessThan(40);
      await daemon.serve();

      const { counts } = await daemon.reach(id, 'succeeded');
      expect((counts.applied ?? 0) + (counts.unchanged ?? 0)).toBe(41);
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
