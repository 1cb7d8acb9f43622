import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = `
  group "all" {
    parallel = 3
  }`;
const COUNT = 20;

const KINDS: readonly (readonly [FleetKind, server: (() => Promise<unknown>) | undefined])[] = [
  ['databases', postgresServer],
  ['mariadb', mariadbServer],
];

describe.each(KINDS)('a revert over %s', async (kind, server) => {
  const reason = server === undefined ? undefined : await skipReason(server);

  it.skipIf(reason !== undefined)('is paused, resumed, aborted, and goes on with what was left', async () => {
    const fleet = await makeFleet(kind, { tiers: { rest: COUNT }, groups: GROUPS, slowS: 0.4, wayBack: true });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const applied = async (): Promise<number> =>
        [...(await takeCensus(fleet)).tenants.values()].filter(({ revisions }) => revisions.length === 3).length;
      const id = await daemon.start('shop');
      await daemon.until(id, 'in the middle', ({ counts }) => (counts.applied ?? 0) >= 4);
      // Some targets of it are not taken back under its hands: it would end for all others.
      const [one] = fleet.tenants;
      const some = await daemon.cli('rollout', 'revert', id, '--target', one?.name ?? '');
      expect([some.code, some.stderr]).toEqual([
        1,
        expect.stringMatching(
          /is running: taking some targets back would end it.*\[ROLLOUT_STATE\]\nnext {2}flotilla rollout pause/,
        ),
      ]);
      await daemon.reach(id, 'succeeded');

      await daemon.tell('revert', id);
      await daemon.until(id, 'on the way back', ({ counts }) => (counts.reverted ?? 0) >= 2);
      const again = await daemon.cli('rollout', 'revert', id);
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is being taken back already')]);
      await daemon.tell('pause', id);
      await daemon.reach(id, 'paused');
      const still = await applied();
      expect(still).toBeGreaterThan(2);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await applied()).toBe(still);
      await daemon.tell('resume', id);
      await daemon.until(id, 'on its way again', ({ counts }) => (counts.reverted ?? 0) > COUNT - still);
      await daemon.tell('abort', id);
      await daemon.reach(id, 'aborted');
      const left = await applied();
      expect(left).toBeGreaterThan(0);

      await daemon.tell('revert', id);
      expect((await daemon.reach(id, 'reverted')).counts).toEqual({ reverted: COUNT });
      expect(await findWrongs(fleet, before, () => 'reverted')).toEqual([]);
      expect(daemon.lockFiles()).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
