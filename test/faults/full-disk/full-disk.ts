import { setTimeout as sleep } from 'node:timers/promises';
import { type Daemon, startDaemon } from '../../integration/fleet/daemon.ts';
import { type Fleet, type FleetKind, makeFleet } from '../../integration/fleet/fleet.ts';
import { canaryThenRest } from '../../integration/fleet/groups.ts';
import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import { readAuditTrail, sumOfSlices } from '../rig/audit-trail.ts';
import { seededRandom } from '../rig/random.ts';
import { durationFigures, type Scenario } from '../rig/scenario.ts';
import { eachSchedule } from '../rig/schedules.ts';
import { tenantPostgres } from '../rig/servers.ts';
import { mountSmallDisk, type SmallDisk } from '../rig/small-disk.ts';

const GROUPS = canaryThenRest(4);
const TIERS = { canary: 2, rest: 38 };
/** The store, Temporal's file and their logs of writes fit in with some room. */
const DISK_MB = 64;
const END_MS = 90_000;

/** The disk of the state folder, with the store and the server of Temporal on it, is filled while a rollout runs, and emptied later. */
export const fullDisk: Scenario = {
  name: 'full-disk',
  covers: ['F19'],
  shows:
    "the control plane's disk is full for a while: a clear refusal, no target lost or twice, no entry of the audit trail lost",
  schedules: { quick: 1, long: 40 },
  async run(seed, options) {
    await tenantPostgres();
    const tally = { 'times full': 0, refusals: 0, 'resumes by hand': 0, 'chains broken': 0 };
    const resumes: number[] = [];
    const disk = mountSmallDisk(DISK_MB);
    const fleets = new Map<FleetKind, Fleet>();
    try {
      await eachSchedule(seed, options, async (one) => {
        const random = seededRandom(one);
        const kind = random.pick<FleetKind>(['schemas', 'databases']);
        const fleet = fleets.get(kind) ?? (await makeFleet(kind, { tiers: TIERS, groups: GROUPS, slowS: 0.3 }));
        fleets.set(kind, fleet);
        await fleet.reset();
        const daemon = await startDaemon({ shop: fleet }, {}, disk.dir);
        try {
          const outcome = await runOut(fleet, daemon, disk, one);
          tally['times full'] += outcome.timesFull;
          tally.refusals += outcome.refusals;
          tally['resumes by hand'] += outcome.resumedByHand ? 1 : 0;
          tally['chains broken'] += outcome.isChainBroken ? 1 : 0;
          resumes.push(...outcome.resumeMs);
          return outcome;
        } finally {
          disk.makeRoom();
          await daemon.stop();
          disk.clear();
        }
      });
    } finally {
      for (const fleet of fleets.values()) await fleet.stop();
      disk.unmount();
    }
    return { ...tally, ...durationFigures('goes on', resumes) };
  },
};

async function runOut(fleet: Fleet, daemon: Daemon, disk: SmallDisk, seed: number) {
  const random = seededRandom(seed);
  const before = await takeCensus(fleet);
  const wrongs: string[] = [];
  const resumeMs: number[] = [];
  const id = await daemon.start('shop');
  const timesFull = random.int(1, 2);
  let refusals = 0;
  for (let i = 0; i < timesFull; i += 1) {
    await sleep(random.int(100, 1_500));
    disk.fill();
    // A verb needs the disk: it says so, or it holds.
    const said = await daemon.cli('rollout', 'pause', id, '--reason', 'the disk is full');
    if (said.code !== 0) {
      refusals += 1;
      if (!/disk is full/.test(said.stderr) || !/STORE_UNAVAILABLE/.test(said.stderr) || !/^next /m.test(said.stderr))
        wrongs.push(`a pause on a full disk was answered with ${said.stderr}`);
    }
    await sleep(random.int(0, 3_000));
    const left = await unfinished(daemon, id);
    disk.makeRoom();
    if (said.code === 0) await daemon.tell('resume', id);
    const roomMs = Date.now();
    if (left > 0 && (await moves(daemon, id, left))) resumeMs.push(Date.now() - roomMs);
  }
  let resumedByHand = false;
  let end = await atRest(daemon, id);
  if (end === 'paused') {
    resumedByHand = true;
    await daemon.tell('resume', id);
    end = await atRest(daemon, id);
  }
  const { counts, cause } = await daemon.rollout(id);
  if (end !== 'succeeded') wrongs.push(`the rollout is ${end}: ${cause ?? ''} ${JSON.stringify(counts)}`);
  wrongs.push(...(await findWrongs(fleet, before, () => 'applied')));
  const trail = readAuditTrail(daemon.stateDir, id);
  if (trail.brokenAt !== undefined) wrongs.push(`the chain of events is broken at ${trail.brokenAt}`);
  const told = sumOfSlices(trail, 'applied') + sumOfSlices(trail, 'unchanged');
  if (told !== fleet.tenants.length)
    wrongs.push(`the audit trail tells of ${told} targets, not ${fleet.tenants.length}`);
  if (wrongs.length > 0) wrongs.push(daemon.log().slice(-3_000));
  const said = `full ${timesFull} times, ${refusals} pauses refused`;
  return { wrongs, said, timesFull, refusals, resumedByHand, isChainBroken: trail.brokenAt !== undefined, resumeMs };
}

const unfinished = async (daemon: Daemon, id: string): Promise<number> => {
  const { counts } = await daemon.rollout(id);
  return (counts.pending ?? 0) + (counts.running ?? 0) + (counts.deferred ?? 0);
};

/** Until fewer are left than there were. False where it takes too long, or nothing was left. */
async function moves(daemon: Daemon, id: string, left: number): Promise<boolean> {
  const deadline = Date.now() + END_MS;
  while ((await unfinished(daemon, id)) >= left) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

async function atRest(daemon: Daemon, id: string): Promise<string> {
  const deadline = Date.now() + END_MS;
  for (;;) {
    const { state } = await daemon.rollout(id);
    if (['paused', 'succeeded', 'failed', 'aborted'].includes(state) || Date.now() > deadline) return state;
    await sleep(40);
  }
}
