import { durationFigures, type Figures, type Scenario, type ScenarioOptions } from '../rig/scenario.ts';
import { type KillSchedule, planKills } from './plan-kills.ts';
import { runKills } from './run-kills.ts';
import { makeSite, type Site } from './site.ts';

/** kill -9 of whatever there is, at fault points and at random instants, while a rollout runs. */
export const kills: Scenario = {
  name: 'kills',
  covers: ['F1', 'F2', 'F7'],
  shows: 'kill -9 of engine, daemon, Temporal, store, database: each target once, by itself',
  schedules: { quick: 3, long: 1_000 },
  async run(seed, options) {
    const schedules = Array.from({ length: options.schedules }, (_, i) => planKills(seed + i));
    const tally = { kills: 0, 'kills at points': 0, 'broken promises': 0 };
    const resumes: number[] = [];
    // What has the same site runs one after the other: servers and daemons stay up.
    const bySite = Map.groupBy(schedules, ({ kind, layout }) => `${kind}, ${layout}`);
    for (const [name, group] of bySite) {
      options.say(`${name}: ${group.length} schedules`);
      await runOnSite(group, options, tally, resumes);
    }
    return { ...tally, ...durationFigures('resume', resumes) } satisfies Figures;
  },
};

async function runOnSite(
  schedules: readonly KillSchedule[],
  options: ScenarioOptions,
  tally: { kills: number; 'kills at points': number; 'broken promises': number },
  resumes: number[],
): Promise<void> {
  let site: Site | undefined;
  try {
    for (const schedule of schedules) {
      site ??= await makeSite(schedule.kind, schedule.layout);
      const beganMs = Date.now();
      const outcome = await runKills(site, schedule);
      tally.kills += outcome.kills;
      tally['kills at points'] += outcome.killsAtPoints;
      tally['broken promises'] += outcome.wrongs.length;
      if (outcome.resumeMs !== undefined) resumes.push(outcome.resumeMs);
      const took = ((Date.now() - beganMs) / 1000).toFixed(1);
      const parts = schedule.kills.map(({ part }) => part).join(' ');
      const resumed = outcome.resumeMs === undefined ? '' : `, resumed after ${(outcome.resumeMs / 1000).toFixed(1)} s`;
      options.say(`seed ${schedule.seed}: ${outcome.kills} kills (${parts})${resumed}, ${took} s`);
      if (outcome.wrongs.length === 0) continue;
      options.fail(schedule.seed, `${JSON.stringify(schedule)}\n${outcome.wrongs.join('\n')}`);
      // What is broken must not make the next schedule fail.
      await site.stop();
      site = undefined;
    }
  } finally {
    await site?.stop();
  }
}
