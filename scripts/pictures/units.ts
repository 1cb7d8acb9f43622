/** How large a step of a unit of Grafana's is, and what it is called; from the largest. */
const STEPS: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  short: [
    [1e6, ' M'],
    [1e3, ' k'],
    [1, ''],
  ],
  ops: [[1, '/s']],
  percentunit: [[0.01, ' %']],
  s: [
    [3600, ' h'],
    [60, ' min'],
    [1, ' s'],
    [1e-3, ' ms'],
  ],
  bytes: [
    [2 ** 30, ' GiB'],
    [2 ** 20, ' MiB'],
    [2 ** 10, ' KiB'],
    [1, ' B'],
  ],
};

/** @throws for a unit that no dashboard has had so far */
function stepOf(value: number, unit: string): readonly [number, string] {
  const steps = STEPS[unit];
  const found = steps?.find(([least]) => Math.abs(value) >= least) ?? steps?.at(-1);
  if (found === undefined) throw new Error(`no way to write the unit "${unit}"`);
  return found;
}

/** The size of what the value is counted in: 60 for 300 s. */
export const sizeOf = (value: number, unit: string): number => stepOf(value, unit)[0];

/** A value in a unit of Grafana's, as in "5 min". */
export function formatValue(value: number, unit: string): string {
  const [size, name] = value === 0 ? [1, ''] : stepOf(value, unit);
  return `${Number((value / size).toPrecision(3))}${name}`;
}
