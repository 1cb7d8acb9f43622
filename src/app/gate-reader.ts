import type { Clock } from '../shared/clock.ts';
import type { Gate, Store } from '../store/types.ts';

/** Whoever closes a gate may acknowledge this long after the commit: no read that began before it is used any more, and what it allowed has begun. */
export const GATE_SETTLE_MS = 50;
/**
 * A read allows starts for this long from its beginning. The rest of the settling time is for the way from the permission to the first statement
 * (a thread of SQLite's, a message to a server): without it a start came 6 ms after the acknowledgement, once in 250 pauses on a busy machine.
 */
const GATE_LEASE_MS = 25;
/** A store that cannot answer within the lease for so long holds targets back, as a closed gate does. */
const PATIENCE_MS = 2_000;

export interface GateReader {
  /** May a target of the rollout be started now, by a worker of this epoch? Ask immediately before the first statement. */
  mayStart(rolloutId: string, epoch: number): Promise<boolean>;
}

interface Reading {
  readonly beganMs: number;
  readonly gate: Promise<Gate | undefined>;
}

/**
 * The gate of DESIGN.md section 4: one read per rollout and process serves every target that asks in the 25 ms from its beginning.
 * Only "open" is kept: a closed gate is read again, so that a resume is seen at once.
 */
export function createGateReader(store: Pick<Store, 'gate'>, clock: Clock): GateReader {
  const readings = new Map<string, Reading>();
  const isFresh = (reading: Reading): boolean => clock.monotonicMs() - reading.beganMs < GATE_LEASE_MS;

  const read = (rolloutId: string): Reading => {
    const reading = { beganMs: clock.monotonicMs(), gate: store.gate(rolloutId) };
    readings.set(rolloutId, reading);
    // An answer that allows nothing is not kept.
    const drop = (): void => {
      if (readings.get(rolloutId) === reading) readings.delete(rolloutId);
    };
    reading.gate.then((gate) => {
      if (gate?.state !== 'open') drop();
    }, drop);
    return reading;
  };

  return {
    async mayStart(rolloutId, epoch) {
      const deadline = clock.monotonicMs() + PATIENCE_MS;
      while (clock.monotonicMs() < deadline) {
        const kept = readings.get(rolloutId);
        const reading = kept !== undefined && isFresh(kept) ? kept : read(rolloutId);
        const gate = await reading.gate;
        if (gate === undefined || gate.state !== 'open' || gate.epoch !== epoch) return false;
        // The answer itself may have taken longer than the lease.
        if (isFresh(reading)) return true;
      }
      return false;
    },
  };
}
