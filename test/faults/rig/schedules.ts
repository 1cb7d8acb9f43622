import type { ScenarioOptions } from './scenario.ts';

/** What one schedule has shown. */
export interface ScheduleOutcome {
  /** One line for each promise that was broken. */
  readonly wrongs: readonly string[];
  /** In a few words, for whoever watches. */
  readonly said: string;
}

/** Runs `seed`, `seed + 1`, …, each by itself; rejects where `run` does. */
export async function eachSchedule(
  seed: number,
  { schedules, say, fail }: ScenarioOptions,
  run: (seed: number) => Promise<ScheduleOutcome>,
): Promise<void> {
  for (let one = seed; one < seed + schedules; one += 1) {
    const beganMs = Date.now();
    const { wrongs, said } = await run(one);
    say(`seed ${one}: ${said}, ${((Date.now() - beganMs) / 1000).toFixed(1)} s`);
    if (wrongs.length > 0) fail(one, wrongs.join('\n'));
  }
}

/**
 * As `eachSchedule`, on servers and processes that stay up from schedule to schedule. What a schedule breaks must not make the next one fail: after a
 * failure they are made anew. A schedule that rejects is a failure of that schedule.
 */
export async function eachScheduleOn<Site extends { stop(): Promise<void> }>(
  seed: number,
  options: ScenarioOptions,
  make: () => Promise<Site>,
  run: (site: Site, seed: number) => Promise<ScheduleOutcome>,
): Promise<void> {
  let site: Site | undefined;
  const stop = async (): Promise<void> => {
    await site?.stop();
    site = undefined;
  };
  try {
    await eachSchedule(seed, options, async (one) => {
      site ??= await make();
      const outcome = await run(site, one).catch((error: unknown) => ({
        wrongs: [`the schedule broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
        said: 'broken off',
      }));
      if (outcome.wrongs.length > 0) await stop();
      return outcome;
    });
  } finally {
    await stop();
  }
}
