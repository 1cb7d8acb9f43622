/** A desired state brought to a fleet of SQLite files: planned from each distinct state, approved, taken back, killed. */
import { describe, expect, it } from 'vitest';
import { startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import { desire, objectsOf, planOf } from './declared-fleet.ts';

const BADGES = `
table "badges" {
  schema = schema.main
  column "id" {
    null = false
    type = integer
  }
  primary_key {
    columns = [column.id]
  }
}
`;
const DEV = ['--dev-url', 'sqlite://dev?mode=memory'];

const tierOf = (count: number) => ({ tiers: { canary: 1, rest: count }, groups: canaryThenRest(3) });

describe('a declarative rollout', () => {
  it('plans each distinct state once, binds the approval to the plans, and takes all of it back', async () => {
    const fleet = await makeFleet('sqlite', tierOf(8));
    const daemon = await startDaemon({ shop: fleet });
    try {
      const [first] = fleet.tenants;
      if (first === undefined) throw new Error('no tenant');
      const urlOf = (name: string, host: number): string => `sqlite://${fleet.backend.hosts[host]}/${name}.db`;
      const wanted = desire(fleet, urlOf(first.name, first.host), (document) => document + BADGES, DEV);
      const plan = await planOf(daemon, ...wanted.flags);
      expect(plan.kind).toBe('declarative');
      // Every third tenant is at another version.
      expect(plan.plans.map(({ count }) => count)).toEqual([6, 3]);
      expect(plan.plans[0]?.statements.map(({ sql }) => sql)).toEqual([
        expect.stringContaining('CREATE TABLE `badges`'),
      ]);
      const page = await daemon.cli('rollout', 'plan', '--project', 'shop', '--env', 'prod', ...wanted.flags);
      expect(page.stdout).toContain('plans (2 distinct)');
      expect(page.stdout).toContain(`6 targets from ${plan.plans[0]?.from}`);

      // Another plan than the one that was approved is refused, and nothing is stopped or started.
      const other = desire(fleet, urlOf(first.name, first.host), (document) => document, DEV);
      const flags = ['--project', 'shop', '--env', 'prod', '--plan-digest', plan.planDigest];
      const refused = await daemon.cli('rollout', 'start', ...flags, ...other.flags);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('PLAN_CHANGED')]);

      const id = await daemon.start('shop', '--plan-digest', plan.planDigest, ...wanted.flags);
      const done = await daemon.reach(id, 'succeeded');
      expect(done.counts).toEqual({ applied: 9 });
      expect(done).toMatchObject({ kind: 'declarative', planDigest: plan.planDigest, toVersion: plan.plans[0]?.to });
      const after = await Promise.all(fleet.tenants.map((tenant) => objectsOf(fleet, tenant)));
      for (const objects of after) expect(objects).toContain('badges');
      expect((await planOf(daemon, ...wanted.flags)).states).toMatchObject({ pending: 0, unchanged: 9 });

      const events = await daemon.cli('rollout', 'events', id, '-o', 'json');
      expect(events.stdout).toContain(plan.planDigest);

      await daemon.tell('revert', id, '--all');
      const back = await daemon.reach(id, 'reverted');
      expect(back.counts).toEqual({ reverted: 9 });
      // A table that SQLite builds anew has another text, and is the same table.
      expect(await planOf(daemon, ...wanted.flags)).toMatchObject({ planDigest: plan.planDigest, plans: plan.plans });
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });

  it('runs nothing that was not approved: a target that has drifted fails, one that came into a planned state does not', async () => {
    const fleet = await makeFleet('sqlite', {
      tiers: { canary: 1, rest: 5 },
      groups: `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    approval     = true
    max_failures = 5
  }`,
    });
    const daemon = await startDaemon({ shop: fleet });
    try {
      // Every third one is at another version than these.
      const [canary, second, , third] = fleet.tenants;
      if (canary === undefined || second === undefined || third === undefined) throw new Error('no tenants');
      const url = `sqlite://${fleet.backend.hosts[canary.host]}/${canary.name}.db`;
      const wanted = desire(fleet, url, (document) => document + BADGES, DEV);
      const id = await daemon.start('shop', ...wanted.flags);
      await daemon.reach(id, 'awaiting_approval');
      await fleet.backend.run(second, ['CREATE TABLE surprise (n integer)']);
      // Brought there by hand: nothing is left to do.
      await fleet.backend.run(third, await scriptOf(fleet, canary));
      await daemon.tell('approve', id);
      const done = await daemon.until(id, 'over', ({ state }) => state === 'failed' || state === 'succeeded');
      expect(done.counts).toEqual({ applied: 4, unchanged: 1, failed: 1 });
      expect(done.causes[0]).toMatchObject({
        count: 1,
        targets: [second.name],
        message: expect.stringContaining('drifted since the plan'),
      });
      expect(await objectsOf(fleet, second)).not.toContain('badges');
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });

  it('takes no target back whose data would be lost, unless that is meant', async () => {
    const fleet = await makeFleet('sqlite', tierOf(2));
    const daemon = await startDaemon({ shop: fleet });
    try {
      const [first] = fleet.tenants;
      if (first === undefined) throw new Error('no tenant');
      const url = `sqlite://${fleet.backend.hosts[first.host]}/${first.name}.db`;
      const id = await daemon.start('shop', ...desire(fleet, url, (document) => document + BADGES, DEV).flags);
      await daemon.reach(id, 'succeeded');
      await fleet.backend.run(first, ['INSERT INTO badges VALUES (7)']);
      await daemon.tell('revert', id, '--all');
      const stopped = await daemon.until(id, 'over', ({ state }) => state !== 'reverting' && state !== 'draining');
      expect(stopped.counts).toMatchObject({ reverted: 2, failed: 1 });
      expect(stopped.causes[0]?.message).toContain('its data would be lost');
      expect(await objectsOf(fleet, first)).toContain('badges');
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});

/** What the canary got, told by its own database. */
async function scriptOf(
  fleet: Awaited<ReturnType<typeof makeFleet>>,
  canary: (typeof fleet.tenants)[number],
): Promise<readonly string[]> {
  const { objects } = await fleet.backend.read(canary);
  return objects
    .map((text) => JSON.parse(text))
    .filter(({ name }) => name === 'badges')
    .map(({ sql }) => String(sql));
}
