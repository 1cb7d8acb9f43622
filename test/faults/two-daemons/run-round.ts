import type { Fleet } from '../../integration/fleet/fleet.ts';
import { type Census, takeCensus } from '../../integration/fleet/oracle.ts';
import type { StillTime } from '../pauses/still-time.ts';
import { sleep } from '../rig/flotilla-process.ts';
import type { FencedCount } from './count-fenced.ts';
import type { Fault, Round } from './plan-rounds.ts';
import { inOrder, type Twin, type Twins } from './twins.ts';

export interface LiveRollout {
  readonly id: string;
  readonly fleet: Fleet;
  readonly before: Census;
  /** When nothing of it might start. */
  readonly stills: StillTime[];
}

/** What a daemon that comes back may still do wrong it does in its first moments. */
const WOKEN_MS = 1_000;
/** Connections that the network has lost without a word are given up after 20 s. */
const WHOLE_AGAIN_MS = 45_000;
const OVER = new Set(['succeeded', 'failed', 'aborted']);

/** Starts the rollout of each project. @param atFirst whether the first daemon is asked, of each */
export async function startAll(twins: Twins, atFirst: readonly boolean[]): Promise<readonly LiveRollout[]> {
  const [first, second] = twins.daemons;
  const censuses: Census[] = [];
  for (const fleet of twins.fleets.values()) {
    await fleet.reset();
    censuses.push(await takeCensus(fleet));
  }
  return Promise.all(
    Array.from(twins.fleets, async ([project, fleet], i) => {
      const before = censuses[i];
      if (before === undefined) throw new Error(`no census of ${project}`);
      const id = await (atFirst[i] === true ? first : second).client.start(project);
      return { id, fleet, before, stills: [] };
    }),
  );
}

/** @returns the faults that were made; none where all rollouts were over */
export async function runRound(
  twins: Twins,
  rollouts: readonly LiveRollout[],
  round: Round,
  fenced: FencedCount,
): Promise<ReadonlySet<Fault>> {
  const { afterMs, victimIsFirst, faults, pauseMs, awayMs } = round;
  await sleep(afterMs);
  const [victim, other] = inOrder(twins, victimIsFirst);
  const live = await liveOf(other, rollouts);
  if (live.length === 0) return new Set();
  if (faults.includes('kill')) await fenced.keep(victim.process);
  const acknowledgedMs: number[] = [];
  let wokenMs = 0;
  try {
    for (const fault of faults) await begin(victim, fault, round);
    await sleep(pauseMs ?? awayMs);
    if (pauseMs !== undefined) {
      for (const { id } of live) {
        await other.client.tell(id, 'pause');
        acknowledgedMs.push(Date.now());
      }
      await sleep(awayMs - pauseMs);
    }
    wokenMs = Date.now();
  } finally {
    mend(victim);
  }
  await victim.process.untilReady();
  if (pauseMs === undefined) return new Set(faults);
  await sleep(WOKEN_MS);
  for (const [i, { id, stills }] of live.entries()) {
    stills.push({ acknowledgedMs: acknowledgedMs[i] ?? 0, resumedMs: Date.now(), wokenMs });
    // To the one that was away: it has to be whole again.
    await victim.client.tellUntilLeft(id, 'resume', 'paused', WHOLE_AGAIN_MS);
  }
  return new Set(faults);
}

async function liveOf({ client }: Twin, rollouts: readonly LiveRollout[]): Promise<readonly LiveRollout[]> {
  const states = await Promise.all(rollouts.map(async ({ id }) => (await client.get(id))?.state ?? ''));
  return rollouts.filter((_, i) => !OVER.has(states[i] ?? ''));
}

async function begin({ process, network }: Twin, fault: Fault, { mode }: Round): Promise<void> {
  if (fault === 'freeze') process.signal('SIGSTOP');
  if (fault === 'cut') network.setMode(mode);
  if (fault === 'kill') await process.kill();
}

function mend({ process, network }: Twin): void {
  network.setMode({ kind: 'pass' });
  process.signal('SIGCONT');
  // Only where it is dead.
  process.spawn();
}
