import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { makeFleet } from '../fleet/fleet.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel     = 6
    max_failures = 3
  }`;
const ASSERTION = 'SELECT NOT EXISTS (SELECT 1 FROM accounts WHERE id = 99);';
const NEWEST = '20240104000000_close.sql';

describe('pre-migration checks in a rollout', async () => {
  const reason = await skipReason(postgresServer);

  it.skipIf(reason !== undefined)(
    'pause it with the check as the one cause; once the rows are mended, a retry brings all to the end',
    async () => {
      const fleet = await makeFleet('schemas', { tiers: { canary: 2, rest: 14 }, groups: GROUPS });
      const daemon = await startDaemon({ shop: fleet });
      try {
        const folder = path.join(fleet.project, 'migrations');
        fs.writeFileSync(
          path.join(folder, NEWEST),
          `-- atlas:txtar\n\n-- checks.sql --\nSELECT 1 = 1;\n${ASSERTION}\n\n-- migration.sql --\nALTER TABLE accounts ADD COLUMN closed int;\n`,
        );
        expect((await daemon.cli('migrate', 'hash', '--dir', `file://${folder}`)).code).toBe(0);
        for (const tenant of fleet.of('rest')) {
          await fleet.backend.run(tenant, ["INSERT INTO accounts (id, name, balance) VALUES (99, 'zoe', 0)"]);
        }
        const plan = await daemon.cli('rollout', 'plan', '--project', 'shop', '--env', 'prod');
        expect(plan.stdout).toMatch(/targets from 20240102000000 +2 files, 2 checks/);
        expect(plan.stdout).toContain(`${NEWEST}  after 2 checks`);

        const id = await daemon.start('shop');
        const paused = await daemon.reach(id, 'paused');
        expect(paused.counts).toMatchObject({ applied: 2, failed: 4 });
        expect(paused.causes.map(({ count }) => count)).toEqual([4]);
        const text = `1 of 2 assertions failed: check assertion "${ASSERTION}" returned false`;
        expect(paused.cause).toContain(`CHECK_FAILED ${text}`);
        expect(paused.causes[0]?.message).toBe(text);
        const failed = fleet.tenants.filter(({ name }) => paused.causes[0]?.targets.includes(name));
        for (const tenant of failed) {
          const { objects, revisions } = await fleet.backend.read(tenant);
          // Of the file that has the check there is nothing; the one before it stays.
          expect(revisions.at(-1)?.version).toBe('20240103000000');
          expect(objects.join('\n')).not.toContain('closed');
        }

        for (const tenant of fleet.of('rest')) {
          await fleet.backend.run(tenant, ['DELETE FROM accounts WHERE id = 99']);
        }
        await daemon.tell('retry', id, '--failed');
        const done = await daemon.until(id, 'succeeded', ({ state }) => state === 'succeeded');
        expect(done.counts).toEqual({ applied: 16 });
      } finally {
        await daemon.stop();
        await fleet.stop();
      }
    },
  );
});
