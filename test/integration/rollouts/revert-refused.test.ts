import { describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { revisionOf } from '../fleet/migrations.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';
import { watchTouches } from '../fleet/watch-touches.ts';

const GROUPS = 'group "all" { parallel = 4 }';
const BY_HAND = {
  version: '20240104000000',
  description: 'by_hand',
  statements: ['CREATE TABLE by_hand (id bigint)'],
  hash: 'x',
};

const KINDS: readonly (readonly [FleetKind, server: (() => Promise<unknown>) | undefined])[] = [
  ['schemas', postgresServer],
  ['databases', postgresServer],
  ['mariadb', mariadbServer],
  ['sqlite', undefined],
];

describe.each(KINDS)('a revert over %s', async (kind, server) => {
  const reason = server === undefined ? undefined : await skipReason(server);

  it.skipIf(reason !== undefined)(
    'leaves a target that has moved on since, says where it is, and takes the others back',
    async () => {
      const fleet = await makeFleet(kind, { tiers: { rest: 8 }, groups: GROUPS, wayBack: true });
      const daemon = await startDaemon({ shop: fleet });
      try {
        const before = await takeCensus(fleet);
        const id = await daemon.start('shop');
        await daemon.reach(id, 'succeeded');
        const [, moved] = fleet.tenants;
        if (moved === undefined) throw new Error('eight tenants were asked for');
        await fleet.backend.run(moved, [...BY_HAND.statements, revisionOf(fleet.backend.dialect, BY_HAND)]);
        const movedState = await fleet.backend.read(moved);

        await daemon.tell('revert', id);
        const failed = await daemon.reach(id, 'failed');
        expect(failed.counts).toEqual({ reverted: 7, failed: 1 });
        expect(failed.cause).toMatch(/^1 target could not be taken back: /);
        expect(failed.causes).toEqual([
          expect.objectContaining({
            count: 1,
            targets: [moved.name],
            message: expect.stringContaining('the target is at version "20240104000000", not at "20240103000000"'),
          }),
        ]);
        const known = { ...before, tenants: new Map([...before.tenants, [moved.name, movedState]]) };
        expect(await findWrongs(fleet, known, () => 'reverted')).toEqual([]);

        // What was done by hand is taken back by hand: then the target goes the way of the others.
        const revisions =
          kind === 'databases' ? 'atlas_schema_revisions.atlas_schema_revisions' : 'atlas_schema_revisions';
        await fleet.backend.run(moved, [
          'DROP TABLE by_hand',
          `DELETE FROM ${revisions} WHERE version = '20240104000000'`,
        ]);
        await daemon.tell('retry', id);
        expect((await daemon.reach(id, 'reverted')).counts).toEqual({ reverted: 8 });
        expect(await findWrongs(fleet, before, () => 'reverted')).toEqual([]);
      } finally {
        await daemon.stop();
        await fleet.stop();
      }
    },
  );

  it.skipIf(reason !== undefined)(
    'is refused where the files have no way back: version, count, what is missing; nobody is asked',
    async () => {
      const watch = await watchTouches(kind);
      const fleet = await makeFleet(kind, { tiers: { rest: 6 }, groups: GROUPS, ...watch });
      const daemon = await startDaemon({ shop: fleet });
      try {
        const before = await takeCensus(fleet);
        const id = await daemon.start('shop');
        await daemon.reach(id, 'succeeded');
        await daemon.end();
        watch.begin(fleet);
        await daemon.serve();
        const { code, stderr } = await daemon.cli('rollout', 'revert', id);
        expect(code).toBe(1);
        const missing = 'has no "-- down.sql --" section (in a file that begins with "-- atlas:txtar")';
        for (const [version, name, count] of [
          ['20240103000000', 'orders', 6],
          ['20240102000000', 'email', 2],
        ]) {
          expect(stderr).toContain(
            `version "${version}" cannot be taken back: "${version}_${name}.sql" ${missing} (${count} targets)`,
          );
        }
        expect(watch.touched(fleet)).toEqual([]);
        expect((await daemon.rollout(id)).state).toBe('succeeded');
        expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
      } finally {
        await daemon.stop();
        await fleet.stop();
        await watch.stop();
      }
    },
  );
});
