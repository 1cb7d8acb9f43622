import { canaryThenRest } from '../../integration/fleet/groups.ts';
import { findWrongs } from '../../integration/fleet/oracle.ts';
import { findLateStarts } from '../pauses/still-time.ts';
import type { Scenario } from '../rig/scenario.ts';
import { eachScheduleOn } from '../rig/schedules.ts';
import { countFenced } from './count-fenced.ts';
import { planRounds, type Round } from './plan-rounds.ts';
import { type LiveRollout, runRound, startAll } from './run-round.ts';
import { makeTwins, type Twins } from './twins.ts';

const GROUPS = canaryThenRest(4);
/** Two rollouts at once, which last for some seconds each. */
const PROJECTS = {
  shop: { tiers: { canary: 2, rest: 46 }, groups: GROUPS, slowS: 0.3 },
  crm: { tiers: { canary: 1, rest: 29 }, groups: GROUPS, slowS: 0.3 },
};
const END_MS = 90_000;

/** Two whole daemons act on two rollouts: one of them is frozen, cut off from the store or killed, or two of these at once, and comes back under a pause; the other takes over. */
export const twoDaemons: Scenario = {
  name: 'two-daemons',
  covers: ['F10'],
  shows:
    'two daemons on one store, two rollouts; frozen, cut off from the store, killed, back under a pause; verbs to either',
  schedules: { quick: 1, long: 40 },
  async run(seed, options) {
    const tally = { freezes: 0, cuts: 0, kills: 0, pauses: 0, 'starts after a pause': 0, 'late writes refused': 0 };
    await eachScheduleOn(
      seed,
      options,
      () => makeTwins(PROJECTS),
      async (twins, one) => {
        const { rounds, startsAtFirst } = planRounds(one, twins.fleets.size);
        const rollouts = await startAll(twins, startsAtFirst);
        const fenced = await countFenced(twins);
        for (const round of rounds) {
          const done = await runRound(twins, rollouts, round, fenced);
          tally.freezes += done.has('freeze') ? 1 : 0;
          tally.cuts += done.has('cut') ? 1 : 0;
          tally.kills += done.has('kill') ? 1 : 0;
        }
        const wrongs = (await Promise.all(rollouts.map((rollout) => judge(twins, rollout)))).flat();
        // What is left behind is found for all of a server: when every rollout is over.
        for (const { fleet, before } of rollouts) wrongs.push(...(await findWrongs(fleet, before, () => 'applied')));
        const late = (await Promise.all(rollouts.map(({ fleet, stills }) => findLateStarts(fleet, stills)))).flat();
        const refused = await fenced.sum();
        tally.pauses += rollouts.reduce((sum, { stills }) => sum + stills.length, 0);
        tally['starts after a pause'] += late.length;
        tally['late writes refused'] += refused;
        return {
          wrongs: [...late, ...wrongs].slice(0, 30),
          said: `${rounds.map(inWords).join(', then ')}; ${refused} late writes refused`,
        };
      },
    );
    return tally;
  },
};

const inWords = ({ faults, mode, pauseMs }: Round): string =>
  `${faults.map((fault) => (fault === 'cut' ? `cut (${mode.kind})` : fault)).join(' and ')}${pauseMs === undefined ? '' : ' under a pause'}`;

async function judge({ daemons: [{ client }] }: Twins, { id }: LiveRollout): Promise<readonly string[]> {
  // What it was told may not be seen yet: a pause that was lifted is no end.
  await client.untilState(id, 'succeeded', END_MS).catch(() => undefined);
  const end = await client.get(id);
  if (end?.state === 'succeeded') return [];
  return [`rollout ${id} is ${end?.state}: ${end?.cause ?? ''} ${JSON.stringify(end?.counts)}`];
}
