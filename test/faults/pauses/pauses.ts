import { isFinal } from '../../../src/shared/states.ts';
import { type Fleet, makeFleet } from '../../integration/fleet/fleet.ts';
import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import { sleep } from '../rig/flotilla-process.ts';
import { seededRandom } from '../rig/random.ts';
import { durationFigures, type Scenario } from '../rig/scenario.ts';
import { startInProcess } from './in-process.ts';
import { findLateStarts, type StillTime } from './still-time.ts';

const GROUPS = `
  group "all" {
    parallel = 8
    on_error = CONTINUE
  }`;
const PAUSES = 10;
const END_MS = 30_000;
const olga = { actor: { name: 'olga', role: 'operator' }, reason: 'rig' } as const;

/** Ten pauses at random moments of each rollout, against the engine in this process. */
export const pauses: Scenario = {
  name: 'pauses',
  covers: ['F18'],
  shows: 'random pauses, engine in the process, SQLite: no start after the acknowledgement',
  schedules: { quick: 5, long: 1_000 },
  async run(seed, { schedules, say, fail }) {
    const fleet = await makeFleet('sqlite', { tiers: { all: 120 }, groups: GROUPS, slowS: 0.003 });
    const acknowledgements: number[] = [];
    const tally = { pauses: 0, 'starts after': 0 };
    try {
      for (let i = 0; i < schedules; i += 1) {
        const outcome = await pauseOften(fleet, seed + i);
        acknowledgements.push(...outcome.acknowledgements);
        tally.pauses += outcome.acknowledgements.length;
        tally['starts after'] += outcome.late.length;
        const wrongs = [...outcome.late, ...outcome.wrongs];
        if (wrongs.length > 0) fail(seed + i, wrongs.join('\n'));
        if (i % 20 === 19) say(`${tally.pauses} pauses`);
      }
    } finally {
      await fleet.stop();
    }
    return { ...tally, ...durationFigures('acknowledged', acknowledgements) };
  },
};

async function pauseOften(fleet: Fleet, seed: number) {
  const random = seededRandom(seed);
  await fleet.reset();
  const before = await takeCensus(fleet);
  const { app, stop } = await startInProcess(fleet);
  const acknowledgements: number[] = [];
  const stills: StillTime[] = [];
  const wrongs: string[] = [];
  try {
    const { id } = await app.startRollout({ project: 'shop', env: 'prod' }, olga);
    const isOver = async (): Promise<boolean> => isFinal((await app.getRollout(id)).state);
    while (stills.length < PAUSES) {
      await sleep(random.int(0, 60));
      if (await isOver()) break;
      const askedMs = performance.now();
      await app.pauseRollout(id, olga);
      const acknowledgedMs = Date.now();
      acknowledgements.push(performance.now() - askedMs);
      await sleep(random.int(10, 60));
      stills.push({ acknowledgedMs, resumedMs: Date.now() });
      await app.resumeRollout(id, olga);
    }
    const deadline = Date.now() + END_MS;
    while (!(await isOver()) && Date.now() < deadline) await sleep(20);
    const { state, cause, counts } = await app.getRollout(id);
    if (state !== 'succeeded') wrongs.push(`the rollout is ${state}: ${cause ?? ''} ${JSON.stringify(counts)}`);
  } finally {
    await stop();
  }
  wrongs.push(...(await findWrongs(fleet, before, () => 'applied')));
  return { acknowledgements, late: await findLateStarts(fleet, stills), wrongs };
}
