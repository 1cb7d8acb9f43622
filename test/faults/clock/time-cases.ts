export interface TimeCase {
  readonly name: string;
  /** In the deployment of the project file. */
  readonly block: string;
  /** Whether a target may start at an instant of the hours around; by hand, from the rules of the zone, not by the product's code. */
  readonly isAllowed: (atMs: number) => boolean;
  /** Where that changes. */
  readonly edges: readonly number[];
  /** Some instant of the day at which targets may start, an hour from any edge. */
  readonly freeMs: number;
}

const at = (text: string): number => Date.parse(`${text}Z`);

/** Instants in UTC: Berlin is UTC+1, in summer UTC+2; New York UTC-5, in summer UTC-4. */
const freeze = (
  name: string,
  local: readonly [from: string, to: string, zone: string],
  utc: readonly [string, string],
): TimeCase => {
  const [fromMs, toMs] = [at(utc[0]), at(utc[1])];
  return {
    name,
    block: `freeze "rig" {\n    from = "${local[0]}"\n    to   = "${local[1]}"\n    zone = "${local[2]}"\n  }`,
    isAllowed: (ms) => ms < fromMs || ms >= toMs,
    edges: [fromMs, toMs],
    freeMs: toMs + 2 * 3_600_000,
  };
};

const allow = (
  name: string,
  local: readonly [from: string, to: string, zone: string],
  utc: readonly [string, string],
): TimeCase => {
  const [fromMs, toMs] = [at(utc[0]), at(utc[1])];
  return {
    name,
    block: `allow {\n    from = "${local[0]}"\n    to   = "${local[1]}"\n    zone = "${local[2]}"\n  }`,
    isAllowed: (ms) => ms >= fromMs && ms < toMs,
    edges: [fromMs, toMs],
    freeMs: (fromMs + toMs) / 2,
  };
};

const [BERLIN, NEW_YORK] = ['Europe/Berlin', 'America/New_York'];

export const TIME_CASES: readonly [TimeCase, ...TimeCase[]] = [
  freeze(
    'a freeze that ends with a leap second',
    ['2016-12-31T23:00', '2017-01-01T00:00', 'UTC'],
    ['2016-12-31T23:00', '2017-01-01T00:00'],
  ),
  allow('an hour that ends with a leap second', ['23:00', '24:00', 'UTC'], ['2016-12-31T23:00', '2017-01-01T00:00']),
  // At 02:00 the clocks show 03:00.
  freeze(
    'a freeze over clocks set forward',
    ['2026-03-29T01:30', '2026-03-29T03:30', BERLIN],
    ['2026-03-29T00:30', '2026-03-29T01:30'],
  ),
  allow('two hours of which one is skipped', ['01:00', '03:00', BERLIN], ['2026-03-29T00:00', '2026-03-29T01:00']),
  // 02:30 is never shown: it becomes 03:30.
  freeze(
    'a freeze from a time that is skipped',
    ['2026-03-08T02:30', '2026-03-08T04:30', NEW_YORK],
    ['2026-03-08T07:30', '2026-03-08T08:30'],
  ),
  // At 03:00 the clocks show 02:00 again.
  freeze(
    'a freeze to a time that is shown twice',
    ['2026-10-25T01:30', '2026-10-25T02:30', BERLIN],
    ['2026-10-24T23:30', '2026-10-25T01:30'],
  ),
  allow('an hour that is shown twice', ['02:00', '03:00', BERLIN], ['2026-10-25T00:00', '2026-10-25T02:00']),
  freeze(
    'a freeze over clocks set back',
    ['2026-11-01T00:30', '2026-11-01T01:30', NEW_YORK],
    ['2026-11-01T04:30', '2026-11-01T06:30'],
  ),
];
