import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel     = 6
    max_failures = 3
  }`;

/**
 * Postgres rolls a failed file back. MariaDB keeps the statements before the one that failed, and the retry has to go on behind them: the
 * oracle would see a second mark.
 */
const KINDS = [
  ['databases', postgresServer, 'untouched'],
  ['mariadb', mariadbServer, 'half'],
] as const;

describe.each(KINDS)('more failures than the budget, over %s', async (kind, server, failed) => {
  const reason = await skipReason(server);

  it.skipIf(reason !== undefined)(
    'pause with their cause; once it is mended, a retry brings all to the end',
    async () => {
      const fleet = await makeFleet(kind, { tiers: { canary: 2, rest: 28 }, groups: GROUPS });
      const daemon = await startDaemon({ shop: fleet });
      try {
        const sick = fleet.of('rest').filter((_, i) => i % 3 === 1);
        const isSick = new Set(sick);
        for (const tenant of sick) await fleet.backend.run(tenant, ['ALTER TABLE accounts RENAME TO accounts_away']);
        const before = await takeCensus(fleet);
        const id = await daemon.start('shop');
        const paused = await daemon.reach(id, 'paused');

        // Strict: with k allowed, k + 1 fail, however many run at once; one cause for all of them, in the database's words.
        expect(paused.counts.failed).toBe(4);
        expect(paused.cause).toMatch(/accounts/);
        expect(paused.next).toContain(`flotilla rollout retry ${id}`);
        expect(paused.causes.map(({ count }) => count)).toEqual([4]);
        expect(paused.causes[0]?.message).toMatch(/accounts/);
        const failures = new Set(paused.causes[0]?.targets);
        expect(sick.filter(({ name }) => failures.has(name))).toHaveLength(4);
        // The healthy ones are whole or as they were, and so are the failed ones where the database can roll back.
        const wrongs = await findWrongs(fleet, before, (tenant) => (isSick.has(tenant) ? 'untouched' : 'either'));
        const ofFailed = wrongs.filter((wrong) => failures.has(wrong.slice(0, wrong.indexOf(':'))));
        expect(wrongs.filter((wrong) => !ofFailed.includes(wrong))).toEqual([]);
        if (failed === 'untouched') {
          expect(ofFailed.filter((wrong) => !/: begun \d+ times/.test(wrong))).toEqual([]);
        } else expect(ofFailed.length).toBeGreaterThan(0);

        for (const tenant of sick) await fleet.backend.run(tenant, ['ALTER TABLE accounts_away RENAME TO accounts']);
        await daemon.tell('retry', id, '--failed');
        const done = await daemon.until(id, 'succeeded', ({ state }) => state === 'succeeded');
        expect(done.counts).toEqual({ applied: 30 });
        expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
      } finally {
        await daemon.stop();
        await fleet.stop();
      }
    },
  );
});
