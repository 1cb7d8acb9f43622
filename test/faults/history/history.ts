import fs from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { startDaemon } from '../../integration/fleet/daemon.ts';
import { makeFleet } from '../../integration/fleet/fleet.ts';
import type { Scenario } from '../rig/scenario.ts';
import { eachSchedule } from '../rig/schedules.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel = 32
  }`;
/** One a schedule, from the smallest on. */
const SIZES = [1_000, 10_000, 100_000];
/** Of fleet.md F15. */
const MOST_EVENTS = 2_000;
const END_MS = 3_600_000;

/** How long the histories of Temporal get, by the size of the fleet. */
export const history: Scenario = {
  name: 'history',
  covers: ['F15'],
  shows: `events of each workflow run over 1,000, 10,000 and 100,000 targets: ${MOST_EVENTS} at most, and fewer for each target`,
  schedules: { quick: 0, long: SIZES.length },
  async run(seed, options) {
    const figures: Record<string, number> = {};
    let before: number | undefined;
    const schedules = Math.min(options.schedules, SIZES.length);
    await eachSchedule(seed, { ...options, schedules }, async (one) => {
      const size = SIZES[one - seed] ?? 0;
      const { runs, most, sum } = await migrate(size);
      figures[`runs at ${size}`] = runs;
      figures[`events a run at ${size}`] = most;
      figures[`events a target at ${size}`] = Math.round((1_000 * sum) / size) / 1_000;
      const wrongs: string[] = [];
      if (most > MOST_EVENTS) wrongs.push(`${most} events in one run, at ${size} targets`);
      // It is time that makes events, not targets: a larger fleet gets by with fewer for each.
      const each = sum / size;
      if (before !== undefined && each > before)
        wrongs.push(`${each} events for each of ${size} targets, ${before} before`);
      before = each;
      return { wrongs, said: `${size} targets: ${sum} events in ${runs} runs, ${most} in the longest` };
    });
    return figures;
  },
};

async function migrate(size: number): Promise<{ readonly runs: number; readonly most: number; readonly sum: number }> {
  const fleet = await makeFleet('sqlite', { tiers: { canary: 2, rest: size - 2 }, groups: GROUPS });
  const daemon = await startDaemon({ shop: fleet });
  try {
    const id = await daemon.start('shop');
    const deadline = Date.now() + END_MS;
    for (let state = ''; state !== 'succeeded'; ) {
      if (['paused', 'failed', 'aborted'].includes(state) || Date.now() > deadline) throw new Error(`it is ${state}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      state = (await daemon.rollout(id)).state;
    }
    const record = `${daemon.stateDir}/temporal/server.json`;
    const { namespace } = JSON.parse(fs.readFileSync(record, 'utf8')) as { readonly namespace: string };
    const lengths = await historyLengths(daemon.temporalPort, namespace);
    return {
      runs: lengths.length,
      most: Math.max(...lengths),
      sum: lengths.reduce((sum, length) => sum + length, 0),
    };
  } finally {
    await daemon.stop();
    await fleet.stop();
  }
}

async function historyLengths(port: number, namespace: string): Promise<readonly number[]> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  try {
    const client = new Client({ connection, namespace });
    const lengths: number[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const { historyLength } = await client.workflow.getHandle(workflowId, runId).describe();
      lengths.push(historyLength);
    }
    return lengths;
  } finally {
    await connection.close();
  }
}
