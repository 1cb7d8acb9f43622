import type { Clock } from '../shared/clock.ts';
import type { Gate, Store } from '../store/types.ts';

/** Whoever closes a gate may acknowledge this long after the commit: no read that began before it is used any more, and what it allowed has begun. */
export const GATE_SETTLE_MS = 65;
/**
 * A read allows starts for this long from its beginning. The rest of the settling time, 45 ms, is for the way from the permission to the first
 * statement (a thread of SQLite's, a message to a server). With 25 ms for it, one start in some 40,000 came after the acknowledgement, by 25 ms, on a machine with
 * eight processes waiting for each core.
 */
const GATE_LEASE_MS = 20;
/** A store that cannot answer within the lease for so long holds targets back, as a closed gate does. */
const PATIENCE_MS = 2_000;
/** A process that has targets in flight learns within so long that they are to be cancelled. */
const CANCEL_POLL_MS = 200;

export interface GateReader {
  /** May a target of the rollout be started now, by a worker of this epoch? Ask immediately before the first statement. */
  mayStart(rolloutId: string, epoch: number): Promise<boolean>;
  /**
   * Aborts its signal once an operator has said, to whatever process, that what the rollout has in flight is to be cancelled (`pause --now`).
   * Call `end` when nothing is in flight any more: the store is asked until then.
   */
  watchCancel(rolloutId: string): { readonly signal: AbortSignal; end(): void };
}

/** Shared by all slices of a rollout in this process. */
interface CancelWatch {
  readonly cancel: AbortController;
  /** Aborted when nobody watches any more. */
  readonly over: AbortController;
  watchers: number;
}

interface Reading {
  readonly beganMs: number;
  readonly gate: Promise<Gate | undefined>;
}

/**
 * The gate of DESIGN.md section 4: one read per rollout and process serves every target that asks in the 20 ms from its beginning.
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

  const watches = new Map<string, CancelWatch>();
  const forget = (rolloutId: string, watch: CancelWatch): void => {
    if (watches.get(rolloutId) === watch) watches.delete(rolloutId);
  };

  const poll = async (rolloutId: string, { cancel, over }: CancelWatch): Promise<void> => {
    while (!cancel.signal.aborted) {
      await clock.sleep(CANCEL_POLL_MS, over.signal).catch(() => undefined);
      if (over.signal.aborted) return;
      // A store that cannot be asked now is asked again.
      const gate = await store.gate(rolloutId).catch(() => undefined);
      if (gate?.cancels === true) cancel.abort();
    }
  };

  const beginWatch = (rolloutId: string): CancelWatch => {
    const watch = { cancel: new AbortController(), over: new AbortController(), watchers: 0 };
    watches.set(rolloutId, watch);
    // What begins after this is watched anew: it starts only once the gate is open again.
    watch.cancel.signal.addEventListener('abort', () => forget(rolloutId, watch), { once: true });
    void poll(rolloutId, watch);
    return watch;
  };

  return {
    watchCancel(rolloutId) {
      const watch = watches.get(rolloutId) ?? beginWatch(rolloutId);
      watch.watchers += 1;
      return {
        signal: watch.cancel.signal,
        end() {
          watch.watchers -= 1;
          if (watch.watchers > 0) return;
          forget(rolloutId, watch);
          watch.over.abort();
        },
      };
    },
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
