import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { type Daemon, startDaemon } from '../fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = canaryThenRest(3);

const COUNT = 24;
const NEWEST = '20240103000000';
const KINDS: readonly (readonly [FleetKind, server: (() => Promise<unknown>) | undefined])[] = [
  ['schemas', postgresServer],
  ['databases', postgresServer],
  ['mariadb', mariadbServer],
  ['sqlite', undefined],
];

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly version: string | null;
  readonly from: string | null;
}

const listed = async (daemon: Daemon, id: string): Promise<ReadonlyMap<string, Listed>> => {
  const { body } = await daemon.ask<{ items: readonly Listed[] }>(`/api/v1/rollouts/${id}/targets?limit=500`);
  return new Map(body.items.map((item) => [item.id, item]));
};

describe.each(KINDS)('a rollout that was cut off, over %s', async (kind, server) => {
  const reason = server === undefined ? undefined : await skipReason(server);

  it.skipIf(reason !== undefined)('whose daemon was killed with -9 knows afterwards what it has applied', async () => {
    const fleet = await makeFleet(kind, {
      tiers: { canary: 1, rest: COUNT },
      groups: GROUPS,
      slowS: 0.4,
      wayBack: true,
    });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const id = await daemon.start('shop');
      await daemon.until(
        id,
        'in the middle',
        ({ counts, inFlight }) => (counts.applied ?? 0) >= 4 && inFlight.length > 0,
      );
      await daemon.kill();
      await daemon.serve();
      await daemon.tell('abort', id);
      const { counts } = await daemon.reach(id, 'aborted');
      expect(counts.unchanged ?? 0).toBe(0);
      const known = await listed(daemon, id);
      const census = await takeCensus(fleet);
      for (const { name } of fleet.tenants) {
        const whole = (census.tenants.get(name)?.revisions ?? []).filter((row) => row.applied === row.total);
        const was = before.tenants.get(name)?.revisions.at(-1)?.version;
        const stands = whole.at(-1)?.version;
        const { state, version, from } = known.get(name) ?? {};
        // What was not touched is not known; of all else the list says where it stands, and where it stood.
        expect([name, version ?? was, from ?? was]).toEqual([name, stands, was]);
        expect([name, state]).toEqual([name, stands === NEWEST ? 'applied' : 'pending']);
      }
      await daemon.tell('revert', id, '--all');
      await daemon.reach(id, 'reverted');
      expect(await findWrongs(fleet, before, () => 'reverted')).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
