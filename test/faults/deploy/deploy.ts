import { type Daemon, startDaemon } from '../../integration/fleet/daemon.ts';
import { type FleetKind, makeFleet } from '../../integration/fleet/fleet.ts';
import { canaryThenRest } from '../../integration/fleet/groups.ts';
import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import { sleep } from '../rig/flotilla-process.ts';
import { seededRandom } from '../rig/random.ts';
import { durationFigures, type Scenario } from '../rig/scenario.ts';
import { eachSchedule } from '../rig/schedules.ts';
import { tenantMariadb, tenantPostgres } from '../rig/servers.ts';
import { makeNextBuild } from './next-build.ts';

const GROUPS = canaryThenRest(4);
const TIERS = { canary: 2, rest: 38 };
const NEXT = '0.99.0';

/**
 * The daemon is ended in the middle of a rollout and another build goes on with it, and back again. That the code of today replays the
 * histories of earlier code is a test of its own (test/workflow/replay.test.ts).
 */
export const deploy: Scenario = {
  name: 'deploy',
  covers: ['F16'],
  shows: 'another build takes over in the middle, at random points: no non-determinism, each target once',
  schedules: { quick: 1, long: 30 },
  async run(seed, options) {
    await Promise.all([tenantPostgres(), tenantMariadb()]);
    const program = makeNextBuild(NEXT);
    const tally = { deployments: 0, 'non-determinism errors': 0 };
    const awayMs: number[] = [];
    await eachSchedule(seed, options, async (one) => {
      const random = seededRandom(one);
      const kind = random.pick<FleetKind>(['schemas', 'databases', 'mariadb']);
      const fleet = await makeFleet(kind, { tiers: TIERS, groups: GROUPS, slowS: 0.3 });
      const daemon = await startDaemon({ shop: fleet });
      try {
        const before = await takeCensus(fleet);
        const wrongs: string[] = [];
        const id = await daemon.start('shop');
        const points = [random.int(2, 12), random.int(14, 24), random.int(26, 34)].slice(0, random.int(1, 3));
        for (const [i, applied] of points.entries()) {
          await daemon.until(
            id,
            `at ${applied}`,
            ({ counts, state }) => (counts.applied ?? 0) >= applied || state === 'succeeded',
          );
          const beganMs = Date.now();
          await (random.chance(0.5) ? daemon.end() : daemon.kill());
          await daemon.serve(i % 2 === 0 ? program : undefined);
          awayMs.push(Date.now() - beganMs);
          const { body } = await daemon.ask<{ readonly version: string }>('/api/v1/version');
          if ((body.version === NEXT) !== (i % 2 === 0)) wrongs.push(`the build that runs is ${body.version}`);
          if (!(await answers(daemon, id))) wrongs.push(`the workflow does not go on under ${body.version}`);
        }
        await daemon.reach(id, 'succeeded').catch((error: unknown) => wrongs.push(String(error)));
        wrongs.push(...(await findWrongs(fleet, before, () => 'applied')));
        const errors = daemon.log().match(/nondetermin|TMPRL1100/gi)?.length ?? 0;
        if (errors > 0)
          wrongs.push(`${errors} lines of the log speak of non-determinism: ${daemon.log().slice(-3_000)}`);
        tally.deployments += points.length;
        tally['non-determinism errors'] += errors;
        return { wrongs, said: `${kind}, ${points.length} deployments` };
      } finally {
        await daemon.stop();
        await fleet.stop();
      }
    });
    return { ...tally, ...durationFigures('away', awayMs) };
  },
};

const ANSWER_MS = 30_000;

/**
 * Whether the workflow has taken a message since: slices that are claimed go on without it, and a build that cannot replay its history would
 * not be noticed. It is the workflow that opens the gate again.
 */
async function answers(daemon: Daemon, id: string): Promise<boolean> {
  const asked = await daemon.cli('rollout', 'pause', id);
  if (asked.code === 0) await daemon.cli('rollout', 'resume', id);
  for (const deadline = Date.now() + ANSWER_MS; Date.now() < deadline; await sleep(50)) {
    if (['running', 'succeeded'].includes((await daemon.rollout(id)).state)) return true;
  }
  return false;
}
