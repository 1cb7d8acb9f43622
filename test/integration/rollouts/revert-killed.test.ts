import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel = 3
  }`;

const KINDS: readonly (readonly [
  FleetKind,
  server: (() => Promise<unknown>) | undefined,
  count: number,
  slowS: number,
])[] = [
  ['databases', postgresServer, 20, 0.4],
  ['mariadb', mariadbServer, 20, 0.4],
  ['sqlite', undefined, 50, 0.3],
];

describe.each(KINDS)('the daemon killed with -9 on the way back, over %s', async (kind, server, count, slowS) => {
  const reason = server === undefined ? undefined : await skipReason(server);

  it.skipIf(reason !== undefined)('goes on by itself when it is started again: each tenant as it was', async () => {
    const fleet = await makeFleet(kind, { tiers: { canary: 1, rest: count }, groups: GROUPS, slowS, wayBack: true });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      await daemon.reach(id, 'succeeded');
      await daemon.tell('revert', id);
      const backAtKill: number[] = [];
      for (const more of [3, 1]) {
        const back = (backAtKill.at(-1) ?? 0) + more;
        await daemon.until(
          id,
          'in the middle of the way back',
          ({ counts, inFlight }) => (counts.reverted ?? 0) >= back && inFlight.length > 0,
        );
        await daemon.kill();
        const { tenants } = await takeCensus(fleet);
        backAtKill.push([...tenants.values()].filter(({ revisions }) => revisions.length < 3).length);
        await daemon.serve();
      }
      // The kills came while there was work to do, on both sides of them.
      expect(backAtKill[0]).toBeGreaterThanOrEqual(3);
      expect(backAtKill[1]).toBeGreaterThan(backAtKill[0] ?? 0);
      expect(backAtKill[1]).toBeLessThan(count + 1);

      const done = await daemon.reach(id, 'reverted');
      expect(done.counts).toEqual({ reverted: count + 1 });
      expect(await findWrongs(fleet, before, () => 'reverted')).toEqual([]);
      expect(daemon.lockFiles()).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
