import type { Clock } from '../shared/clock.ts';
import type { InFlight } from '../shared/wire.ts';
import type { Store } from '../store/types.ts';
import type { RunningTargets } from './running-targets.ts';

/** What is in flight for less is of no interest to other processes: fast targets cost the store nothing. */
const SLOW_MS = 2_000;
const REPORT_MS = 2_000;
/** What a process has said counts for so long: it may have been killed. */
const VALID_MS = 3 * REPORT_MS;
/** Of each rollout, the longest first: a view shows one line a host. */
const MOST = 100;

/** What is in flight of a rollout, in all processes of the store. */
export interface Flights {
  of(rolloutId: string): Promise<readonly InFlight[]>;
}

/** Of this process alone: a store in a file has no other. */
export const ownFlights = (running: Pick<RunningTargets, 'of'>): Flights => ({ of: async (id) => running.of(id) });

export interface SharedFlights extends Flights {
  /** Reports no more, and takes back what was said. */
  close(): Promise<void>;
}

/**
 * Slow targets of this process are told to the others by the store, at most one write in two seconds and none while there are none; those of the
 * others are read where somebody looks at the rollout.
 * @param holder names the process, and no other
 */
export function shareFlights(
  deps: {
    readonly store: Pick<Store, 'reportFlights' | 'flightsElsewhere'>;
    readonly running: Pick<RunningTargets, 'of' | 'rollouts'>;
    readonly clock: Clock;
  },
  holder: string,
): SharedFlights {
  const { store, running, clock } = deps;
  const ended = new AbortController();
  let hasSaid = false;

  const report = async (): Promise<void> => {
    const slowSinceMs = clock.nowMs() - SLOW_MS;
    const slow = running
      .rollouts()
      .map((rolloutId) => {
        const flights = running.of(rolloutId).filter(({ sinceMs }) => sinceMs <= slowSinceMs);
        return { rolloutId, flights: flights.slice(0, MOST) };
      })
      .filter(({ flights }) => flights.length > 0);
    if (slow.length === 0 && !hasSaid) return;
    await store.reportFlights(holder, slow, clock.nowMs());
    hasSaid = slow.length > 0;
  };

  const keepReporting = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      // A store that does not answer: the view lacks what it could not be told, and the next report says it anew.
      await report().catch(() => undefined);
      await clock.sleep(REPORT_MS, ended.signal).catch(() => undefined);
    }
  };
  const reporting = keepReporting();

  return {
    async of(rolloutId) {
      const elsewhere = await store.flightsElsewhere(rolloutId, holder, clock.nowMs() - VALID_MS);
      return [...running.of(rolloutId), ...elsewhere].toSorted((a, b) => a.sinceMs - b.sinceMs);
    },
    async close() {
      ended.abort();
      await reporting;
      if (hasSaid) await store.reportFlights(holder, [], clock.nowMs()).catch(() => undefined);
    },
  };
}
