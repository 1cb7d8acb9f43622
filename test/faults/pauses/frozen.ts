import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import { makeSite, type Site } from '../kills/site.ts';
import { sleep } from '../rig/flotilla-process.ts';
import { seededRandom } from '../rig/random.ts';
import { durationFigures, type Scenario } from '../rig/scenario.ts';
import { eachScheduleOn } from '../rig/schedules.ts';
import { findLateStarts, type StillTime } from './still-time.ts';

const GROUPS = `
  group "all" {
    parallel = 8
    on_error = CONTINUE
  }`;
const PAUSES = 5;
const END_MS = 60_000;

/** Pauses against processes of every role; an engine is frozen before the pause and woken while it holds. */
export const frozen: Scenario = {
  name: 'frozen',
  covers: ['F10', 'F18'],
  shows: 'random pauses, several engine processes on Postgres, one frozen over the pause',
  schedules: { quick: 1, long: 60 },
  async run(seed, options) {
    const acknowledgements: number[] = [];
    const tally = { pauses: 0, 'engines frozen': 0, 'starts after': 0 };
    const make = (): Promise<Site> => makeSite('schemas', 'split', GROUPS, { all: 80 });
    await eachScheduleOn(seed, options, make, async (site, one) => {
      const outcome = await freeze(site, one);
      acknowledgements.push(...outcome.acknowledgements);
      tally.pauses += outcome.acknowledgements.length;
      tally['engines frozen'] += outcome.frozen;
      tally['starts after'] += outcome.late.length;
      return {
        wrongs: [...outcome.late, ...outcome.wrongs],
        said: `${outcome.acknowledgements.length} pauses`,
      };
    });
    return { ...tally, ...durationFigures('acknowledged', acknowledgements) };
  },
};

async function freeze({ fleet, client, processes }: Site, seed: number) {
  const random = seededRandom(seed);
  const engines = processes.filter(({ name }) => name.startsWith('engine'));
  await fleet.reset();
  const before = await takeCensus(fleet);
  const acknowledgements: number[] = [];
  const stills: StillTime[] = [];
  let count = 0;
  const id = await client.start('shop');
  while (stills.length < PAUSES) {
    await sleep(random.int(50, 250));
    const victim = random.chance(0.7) ? engines[random.int(0, engines.length - 1)] : undefined;
    const [freezeMs, stillMs] = [random.int(0, 80), random.int(60, 400)];
    const seen = await client.get(id);
    if (seen !== undefined && ['succeeded', 'failed'].includes(seen.state)) break;
    victim?.signal('SIGSTOP');
    try {
      count += victim === undefined ? 0 : 1;
      await sleep(freezeMs);
      const askedMs = performance.now();
      await client.tell(id, 'pause');
      const acknowledgedMs = Date.now();
      acknowledgements.push(performance.now() - askedMs);
      await sleep(stillMs);
      const woken = victim === undefined ? {} : { wokenMs: Date.now() };
      victim?.signal('SIGCONT');
      // Now it goes on from where it was, with what it had read then.
      await sleep(200);
      stills.push({ acknowledgedMs, resumedMs: Date.now(), ...woken });
      await client.tell(id, 'resume');
    } finally {
      victim?.signal('SIGCONT');
    }
  }
  const wrongs: string[] = [];
  const end = await client.untilAtRest(id, END_MS);
  if (end?.state !== 'succeeded')
    wrongs.push(`the rollout is ${end?.state}: ${end?.cause ?? ''} ${JSON.stringify(end?.counts)}`);
  wrongs.push(...(await findWrongs(fleet, before, () => 'applied')));
  return { acknowledgements, late: await findLateStarts(fleet, stills), frozen: count, wrongs };
}
