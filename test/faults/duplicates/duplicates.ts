import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import { seededRandom } from '../rig/random.ts';
import type { Scenario } from '../rig/scenario.ts';
import { eachScheduleOn } from '../rig/schedules.ts';
import { inOrder, makeTwins, type Twins } from '../two-daemons/twins.ts';
import { type Answer, callAtOnce } from './call-at-once.ts';

/** It waits for a person before the first target: so it is live for as long as the calls take. */
const GROUPS = `
  group "all" {
    parallel = 4
    approval = true
  }`;
const TIERS = { all: 12 };
const CALLS = 100;
const END_MS = 60_000;
const PROJECT = 'shop';

/** `key`: all calls have one idempotency key. `none`: they have none. `killed`: one key, and the daemon of half of them dies in the middle. */
type Kind = 'key' | 'none' | 'killed';
const KINDS: readonly Kind[] = ['key', 'none', 'killed'];

/** The same start, a hundred times at once. */
export const duplicates: Scenario = {
  name: 'duplicates',
  covers: ['F9'],
  shows: `${CALLS} identical starts at once over two daemons, with one key, without, and with a kill -9 of one of the two`,
  schedules: { quick: 1, long: 50 },
  async run(seed, options) {
    const tally = { calls: 0, 'rollouts created': 0, 'rollouts wanted': 0, 'refused as live': 0 };
    const make = (): Promise<Twins> => makeTwins({ [PROJECT]: { tiers: TIERS, groups: GROUPS } });
    await eachScheduleOn(seed, options, make, async (twins, one) => {
      const wrongs: string[] = [];
      for (const kind of KINDS) {
        const outcome = await callTwins(twins, kind, one);
        tally.calls += CALLS;
        tally['rollouts wanted'] += 1;
        tally['rollouts created'] += outcome.created;
        tally['refused as live'] += outcome.refused;
        wrongs.push(...outcome.wrongs.map((wrong) => `${kind}: ${wrong}`));
      }
      return { wrongs, said: `${KINDS.length} times ${CALLS} calls` };
    });
    return tally;
  },
};

async function callTwins(twins: Twins, kind: Kind, seed: number) {
  const random = seededRandom(seed * KINDS.length + KINDS.indexOf(kind));
  const fleet = twins.fleets.get(PROJECT);
  if (fleet === undefined) throw new Error(`no fleet of the project ${PROJECT}`);
  const [victim, survivor] = inOrder(twins, random.chance(0.5));
  const spreadMs = random.pick([30, 150, 600]);
  await fleet.reset();
  const before = await takeCensus(fleet);
  const [known, staged] = [new Set(await readIds(twins)), new Set(await readStaged(twins))];

  const killing = kind === 'killed' ? killAfter(victim.process, random.int(0, 400)) : undefined;
  const answers = await callAtOnce([victim.process.address, survivor.process.address], {
    project: PROJECT,
    // All of them while the first evaluates the fleet; or over its end; or some when it is done.
    delaysMs: Array.from({ length: CALLS }, () => random.int(0, spreadMs)),
    ...(kind === 'none' ? {} : { key: `ci-${seed}-${kind}` }),
  });
  await killing;
  const created = (await readIds(twins)).filter((id) => !known.has(id));
  const [id = ''] = created;
  const wrongs = created.length === 1 ? [] : [`${created.length} rollouts were created: ${created.join(' ')}`];
  wrongs.push(...wrongAnswers(kind, answers, id));

  // It goes on by itself up to where it waits; the dead daemon is not back by then.
  await survivor.client.untilState(id, 'awaiting_approval', END_MS);
  await survivor.client.tell(id, 'approve');
  const end = await survivor.client.untilAtRest(id, END_MS);
  if (end?.state !== 'succeeded') wrongs.push(`the rollout is ${end?.state}: ${end?.cause ?? ''}`);
  await victim.process.untilReady();
  wrongs.push(...(await findWrongs(fleet, before, () => 'applied')), ...(await wrongRows(twins)));
  // What a killed daemon had staged is swept when it is an hour old.
  const left = kind === 'killed' ? [] : (await readStaged(twins)).filter((one) => !staged.has(one));
  wrongs.push(...left.map((one) => `targets of a rollout ${one} that there is not`));
  return { created: created.length, refused: answers.filter(({ status }) => status === 409).length, wrongs };
}

async function killAfter(process: Twins['daemons'][number]['process'], ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  await process.kill();
}

const readIds = async ({ store }: Twins): Promise<readonly string[]> =>
  (await store.read<{ id: string }>('SELECT id FROM rollouts')).map(({ id }) => id);

/** Whose targets are there, and nothing else of them. */
const readStaged = async ({ store }: Twins): Promise<readonly string[]> => {
  const sql = 'SELECT DISTINCT rollout_id AS id FROM targets WHERE rollout_id NOT IN (SELECT id FROM rollouts)';
  return (await store.read<{ id: string }>(sql)).map(({ id }) => id);
};

/** With a key all get the one rollout; without one a single caller does, and the others are told which it is (docs/errors.md). */
function wrongAnswers(kind: Kind, answers: readonly Answer[], id: string): readonly string[] {
  const isMade = (answer: Answer): boolean => answer.status === 201 && answer.id === id;
  const isRefused = ({ status, code, detail }: Answer): boolean =>
    status === 409 && code === 'ROLLOUT_LIVE' && detail?.includes(id) === true;
  const others = answers.filter((answer) => !isMade(answer) && !(kind === 'none' && isRefused(answer)));
  const wrongs = others.slice(0, 3).map((answer) => `a caller got ${JSON.stringify(answer)}, the rollout is ${id}`);
  const made = answers.filter(isMade).length;
  const wanted = kind === 'none' ? 1 : CALLS;
  if (made !== wanted) wrongs.push(`${made} callers got the rollout as theirs, not ${wanted}`);
  return wrongs;
}

/** Nothing is only begun, and nothing was begun twice. */
async function wrongRows({ store }: Twins): Promise<readonly string[]> {
  const unsettled = await store.read<{ id: string; state: string }>(
    "SELECT id, state FROM rollouts WHERE live = 1 OR state <> 'succeeded'",
  );
  const events = await store.read<{ id: string; n: number }>(
    "SELECT rollout_id AS id, count(*)::int AS n FROM events WHERE kind = 'RolloutCreated' GROUP BY 1 HAVING count(*) <> 1",
  );
  return [
    ...unsettled.map(({ id, state }) => `rollout ${id} is left ${state}`),
    ...events.map(({ id, n }) => `rollout ${id} was created ${n} times, by the audit trail`),
  ];
}
