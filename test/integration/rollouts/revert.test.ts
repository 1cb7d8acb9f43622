import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noteFigures } from '../../support/note-figures.ts';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { startDaemon } from '../fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { findBegun, findWrongs, takeCensus } from '../fleet/oracle.ts';
import { watchTouches } from '../fleet/watch-touches.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "early" {
    match    = var.tier == "early"
    parallel = 4
  }
  group "rest" {
    parallel = 6
  }`;
const TIERS = { canary: 2, early: 12, rest: 22 };
const COUNT = 36;

const KINDS: readonly (readonly [FleetKind, server: (() => Promise<unknown>) | undefined, slowS: number])[] = [
  ['schemas', postgresServer, 0.2],
  ['databases', postgresServer, 0.2],
  ['mariadb', mariadbServer, 0.2],
  ['sqlite', undefined, 0.1],
];

/** FLOTILLA_TEST_SEED repeats a run. */
const SEED = Number(process.env.FLOTILLA_TEST_SEED ?? randomInt(1_000_000));

describe.each(KINDS)('a rollout over %s, cut off at a random point and taken back', async (kind, server, slowS) => {
  const reason = server === undefined ? undefined : await skipReason(server);
  const cut = 3 + (SEED % (COUNT - 12));

  it.skipIf(reason !== undefined)(`leaves every tenant as it was (seed ${SEED}: from ${cut} on)`, async () => {
    const watch = await watchTouches(kind);
    const fleet = await makeFleet(kind, { tiers: TIERS, groups: GROUPS, slowS, wayBack: true, ...watch });
    const daemon = await startDaemon({ shop: fleet });
    try {
      const before = await takeCensus(fleet);
      const started = Date.now();
      const id = await daemon.start('shop');
      await daemon.until(id, 'at the cut', ({ counts }) => (counts.applied ?? 0) >= cut);
      await daemon.tell('abort', id, '--reason', 'wrong version');
      await daemon.reach(id, 'aborted');
      const forwardMs = Date.now() - started;
      const begun = new Set(await findBegun(fleet, before));
      const midway = await takeCensus(fleet);
      const applied = fleet.tenants.filter(({ name }) => midway.tenants.get(name)?.revisions.length === 3);
      expect(applied.length).toBeGreaterThanOrEqual(cut);
      expect(applied.length).toBeLessThan(COUNT);

      // The connections of the way there are closed: whoever is spoken to from here on is spoken to by the way back.
      await daemon.end();
      watch.begin(fleet);
      await daemon.serve();
      const turned = Date.now();
      await daemon.tell('revert', id, '--reason', 'wrong version');
      const done = await daemon.reach(id, 'reverted');
      const backMs = Date.now() - turned;
      const spokenTo = watch.touched(fleet);
      expect(spokenTo).toEqual(applied.map(({ name }) => name).sort());
      expect(done.counts).toEqual({ reverted: applied.length, pending: COUNT - applied.length });
      const taken = await findWrongs(fleet, before, ({ name }) => (begun.has(name) ? 'reverted' : 'untouched'));
      expect(taken).toEqual([]);
      process.stdout.write(
        `${kind}: ${applied.length} of ${COUNT} targets, ${forwardMs} ms there and ${backMs} ms back (seed ${SEED})\n`,
      );

      noteFigures({
        'targets taken back': applied.length,
        'untouched that were spoken to': spokenTo.length - applied.length,
        [`${kind} back against forward %`]: (100 * backMs) / forwardMs,
      });
      watch.begin(fleet);
      const next = await daemon.start('shop');
      await daemon.reach(next, 'succeeded');
      const others = fleet.tenants.filter((tenant) => !applied.includes(tenant)).map(({ name }) => name);
      // The watch sees the others as soon as they are spoken to.
      expect(watch.touched(fleet)).toEqual(expect.arrayContaining(others));
      expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
      expect(daemon.lockFiles()).toEqual([]);
    } finally {
      await daemon.stop();
      await fleet.stop();
      await watch.stop();
    }
  });
});
