/** One kind of fault, with what has to hold under it. Scenarios are listed in ../scenarios.ts. */
export interface Scenario {
  /** As in `--only`. */
  readonly name: string;
  /** The failure modes of fleet.md section 4b that it covers: `F2`. */
  readonly covers: readonly string[];
  /** What it shows, in one line. */
  readonly shows: string;
  /** How many schedules `npm test` runs of it, and how many a run without `--schedules`. */
  readonly schedules: { readonly quick: number; readonly long: number };
  /**
   * Runs schedules `seed`, `seed + 1`, …: each seed stands for itself, so that one of them can be run alone.
   * Rejects only where the rig itself is broken; what breaks a promise goes to `options.fail`.
   */
  run(seed: number, options: ScenarioOptions): Promise<Figures>;
}

export interface ScenarioOptions {
  readonly schedules: number;
  /** Progress, for whoever watches. */
  say(line: string): void;
  /** A promise that did not hold, with the schedule that shows it. */
  fail(seed: number, what: string): void;
}

/** Name → count, or milliseconds where the name ends in `Ms`. */
export type Figures = Readonly<Record<string, number>>;

/** `p50`, `p99` and `max` of durations, as figures; none where nothing was measured. */
export function durationFigures(name: string, values: readonly number[]): Figures {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  if (sorted.length === 0) return {};
  const rounded = (value: number): number => Math.round(value * 10) / 10;
  return {
    [`${name} p50Ms`]: rounded(at(0.5)),
    [`${name} p99Ms`]: rounded(at(0.99)),
    [`${name} maxMs`]: rounded(sorted.at(-1) ?? 0),
  };
}
