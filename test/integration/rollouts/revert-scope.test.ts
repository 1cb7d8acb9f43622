import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';
import type { Tenant } from '../fleet/tenants.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "early" {
    match    = var.tier == "early"
    parallel = 2
  }
  group "rest" {
    parallel = 4
  }`;
const TIERS = { canary: 2, early: 4, rest: 6 };

const KINDS: readonly (readonly [FleetKind, server: (() => Promise<unknown>) | undefined])[] = [
  ['schemas', postgresServer],
  ['mariadb', mariadbServer],
  ['sqlite', undefined],
];

describe.each(KINDS)('what a revert takes back, over %s', async (kind, server) => {
  const reason = server === undefined ? undefined : await skipReason(server);

  it.skipIf(reason !== undefined)('is one target, then a group, then all that is left', async () => {
    const fleet = await makeFleet(kind, { tiers: TIERS, groups: GROUPS, wayBack: true });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const wrongs = (isBack: (tenant: Tenant) => boolean) =>
        findWrongs(fleet, before, (tenant) => (isBack(tenant) ? 'reverted' : 'applied'));
      const id = await daemon.start('shop');
      await daemon.reach(id, 'succeeded');
      const one = fleet.of('rest')[1]?.name ?? '';
      await daemon.tell('revert', id, '--target', one);
      expect((await daemon.reach(id, 'reverted')).counts).toEqual({ applied: 11, reverted: 1 });
      expect(await wrongs(({ name }) => name === one)).toEqual([]);

      // It cannot be taken back twice.
      const again = await daemon.cli('rollout', 'revert', id, '--target', one);
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('nothing there to take back')]);

      await daemon.tell('revert', id, '--group', 'early');
      await daemon.until(id, 'back in "early"', ({ counts }) => counts.reverted === 5);
      await daemon.reach(id, 'reverted');
      expect(await wrongs(({ name, tier }) => name === one || tier === 'early')).toEqual([]);

      await daemon.tell('revert', id, '--all');
      await daemon.until(id, 'back everywhere', ({ counts }) => counts.reverted === 12);
      await daemon.reach(id, 'reverted');
      expect(await wrongs(() => true)).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
