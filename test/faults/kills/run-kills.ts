import { findWrongs, takeCensus } from '../../integration/fleet/oracle.ts';
import type { FlotillaProcess } from '../rig/flotilla-process.ts';
import { sleep } from '../rig/flotilla-process.ts';
import type { KillSchedule } from './plan-kills.ts';
import type { Part, Site } from './site.ts';

/** A dead process that nobody holds down is started again after this long, as a service manager would. */
const RESTART_MS = 200;
/** From the last part's return to the end of the rollout: far more than it takes, for the machine may be busy. */
const END_MS = 60_000;

export interface KillsOutcome {
  /** One line for each promise that was broken. */
  readonly wrongs: readonly string[];
  /** Kills that found their process alive, those at fault points among them. */
  readonly kills: number;
  readonly killsAtPoints: number;
  /** From the last part's return to the first target that began after it; undefined where none was left to begin. */
  readonly resumeMs: number | undefined;
}

/** Runs one schedule on a site that is up, and leaves it up. */
export async function runKills(site: Site, schedule: KillSchedule): Promise<KillsOutcome> {
  const { fleet, client } = site;
  await fleet.reset();
  const before = await takeCensus(fleet);
  const keeper = keepProcesses(site.processes);
  try {
    if (schedule.killAt !== undefined) {
      const { part: name, at } = schedule.killAt;
      await keeper.restart(partNamed(site, name), { downMs: 0, killAt: at });
      await keeper.untilReady();
    }
    const id = await client.start('shop');
    const restarts: Promise<void>[] = [];
    let kills = 0;
    for (const { afterMs, part, ...how } of schedule.kills) {
      await sleep(afterMs);
      // Still down from an earlier kill: it is killed while it is away, which is nothing.
      if (keeper.isHeld(part)) continue;
      kills += 1;
      restarts.push(keeper.restart(partNamed(site, part), how));
    }
    await Promise.all(restarts);
    await keeper.untilReady();
    const end = await client.untilAtRest(id, END_MS);
    const backMs = await keeper.untilReady();
    const wrongs: string[] = [];
    if (end?.state !== 'succeeded') {
      const logs = site.processes.map((one) => `--- ${one.name}\n${one.log()}`).join('\n');
      wrongs.push(`the rollout is ${end?.state}: ${end?.cause ?? ''} ${JSON.stringify(end?.counts)}\n${logs}`);
    }
    const found = await findWrongs(fleet, before, () => 'applied');
    // Postgres writes a sequence 32 numbers ahead into its log, and goes on from there after a crash: the neighbours' rows still tell.
    wrongs.push(...found.filter((wrong) => !/a neighbour: begun \d+ times/.test(wrong)));
    const version = fleet.migrations.files.at(-1)?.version ?? '';
    const starts = (await fleet.backend.readStartTimes(fleet.tenants, version)).map(({ atMs }) => atMs);
    const after = starts.filter((atMs) => atMs >= backMs);
    const killsAtPoints = keeper.ownDeaths();
    return {
      wrongs,
      kills: kills + killsAtPoints,
      killsAtPoints,
      resumeMs: after.length === 0 ? undefined : Math.min(...after) - backMs,
    };
  } finally {
    await keeper.disarm();
  }
}

function partNamed(site: Site, name: string): Part {
  const part = site.parts.find((one) => one.name === name);
  if (part === undefined) throw new Error(`the site has no part ${name}`);
  return part;
}

/** Starts processes again that have ended, and knows since when everything is up. */
function keepProcesses(processes: readonly FlotillaProcess[]) {
  const held = new Set<string>();
  const armed = new Set<string>();
  let deaths = 0;
  let failure: { readonly error: unknown } | undefined;
  const noteFailure = (error: unknown): void => {
    failure ??= { error };
  };
  let backMs = Date.now();
  const timer = setInterval(() => {
    for (const one of processes) {
      if (one.isAlive() || held.has(one.name)) continue;
      if (armed.delete(one.name)) deaths += 1;
      held.add(one.name);
      void sleep(RESTART_MS)
        .then(() => one.untilReady())
        .then(() => {
          backMs = Date.now();
          held.delete(one.name);
        }, noteFailure);
    }
  }, 20);
  /** When everything had answered after its latest return; waits for it. */
  const untilReady = async (): Promise<number> => {
    for (;;) {
      if (failure !== undefined) throw failure.error;
      const seen = deaths;
      const wasReady = (await Promise.all(processes.map((one) => one.isReady()))).every(Boolean);
      if (wasReady && held.size === 0 && seen === deaths) return backMs;
      await Promise.all(processes.map((one) => (held.has(one.name) ? sleep(20) : one.untilReady())));
      backMs = Date.now();
    }
  };
  return {
    untilReady,
    isHeld: (part: string) => held.has(part),
    ownDeaths: () => deaths,
    async restart(
      part: Part,
      { downMs, killAt }: { readonly downMs: number; readonly killAt?: Parameters<Part['start']>[0] },
    ) {
      held.add(part.name);
      armed.delete(part.name);
      await part.kill();
      await sleep(downMs);
      await part.start(killAt);
      if (killAt !== undefined) armed.add(part.name);
      held.delete(part.name);
      backMs = Date.now();
    },
    /** The next schedule starts with processes that end themselves nowhere. */
    async disarm() {
      clearInterval(timer);
      for (const one of processes) {
        if (!armed.has(one.name)) continue;
        await one.kill();
        one.spawn();
      }
      await Promise.all(processes.map((one) => one.untilReady()));
    },
  };
}
