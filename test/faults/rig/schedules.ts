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
