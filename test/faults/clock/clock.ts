import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Daemon, startDaemon } from '../../integration/fleet/daemon.ts';
import { type Fleet, makeFleet } from '../../integration/fleet/fleet.ts';
import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import { throwAwayFolder } from '../../support/temporary-folder.ts';
import { seededRandom } from '../rig/random.ts';
import type { Scenario } from '../rig/scenario.ts';
import { eachSchedule } from '../rig/schedules.ts';
import { makeShiftedClock, type ShiftedClock } from './shifted-process.ts';
import { TIME_CASES } from './time-cases.ts';

const BAKE_MS = 1_500;
const HOUR_MS = 3_600_000;
/** What the product says it waits at most before it looks at the clock again; the rig does not wait for that. */
const SHORT_WAIT_MS = 8_000;
/** From the look at the clock to the first statement, on a busy machine. */
const LOOK_MS = 400;
const END_MS = 30_000;

const groups = (block: string): string => `
  ${block}
  group "canary" {
    match = var.tier == "canary"
    bake  = "${BAKE_MS}ms"
  }
  group "rest" {
    parallel = 1
  }`;

/** The daemon's clock jumps while a rollout stands near the edge of a freeze or of allowed times; Temporal's clock, which bakes, does not. */
export const clock: Scenario = {
  name: 'clock',
  covers: ['F11'],
  shows:
    'the clock jumps by an hour and by a second, DST, a leap second: no start outside of the times, no bake cut short',
  schedules: { quick: 2, long: 100 },
  async run(seed, options) {
    const tally = { jumps: 0, starts: 0, 'wrong freeze decisions': 0, 'wrong bakes': 0, 'held to the end': 0 };
    const fleet = await makeFleet('sqlite', { tiers: { canary: 1, rest: 24 }, groups: groups(''), slowS: 0.15 });
    const shifted = makeShiftedClock(path.join(throwAwayFolder('clock'), 'shift'));
    const daemon = await startDaemon({ shop: fleet }, shifted.env);
    try {
      await eachSchedule(seed, options, async (one) => {
        const outcome = await jump(fleet, daemon, shifted, one);
        tally.jumps += outcome.jumps;
        tally.starts += outcome.starts;
        tally['wrong freeze decisions'] += outcome.wrongStarts;
        tally['wrong bakes'] += outcome.isBakeWrong ? 1 : 0;
        tally['held to the end'] += outcome.isHeld ? 1 : 0;
        return outcome;
      });
    } finally {
      await daemon.stop();
      await fleet.stop();
    }
    return tally;
  },
};

async function jump(fleet: Fleet, daemon: Daemon, shifted: ShiftedClock, seed: number) {
  const random = seededRandom(seed);
  const { name, block, isAllowed, edges, freeMs } = random.pick(TIME_CASES);
  const project = path.join(fleet.project, 'atlas.hcl');
  const text = fs.readFileSync(project, 'utf8');
  fs.writeFileSync(project, text.replace(/deployment "fleet" \{[\s\S]*?\n\}\n/, deploymentOf(block)));
  await fleet.reset();
  const before = await takeCensus(fleet);
  const [first = 0, last = 0] = edges;
  // The rollout is at work when the clock gets to the edge.
  shifted.setTo(random.pick([first, last]) - random.int(500, 4_000));
  const id = await daemon.start('shop');
  const steps = Array.from({ length: random.int(1, 3) }, () => random.pick([HOUR_MS, -HOUR_MS, 1_000, -1_000]));
  let longestWaitMs = 0;
  const lookAhead = (): void => {
    const nowMs = shifted.nowMs();
    const next = isAllowed(nowMs) ? nowMs : (edges.find((edge) => edge > nowMs && isAllowed(edge)) ?? nowMs + HOUR_MS);
    longestWaitMs = Math.max(longestWaitMs, next - nowMs);
  };
  for (const step of steps) {
    for (const untilMs = Date.now() + random.int(500, 2_500); Date.now() < untilMs; await sleep(20)) lookAhead();
    shifted.jump(step);
  }
  for (const untilMs = Date.now() + 1_500; Date.now() < untilMs; await sleep(20)) lookAhead();
  shifted.setTo(freeMs);

  const wrongs: string[] = [];
  const isHeld = longestWaitMs > SHORT_WAIT_MS && (await daemon.rollout(id)).state !== 'succeeded';
  if (isHeld) {
    // It looks again within ten minutes, as docs/project-file.md says: long enough to have seen what must not start.
    await daemon.tell('abort', id);
    await daemon.reach(id, 'aborted');
  } else {
    const deadline = Date.now() + END_MS;
    while ((await daemon.rollout(id)).state !== 'succeeded' && Date.now() < deadline) await sleep(50);
    const { state, cause, counts } = await daemon.rollout(id);
    if (state !== 'succeeded') {
      wrongs.push(`held although it is allowed: ${state}: ${cause ?? ''} ${JSON.stringify(counts)}`);
      await daemon.tell('abort', id);
    }
  }
  const starts = await startTimes(fleet);
  const forbidden = starts.filter(({ atMs }) => !shifted.were(atMs - LOOK_MS, atMs).some(isAllowed));
  wrongs.push(...forbidden.map(({ tenant, atMs }) => `${tenant} began at ${shifted.were(atMs, atMs).map(iso).join()}`));
  const tiers = new Map(fleet.tenants.map((tenant) => [tenant.name, tenant.tier]));
  const of = (tier: string): number[] =>
    starts.filter(({ tenant }) => tiers.get(tenant) === tier).map(({ atMs }) => atMs);
  const [canary, rest] = [of('canary'), of('rest')];
  // By the machine's clock, which the databases and Temporal keep.
  const isBakeWrong = rest.length > 0 && Math.min(...rest) - Math.max(...canary) < BAKE_MS;
  if (isBakeWrong)
    wrongs.push(`the bake of ${BAKE_MS} ms was over after ${Math.min(...rest) - Math.max(...canary)} ms`);
  wrongs.push(...(await findWrongs(fleet, before, () => (isHeld ? 'either' : 'applied'))));
  const said = `${name}: ${steps.map((ms) => `${ms / 1_000} s`).join(', ')}; ${starts.length} starts`;
  const context = wrongs.length === 0 ? [] : [said];
  return {
    wrongs: [...context, ...wrongs],
    said,
    jumps: steps.length + 2,
    starts: starts.length,
    wrongStarts: forbidden.length,
    isBakeWrong,
    isHeld,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

const deploymentOf = (block: string): string =>
  `deployment "fleet" {\n  variable "tier" {\n    type = string\n  }\n${groups(block)}\n}\n`;

/** When the first version that each tenant lacked began, by the databases' own clock. */
async function startTimes(fleet: Fleet): Promise<readonly { readonly tenant: string; readonly atMs: number }[]> {
  const found = [];
  for (const [from, tenants] of Map.groupBy(fleet.tenants, (tenant) => tenant.from))
    found.push(...(await fleet.backend.readStartTimes(tenants, fleet.migrations.files[from]?.version ?? '')));
  return found;
}
