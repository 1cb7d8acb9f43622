import fs from 'node:fs';
import path from 'node:path';
import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import type { Tenant } from '../../integration/fleet/tenants.ts';
import { makeSite, type Site } from '../kills/site.ts';
import { seededRandom } from '../rig/random.ts';
import type { Scenario } from '../rig/scenario.ts';
import { eachScheduleOn } from '../rig/schedules.ts';

const TENANTS = 160;
const END_MS = 60_000;
/** 32 lanes: the daemon's own limit is 16 for each of the two hosts. */
const groups = (maxFailures: number): string => `
  group "all" {
    parallel     = 32
    max_failures = ${maxFailures}
  }`;

/** 1 to 5 % of the tenants are such that the change fails on them; never more than k + 1 of these are tried. */
export const budget: Scenario = {
  name: 'budget',
  covers: ['F5'],
  shows: 'poisoned tenants at 32 lanes: never more than max_failures + 1 fail, the healthy ones are whole',
  schedules: { quick: 2, long: 200 },
  async run(seed, options) {
    const tally = { 'poisoned tenants': 0, 'failed tenants': 0, 'budgets spent': 0, overshoots: 0 };
    const make = (): Promise<Site> => makeSite('schemas', 'one', groups(0), { all: TENANTS });
    await eachScheduleOn(seed, options, make, async (site, one) => {
      const { poisoned, failed, maxFailures, wrongs } = await poisonSome(site, one);
      tally['poisoned tenants'] += poisoned;
      tally['failed tenants'] += failed;
      tally['budgets spent'] += failed > maxFailures ? 1 : 0;
      tally.overshoots += failed > maxFailures + 1 ? 1 : 0;
      return { wrongs, said: `${failed} of ${poisoned} failed, max_failures ${maxFailures}` };
    });
    return tally;
  },
};

async function poisonSome({ fleet, client }: Site, seed: number) {
  const random = seededRandom(seed);
  const maxFailures = random.int(0, 4);
  const project = path.join(fleet.project, 'atlas.hcl');
  const text = fs.readFileSync(project, 'utf8');
  fs.writeFileSync(project, text.replace(/max_failures = \d+/, `max_failures = ${maxFailures}`));
  await fleet.reset();
  const count = Math.max(1, Math.round((random.int(1, 5) * TENANTS) / 100));
  // Scattered, or neighbours: these are in flight together, which is when a budget is overspent.
  const first = random.int(0, TENANTS - count);
  const poisoned = random.chance(0.5)
    ? fleet.tenants.slice(first, first + count)
    : random.shuffle(fleet.tenants).slice(0, count);
  // It fails behind the statement that says that it began.
  for (const tenant of poisoned) await fleet.backend.run(tenant, ['ALTER TABLE accounts RENAME TO accounts_away']);
  const before = await takeCensus(fleet);
  const end = await client.untilAtRest(await client.start('shop'), END_MS);
  const wrongs: string[] = [];
  const expected = poisoned.length > maxFailures ? 'paused' : 'failed';
  if (end?.state !== expected) wrongs.push(`the rollout is ${end?.state}, not ${expected}: ${end?.cause ?? ''}`);
  if (end?.state === 'paused') {
    await client.tell(end.id, 'abort');
    await client.untilState(end.id, 'aborted', END_MS);
  }
  // The sequence counts also what was rolled back: a poisoned tenant that has begun has failed.
  const starts = await fleet.backend.countStarts(poisoned);
  const isFailed = ({ name }: Tenant): boolean => (starts.get(name) ?? 0) > (before.tenants.get(name)?.starts ?? 0);
  const failed = poisoned.filter(isFailed).length;
  const wanted = Math.min(poisoned.length, maxFailures + 1);
  if (failed !== wanted) wrongs.push(`${failed} targets failed, not ${wanted}: max_failures is ${maxFailures}`);
  const isPoisoned = new Set(poisoned);
  const healthy = expected === 'failed' ? 'applied' : 'either';
  const found = await findWrongs(fleet, before, (tenant) => (isPoisoned.has(tenant) ? 'untouched' : healthy));
  wrongs.push(...found.filter((wrong) => !/: begun \d+ times/.test(wrong)));
  return { poisoned: poisoned.length, failed, maxFailures, wrongs };
}
