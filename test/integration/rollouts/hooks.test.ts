import { describe, expect, it } from 'vitest';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel     = 4
    max_failures = 1
  }`;
const TIERS = { canary: 2, rest: 10 };

describe('a rollout of a project with rules and hooks', async () => {
  const noPostgres = await skipReason(postgresServer);

  it.skipIf(noPostgres !== undefined)(
    'pauses where a rule speaks against it, with the rule as the one cause, and runs nothing on those targets',
    async () => {
      const fleet = await makeFleet('schemas', {
        tiers: TIERS,
        groups: GROUPS,
        inEnv: `  check "migrate_apply" {
    deny "freeze" {
      condition = each.value.tier == "rest" && length(self.planned_migration.files) > 0
      message   = "\${each.key} is frozen"
    }
  }`,
      });
      const daemon = await startDaemon({ shop: fleet });
      try {
        const before = await takeCensus(fleet);
        const plan = await daemon.cli('rollout', 'plan', '--project', 'shop', '--env', 'prod');
        expect(plan.stdout).toContain('check "migrate_apply" is asked on each target before it is begun');
        const id = await daemon.start('shop');
        const paused = await daemon.reach(id, 'paused');
        expect(paused.counts).toMatchObject({ applied: 2, failed: 2 });
        expect(paused.cause).toMatch(/MIGRATION_DENIED check "migrate_apply": deny "freeze": .* is frozen/);
        // The messages name the targets, and are one cause all the same.
        expect(paused.causes.map(({ count }) => count)).toEqual([2]);
        expect(await findWrongs(fleet, before, ({ tier }) => (tier === 'rest' ? 'untouched' : 'applied'))).toEqual([]);
      } finally {
        await daemon.stop();
        await fleet.stop();
      }
    },
  );

  it('runs pre and post once on each target that has something to do', async () => {
    const fleet = await makeFleet('sqlite', {
      tiers: TIERS,
      groups: GROUPS,
      // Who is run twice fails: there is such a table, or no such name, by then.
      inEnv: `  pre "migrate_apply" {
    exec {
      sql = "CREATE TABLE before_it (n int); INSERT INTO before_it SELECT count(*) FROM atlas_schema_revisions;"
    }
  }
  post "migrate_apply" {
    exec {
      sql = "ALTER TABLE before_it RENAME TO after_it; INSERT INTO after_it SELECT count(*) FROM atlas_schema_revisions;"
    }
  }`,
    });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const first = await daemon.start('shop');
      const done = await daemon.until(first, 'succeeded', ({ state }) => state === 'succeeded');
      expect(done.counts).toEqual({ applied: 12 });
      for (const tenant of fleet.tenants) {
        const { rows } = await fleet.backend.read(tenant);
        expect(rows.after_it?.map((row) => row.replace(/\D/g, ''))).toEqual([`${tenant.from}`, '3']);
      }
      const second = await daemon.start('shop');
      const again = await daemon.until(second, 'succeeded', ({ state }) => state === 'succeeded');
      expect(again.counts).toEqual({ unchanged: 12 });
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
  });
});
