import { canaryThenRest } from '../../integration/fleet/groups.ts';
import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import { makeSite, type Site } from '../kills/site.ts';
import { findLateStarts, type StillTime } from '../pauses/still-time.ts';
import { type FlotillaProcess, sleep } from '../rig/flotilla-process.ts';
import { seededRandom } from '../rig/random.ts';
import { rolloutClient } from '../rig/rollout-client.ts';
import type { Scenario } from '../rig/scenario.ts';

const GROUPS = canaryThenRest(4);
const TIERS = { canary: 2, rest: 48 };
/** Past the heartbeat timeout of 5 s and the lease of places of 6 s. */
const FROZEN_MS = 7_000;
/** What a woken daemon may still do wrong it does in its first moments. */
const WOKEN_MS = 1_000;
const END_MS = 60_000;

/** Two whole daemons act on one rollout: one of them is frozen past every lease and woken under a pause, or killed; the other takes over. */
export const twoDaemons: Scenario = {
  name: 'two-daemons',
  covers: ['F10'],
  shows: 'two daemons on one store, one frozen past its leases and woken under a pause, or killed; verbs to either',
  schedules: { quick: 1, long: 40 },
  async run(seed, { schedules, say, fail }) {
    const tally = { 'daemons frozen': 0, 'daemons killed': 0, 'starts after a pause': 0, 'late writes refused': 0 };
    let site: Site | undefined;
    try {
      for (let i = 0; i < schedules; i += 1) {
        site ??= await makeSite('schemas', 'twins', GROUPS, TIERS);
        const outcome = await split(site, seed + i).catch((error: unknown) => ({
          late: [],
          wasFrozen: false,
          refused: 0,
          wrongs: [`the schedule broke off: ${String(error)}`],
        }));
        tally[outcome.wasFrozen ? 'daemons frozen' : 'daemons killed'] += 1;
        tally['starts after a pause'] += outcome.late.length;
        tally['late writes refused'] += outcome.refused;
        say(`seed ${seed + i}: ${outcome.wasFrozen ? 'frozen' : 'killed'}, ${outcome.refused} late writes refused`);
        const wrongs = [...outcome.late, ...outcome.wrongs];
        if (wrongs.length === 0) continue;
        fail(seed + i, wrongs.join('\n'));
        await site.stop();
        site = undefined;
      }
    } finally {
      await site?.stop();
    }
    return tally;
  },
};

async function split({ fleet, processes }: Site, seed: number) {
  const random = seededRandom(seed);
  const victim = processes[random.int(0, 1)];
  const other = processes.find((one) => one !== victim);
  if (victim === undefined || other === undefined) throw new Error('two daemons are expected');
  const [ofVictim, ofOther] = [rolloutClient(victim.address), rolloutClient(other.address)];
  const wasFrozen = random.chance(0.7);
  await fleet.reset();
  const before = await takeCensus(fleet);
  const refusedBefore = await refusedBy(processes);
  const id = await (random.chance(0.5) ? ofVictim : ofOther).start('shop');
  await sleep(random.int(100, 1_200));
  const stills: StillTime[] = [];
  if (wasFrozen) {
    victim.signal('SIGSTOP');
    try {
      // Half of the time before the other has taken its work over, half of the time after it.
      const awayMs = random.int(0, FROZEN_MS);
      await sleep(awayMs);
      const isOver = ['succeeded', 'failed'].includes((await ofOther.get(id))?.state ?? '');
      if (!isOver) await ofOther.tell(id, 'pause');
      const acknowledgedMs = Date.now();
      await sleep(FROZEN_MS - awayMs);
      const wokenMs = Date.now();
      victim.signal('SIGCONT');
      await sleep(WOKEN_MS);
      if (!isOver) {
        stills.push({ acknowledgedMs, resumedMs: Date.now(), wokenMs });
        await ofVictim.tell(id, 'resume');
      }
    } finally {
      victim.signal('SIGCONT');
    }
  } else {
    await victim.kill();
    await sleep(random.int(0, 1_000));
    victim.spawn();
    await victim.untilReady();
  }
  const wrongs: string[] = [];
  const end = await ofOther.untilAtRest(id, END_MS);
  if (end?.state !== 'succeeded')
    wrongs.push(`the rollout is ${end?.state}: ${end?.cause ?? ''} ${JSON.stringify(end?.counts)}`);
  wrongs.push(...(await findWrongs(fleet, before, () => 'applied')));
  const refused = wasFrozen ? (await refusedBy(processes)) - refusedBefore : 0;
  return { late: await findLateStarts(fleet, stills), wasFrozen, refused, wrongs };
}

/** `flotilla_fenced_writes_total` of all daemons. */
async function refusedBy(processes: readonly FlotillaProcess[]): Promise<number> {
  const texts = await Promise.all(processes.map(async ({ address }) => (await fetch(`${address}/metrics`)).text()));
  const counts = texts.flatMap((text) => Array.from(text.matchAll(/^flotilla_fenced_writes_total\{[^}]*\} (\d+)/gm)));
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
