/** Declarative rollouts whose process ends itself again and again in the middle of a slice, on each dialect that the schema engine knows. */
import { describe, expect, it } from 'vitest';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { type Daemon, type Rollout, startDaemon } from '../fleet/daemon.ts';
import { type Fleet, type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import type { Tenant } from '../fleet/tenants.ts';
import { desire, objectsOf, planOf } from './declared-fleet.ts';

const COUNT = 11;

const KINDS: readonly (readonly [
  FleetKind,
  (() => Promise<unknown>) | undefined,
  urlOf: (fleet: Fleet, tenant: Tenant) => string,
])[] = [
  ['sqlite', undefined, ({ backend }, { host, name }) => `sqlite://${backend.hosts[host]}/${name}.db`],
  ['schemas', postgresServer, ({ backend }, { host, name }) => `${backend.hosts[host]}&search_path=${name}`],
  ['databases', postgresServer, ({ backend }, { host, name }) => `${backend.hosts[host]}`.replace('/?', `/${name}?`)],
];

const badges = (document: string): string => {
  const schema = /schema = (schema\.\w+)/.exec(document)?.[1];
  return `${document}
table "badges" {
  schema = ${schema}
  column "id" {
    null = false
    type = integer
  }
  primary_key {
    columns = [column.id]
  }
}
`;
};

describe.each(KINDS)('a declarative rollout that is killed with -9, over %s', async (kind, server, urlOf) => {
  const reason = server === undefined ? undefined : await skipReason(server);

  it.skipIf(reason !== undefined).each(['transaction-open:3', 'transaction-committed:3'])(
    'at %s brings each tenant there once',
    async (point) => {
      const fleet = await makeFleet(kind, { tiers: { canary: 1, rest: COUNT }, groups: canaryThenRest(2) });
      const daemon = await startDaemon({ shop: fleet }, { FLOTILLA_TEST_KILL_AT: point });
      try {
        const [first] = fleet.tenants;
        if (first === undefined) throw new Error('no tenant');
        const wanted = desire(fleet, urlOf(fleet, first), badges);
        const plan = await planOf(daemon, ...wanted.flags);
        // However many tenants there are, and whatever their schemas are called.
        expect(plan.plans.map(({ count }) => count)).toEqual([8, 4]);
        const id = await daemon.start('shop', ...wanted.flags);
        const { rollout, kills } = await untilOver(daemon, id);
        expect(kills).toBeGreaterThanOrEqual(2);
        expect([rollout.state, rollout.counts]).toEqual(['succeeded', { applied: COUNT + 1 }]);
        for (const tenant of fleet.tenants) expect(await objectsOf(fleet, tenant)).toContain('badges');
        expect((await planOf(daemon, ...wanted.flags)).states).toMatchObject({ pending: 0, unchanged: COUNT + 1 });
        expect(await fleet.backend.leftovers()).toEqual([]);

        await daemon.tell('revert', id, '--all');
        const back = await untilOver(daemon, id);
        expect([back.rollout.state, back.rollout.counts]).toEqual(['reverted', { reverted: COUNT + 1 }]);
        // The states of before, and as many targets in each.
        expect(await planOf(daemon, ...wanted.flags)).toMatchObject({ planDigest: plan.planDigest, plans: plan.plans });
      } finally {
        await daemon.stop();
        await fleet.stop();
      }
    },
  );
});

const OVER = new Set(['succeeded', 'failed', 'aborted', 'reverted', 'paused']);

/** Starts the daemon again whenever it is gone, until the rollout has ended. */
async function untilOver(daemon: Daemon, id: string): Promise<{ readonly rollout: Rollout; readonly kills: number }> {
  const deadline = Date.now() + 150_000;
  for (let kills = 0; Date.now() < deadline; ) {
    const rollout = await daemon.rollout(id).catch(() => undefined);
    if (rollout === undefined) {
      await daemon.kill();
      await daemon.serve();
      kills += 1;
    } else if (OVER.has(rollout.state)) return { rollout, kills };
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  throw new Error(`the rollout is not over: ${daemon.log().slice(-2000)}`);
}
