import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import { findBegun, findWrongs, takeCensus } from '../fleet/oracle.ts';
import { readHistories } from '../fleet/temporal-history.ts';

const GROUPS = canaryThenRest(3);

/** SQLite counts instead of sleeping, and so keeps the cores busy: shorter, and more tenants. */
const KINDS: readonly (readonly [
  FleetKind,
  server: (() => Promise<unknown>) | undefined,
  count: number,
  slowS: number,
])[] = [
  ['databases', postgresServer, 24, 0.5],
  ['mariadb', mariadbServer, 24, 0.5],
  ['sqlite', undefined, 60, 0.3],
];

describe.each(KINDS)('the daemon killed with -9 in the middle, over %s', async (kind, server, count, slowS) => {
  const reason = server === undefined ? undefined : await skipReason(server);

  it.skipIf(reason !== undefined)('goes on by itself when it is started again: each tenant once', async () => {
    const fleet = await makeFleet(kind, { tiers: { canary: 1, rest: count }, groups: GROUPS, slowS });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      const begunAtKill: number[] = [];
      for (const more of [3, 1]) {
        // Outcomes are read some time after they come about: what had begun by the last kill tells how far it is.
        const done = (begunAtKill.at(-1) ?? 0) + more;
        await daemon.until(
          id,
          'in the middle of the group',
          ({ counts, inFlight }) => doneOf(counts) >= done && inFlight.length > 0,
        );
        await daemon.kill();
        begunAtKill.push((await findBegun(fleet, before)).length);
        await daemon.serve();
      }
      // The kills came while there was work to do, on both sides of them.
      expect(begunAtKill[0]).toBeGreaterThanOrEqual(3);
      expect(begunAtKill[1]).toBeGreaterThan(begunAtKill[0] ?? 0);
      expect(begunAtKill[1]).toBeLessThan(count);

      const done = await daemon.reach(id, 'succeeded');
      // Whose transaction was committed and whose outcome was not written is found done.
      expect(doneOf(done.counts)).toBe(count + 1);
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
      expect(daemon.lockFiles()).toEqual([]);
      // What the killed process held was given back at once: its heartbeat was not waited for.
      const history = await readHistories(daemon.temporalPort, 'flotilla');
      expect(history).toContain('"type":"WorkerGone"');
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});

const doneOf = (counts: Readonly<Record<string, number>>): number => (counts.applied ?? 0) + (counts.unchanged ?? 0);
