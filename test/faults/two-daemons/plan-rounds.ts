import type { NetworkMode } from '../network/tcp-proxy.ts';
import { seededRandom } from '../rig/random.ts';

/** `freeze`: SIGSTOP. `cut`: its network to the store fails. `kill`: kill -9. */
export type Fault = 'freeze' | 'cut' | 'kill';

/** What one of the two daemons goes through, while the other is well. */
export interface Round {
  /** After the start of the rollouts, or the round before. */
  readonly afterMs: number;
  readonly victimIsFirst: boolean;
  /** Begun in this order, all in force at once. */
  readonly faults: readonly Fault[];
  /** How the network fails. */
  readonly mode: NetworkMode;
  /** When the other daemon is told to pause all rollouts, after the faults began; undefined: they go on. */
  readonly pauseMs?: number;
  /** When the faults end. */
  readonly awayMs: number;
}

export interface RoundsSchedule {
  readonly rounds: readonly Round[];
  /** For each rollout: whether the first daemon is asked to start it. */
  readonly startsAtFirst: readonly boolean[];
}

/** Past the heartbeat timeout of 5 s and the lease of places of 6 s. */
const LONG_AWAY_MS = 7_000;
/** What they meet is over soon: nothing is given to another yet. */
const SHORT_AWAY_MS = 2_000;
const MIXES: readonly [readonly Fault[], ...(readonly Fault[])[]] = [
  ['freeze'],
  ['freeze'],
  ['cut'],
  ['cut'],
  ['kill'],
  ['cut', 'freeze'],
  ['cut', 'kill'],
];

/** What a seed stands for. */
export function planRounds(seed: number, rollouts: number): RoundsSchedule {
  const random = seededRandom(seed);
  const rounds = Array.from({ length: 2 }, (): Round => {
    const faults = random.pick(MIXES);
    const awayMs = random.chance(0.6) ? LONG_AWAY_MS : random.int(100, SHORT_AWAY_MS);
    const isPaused = faults.includes('kill') ? random.chance(0.5) : true;
    return {
      afterMs: random.int(100, 1_200),
      victimIsFirst: random.chance(0.5),
      faults,
      mode: random.pick<NetworkMode>([
        { kind: 'reset' },
        { kind: 'half-open' },
        { kind: 'black-hole' },
        { kind: 'stall', ms: awayMs },
      ]),
      // Half of the time before the other has taken its work over, half of the time after it.
      ...(isPaused ? { pauseMs: random.int(0, awayMs) } : {}),
      awayMs,
    };
  });
  return { rounds, startsAtFirst: Array.from({ length: rollouts }, () => random.chance(0.5)) };
}
