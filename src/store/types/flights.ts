import type { InFlight } from '../../shared/wire.ts';

/** What a process has in flight of a rollout. */
export interface RolloutFlights {
  readonly rolloutId: string;
  readonly flights: readonly InFlight[];
}

export interface FlightStore {
  /** Says what a process has in flight, in place of what it said before. Nothing: it is forgotten. */
  reportFlights(holder: string, flights: readonly RolloutFlights[], nowMs: number): Promise<void>;
  /** What the processes other than `holder` have said of a rollout since `sinceMs`; longest first. */
  flightsElsewhere(rolloutId: string, holder: string, sinceMs: number): Promise<readonly InFlight[]>;
}
