import { setTimeout as sleep } from 'node:timers/promises';
import type { Page, TargetView } from '../../../src/shared/wire.ts';
import { type Daemon, startDaemon } from '../../integration/fleet/daemon.ts';
import { type Fleet, type FleetKind, makeFleet } from '../../integration/fleet/fleet.ts';
import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import { seededRandom } from '../rig/random.ts';
import type { Scenario } from '../rig/scenario.ts';
import { eachSchedule } from '../rig/schedules.ts';
import { tenantMariadb, tenantPostgres } from '../rig/servers.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "rest" {
    parallel     = 6
    max_failures = 2
  }`;
const TIERS = { canary: 2, rest: 34 };
const KINDS = ['schemas', 'databases', 'mariadb', 'sqlite'] as const satisfies readonly FleetKind[];

interface Place {
  readonly fleet: Fleet;
  readonly daemon: Daemon;
}

/** Aborts wherever a rollout stands: the fleet is then in two halves, and everybody has to know in which a target is. */
export const skew: Scenario = {
  name: 'skew',
  covers: ['F13'],
  shows: 'aborted at a random point: `targets list` says of every target what its database says',
  schedules: { quick: 1, long: 200 },
  async run(seed, options) {
    await Promise.all([tenantPostgres(), tenantMariadb()]);
    const tally = { aborts: 0, 'targets compared': 0, applied: 0, pending: 0, mismatches: 0 };
    const places = new Map<FleetKind, Place>();
    try {
      await eachSchedule(seed, options, async (one) => {
        const random = seededRandom(one);
        const kind = random.pick(KINDS);
        const place = places.get(kind) ?? (await makePlace(kind));
        places.set(kind, place);
        const outcome = await abortSomewhere(place, random.int(0, 1_800));
        tally.aborts += outcome.isAborted ? 1 : 0;
        tally['targets compared'] += place.fleet.tenants.length;
        tally.applied += outcome.applied;
        tally.pending += outcome.pending;
        tally.mismatches += outcome.wrongs.length;
        return { ...outcome, said: `${kind}, ${outcome.said}` };
      });
    } finally {
      for (const { daemon, fleet } of places.values()) {
        await daemon.stop();
        await fleet.stop();
      }
    }
    return tally;
  },
};

async function makePlace(kind: FleetKind): Promise<Place> {
  const fleet = await makeFleet(kind, { tiers: TIERS, groups: GROUPS, slowS: kind === 'sqlite' ? 0.1 : 0.25 });
  return { fleet, daemon: await startDaemon({ shop: fleet }) };
}

async function abortSomewhere({ fleet, daemon }: Place, afterMs: number) {
  await fleet.reset();
  const before = await takeCensus(fleet);
  const id = await daemon.start('shop');
  await sleep(afterMs);
  // It may be over already, which is a random point, too.
  const said = await daemon.cli('rollout', 'abort', id, '--reason', 'rig');
  const isAborted = said.code === 0;
  await daemon.reach(id, isAborted ? 'aborted' : 'succeeded');
  const { body } = await daemon.ask<Page<TargetView>>(`/api/v1/rollouts/${id}/targets?limit=1000`);
  const told = new Map(body.items.map((target) => [target.id, target]));
  const wrongs: string[] = [];
  const now = await takeCensus(fleet);
  for (const { name } of fleet.tenants) {
    const target = told.get(name);
    const stands = now.tenants.get(name)?.revisions.at(-1)?.version;
    if (target === undefined) wrongs.push(`${name} is not in the list`);
    else if (!['applied', 'pending'].includes(target.state)) wrongs.push(`${name} is ${target.state}`);
    else if (target.version !== null && target.version !== stands)
      wrongs.push(`${name} stands at ${stands}, and is said to stand at ${target.version}`);
  }
  // Applied is whole, and whoever is not is as before: a transaction that was begun may have been rolled back.
  const verdict = ({ name }: { readonly name: string }) =>
    told.get(name)?.state === 'applied' ? 'applied' : 'reverted';
  wrongs.push(...(await findWrongs(fleet, before, verdict)));
  const { counts } = await daemon.rollout(id);
  const count = (state: string): number => body.items.filter((target) => target.state === state).length;
  const [applied, pending] = [count('applied'), count('pending')];
  if ((counts.applied ?? 0) !== applied || (counts.pending ?? 0) !== pending)
    wrongs.push(`rollout get counts ${JSON.stringify(counts)}, the list has ${applied} applied and ${pending} pending`);
  return { wrongs, isAborted, applied, pending, said: `${applied} applied, ${pending} pending` };
}
