import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Scenario } from '../rig/scenario.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** The property tests of the pure core, with as many random orders of events as there are schedules; fast-check names what breaks a promise. */
export const orders: Scenario = {
  name: 'orders',
  covers: ['F22'],
  shows: 'random event orders of the pure core: caps, budget, no start after a pause, nothing lost',
  // `npm test` has them as a step of its own.
  schedules: { quick: 0, long: 1_000_000 },
  async run(seed, { schedules, fail }) {
    if (schedules === 0) return { orders: 0 };
    const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
    const test = ['run', '--project', 'property', 'test/property/rollout.test.ts', '--testTimeout', '7200000'];
    const run = spawnSync(process.execPath, [vitest, ...test], {
      cwd: root,
      env: {
        ...process.env,
        FLOTILLA_PROPERTY_RUNS: String(schedules),
        FLOTILLA_PROPERTY_SEED: String(seed),
        FORCE_COLOR: '0',
      },
      encoding: 'utf8',
    });
    if (run.status !== 0) fail(seed, `${run.stdout}${run.stderr}`.slice(-4_000));
    return { orders: schedules };
  },
};
