import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const KINDS: readonly (readonly [kind: FleetKind, count: number, server: (() => Promise<unknown>) | undefined])[] = [
  ['schemas', 200, postgresServer],
  ['databases', 60, postgresServer],
  ['mariadb', 60, mariadbServer],
  ['sqlite', 60, undefined],
];

const GROUPS = `
  group "canary" {
    match        = var.tier == "canary"
    max_failures = 0
  }
  group "early" {
    match    = var.tier == "early"
    parallel = 3
    on_error = CONTINUE
  }
  group "rest" {
    parallel = 8
    on_error = CONTINUE
    per_host = 4
  }`;

/** Three groups, two hosts, tenants at two versions. */
describe.each(KINDS)('a rollout over %s (%i)', async (kind, count, server) => {
  const reason = server === undefined ? undefined : await skipReason(server);

  it.skipIf(reason !== undefined)(
    'brings each tenant to the newest version exactly once, and touches nothing else',
    async () => {
      const early = Math.round(count / 4);
      const fleet = await makeFleet(kind, { tiers: { canary: 2, early, rest: count - early - 2 }, groups: GROUPS });
      try {
        const before = await takeCensus(fleet);
        expect(await findWrongs(fleet, before, () => 'untouched')).toEqual([]);
        const daemon = await startDaemon({ shop: fleet });
        try {
          const id = await daemon.start('shop');
          const done = await daemon.reach(id, 'succeeded');
          expect(done.counts).toEqual({ applied: count });
          expect(done.groups.map(({ name, size, state }) => [name, size, state])).toEqual([
            ['canary', 2, 'done'],
            ['early', early, 'done'],
            ['rest', count - early - 2, 'done'],
          ]);
          expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
        } finally {
          await daemon.stop();
        }
        // Again, with nobody there: what the daemon held until its end is gone, too.
        expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
        expect(daemon.lockFiles()).toEqual([]);
      } finally {
        await fleet.stop();
      }
    },
  );
});
