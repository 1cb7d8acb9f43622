/**
 * `npm run faults -- [--seed S] [--schedules N] [--only NAME] [--quick] [--planted]`: faults of every kind against real servers and real processes of ours,
 * judged by an oracle that reads the databases alone (test/integration/fleet/oracle.ts). Prints a table, writes faults.json. Each failure
 * names the seed, and the command that runs its schedule alone. `--planted` shows that the rig finds bugs: it plants one after the other in a
 * copy of the sources.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { NotPermitted, NotToBeHad } from '../support/provision.ts';
import { runPlanted } from './planted/run-planted.ts';
import type { Figures, Scenario } from './rig/scenario.ts';
import { SCENARIOS } from './scenarios.ts';

interface Result {
  readonly scenario: string;
  readonly covers: readonly string[];
  readonly seed: number;
  readonly schedules: number;
  readonly seconds: number;
  readonly figures: Figures;
  /** Why it could not be run here: on a laptop without one of the servers. Under CI=true that is a failure. */
  readonly skipped?: string;
  readonly failures: readonly { readonly seed: number; readonly what: string; readonly again: string }[];
}

const root = path.resolve(import.meta.dirname, '../..');
const out = (line: string): boolean => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    schedules: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
  },
});
const numberOf = (name: 'seed' | 'schedules'): number | undefined => {
  const text = values[name];
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`--${name} ${text}: a whole number is expected`);
  return Number(text);
};
if (values.planted) {
  const outcomes = await runPlanted(out, values.only);
  const found = outcomes.filter(({ foundBySeed }) => foundBySeed !== undefined).length;
  const planted = outcomes.map(({ bug: { name, breaks, scenario }, foundBySeed }) => ({
    name,
    breaks,
    scenario,
    foundBySeed,
  }));
  fs.writeFileSync(path.join(root, 'faults-planted.json'), `${JSON.stringify(planted, null, 2)}\n`);
  process.stdout.write(`${found} passed, ${outcomes.length - found} failed, 0 skipped\n`);
  process.exit(found === outcomes.length && found > 0 ? 0 : 1);
}
// A quick run is the same each time; a long one looks at something new.
const seed = numberOf('seed') ?? (values.quick ? 1 : Math.floor(Math.random() * 1_000_000_000));
const chosen = SCENARIOS.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  throw new Error(`no scenario ${values.only}; there are: ${SCENARIOS.map(({ name }) => name).join(', ')}`);
}

async function runScenario(scenario: Scenario): Promise<Result> {
  const { name, covers } = scenario;
  const schedules = numberOf('schedules') ?? scenario.schedules[values.quick ? 'quick' : 'long'];
  out(`\n=== ${name} (${covers.join(', ')}): ${scenario.shows}`);
  out(`${schedules} schedules from seed ${seed}`);
  const failures: Result['failures'][number][] = [];
  const fail = (of: number, what: string): void => {
    const again = `npm run faults -- --only ${name} --seed ${of} --schedules 1`;
    failures.push({ seed: of, what, again });
    out(`✖ ${name}, seed ${of}: ${what}\n  again: ${again}`);
  };
  const began = Date.now();
  let figures: Figures = {};
  let skipped: string | undefined;
  try {
    figures = await scenario.run(seed, { schedules, say: (line) => out(`  ${line}`), fail });
  } catch (error) {
    if (error instanceof NotPermitted || (error instanceof NotToBeHad && process.env.CI !== 'true')) {
      skipped = error.message;
      out(`!!! SKIPPED: ${skipped}`);
    } else fail(seed, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const seconds = (Date.now() - began) / 1000;
  const reason = skipped === undefined ? {} : { skipped };
  return { scenario: name, covers, seed, schedules, seconds, figures, failures, ...reason };
}

// Cut off, it still ends what it has started: that hangs on the event `exit`.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const results: Result[] = [];
for (const scenario of chosen) {
  if (numberOf('schedules') === undefined && values.quick && scenario.schedules.quick === 0) continue;
  results.push(await runScenario(scenario));
}

fs.writeFileSync(path.join(root, 'faults.json'), `${JSON.stringify(results, null, 2)}\n`);
out('\n=== summary (faults.json)');
for (const { scenario, covers, schedules, seconds, figures, failures } of results) {
  const words = Object.entries(figures).map(([name, value]) =>
    name.endsWith('Ms') ? `${name.slice(0, -2)} ${value} ms` : `${name} ${value}`,
  );
  const line = [`${schedules} schedules`, `${failures.length} failed`, ...words, `${seconds.toFixed(0)} s`].join(', ');
  out(`${failures.length === 0 ? '✔' : '✖'} ${scenario.padEnd(14)} ${covers.join(' ').padEnd(12)} ${line}`);
}
const failed = results.filter(({ failures }) => failures.length > 0).length;
const left = results.filter(({ failures, skipped }) => failures.length === 0 && skipped !== undefined).length;
// Servers that were started end with this process.
process.stdout.write(`${results.length - failed - left} passed, ${failed} failed, ${left} skipped\n`, () =>
  process.exit(failed > 0 ? 1 : 0),
);
