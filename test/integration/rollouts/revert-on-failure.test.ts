import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const groups = (onFailure: string): string => `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    match        = var.tier == "rest"
    parallel     = 2
    max_failures = 0
    on_failure   = ${onFailure}
  }
  group "late" {
  }`;
const TIERS = { canary: 2, rest: 8, late: 2 };

/** MariaDB keeps what ran of a file that failed: that is taken back, too. */
const KINDS: readonly (readonly [FleetKind, onFailure: string, server: (() => Promise<unknown>) | undefined])[] = [
  ['databases', 'REVERT_GROUP', postgresServer],
  ['mariadb', 'REVERT_GROUP', mariadbServer],
  ['mariadb', 'REVERT_ALL', mariadbServer],
  ['sqlite', 'REVERT_ALL', undefined],
];

describe.each(KINDS)('over %s, a budget that is exceeded with on_failure = %s', async (kind, onFailure, server) => {
  const reason = server === undefined ? undefined : await skipReason(server);

  it.skipIf(reason !== undefined)('is followed by the way back of what it names', async () => {
    const fleet = await makeFleet(kind, { tiers: TIERS, groups: groups(onFailure), slowS: 0.1, wayBack: true });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const poisoned = fleet.of('rest')[4];
      if (poisoned === undefined) throw new Error('eight tenants were asked for');
      // The last statement of the newest version fails on it.
      await fleet.backend.run(poisoned, ['ALTER TABLE accounts ADD COLUMN plan int']);
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      const done = await daemon.reach(id, 'reverted');
      expect(done.counts.failed ?? 0).toBe(0);
      expect(done.counts.pending).toBeGreaterThanOrEqual(TIERS.late);
      expect(done.counts.applied ?? 0).toBe(onFailure === 'REVERT_ALL' ? 0 : TIERS.canary);
      const wrongs = await findWrongs(fleet, before, ({ tier }) => {
        if (tier === 'late') return 'untouched';
        return tier === 'canary' && onFailure === 'REVERT_GROUP' ? 'applied' : 'reverted';
      });
      expect(wrongs).toEqual([]);
      const { stdout } = await daemon.cli('rollout', 'events', id, '-o', 'json');
      expect(stdout).toMatch(/"RevertBegun".*max_failures is 0/);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
