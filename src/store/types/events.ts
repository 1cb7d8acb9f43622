import type { RolloutState } from '../../shared/states.ts';
import type { EventView } from '../../shared/wire.ts';

export interface NewEvent {
  readonly kind: string;
  readonly actor: string;
  readonly reason?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventStore {
  appendEvent(rolloutId: string, event: NewEvent, nowMs: number): Promise<EventView>;
  events(rolloutId: string, afterSeq: number, limit: number): Promise<readonly EventView[]>;
  /** When the rollout's visible state changed, oldest first. */
  stateChanges(rolloutId: string): Promise<readonly { readonly atMs: number; readonly to: RolloutState }[]>;
  /** Checks the hash chain; the first event that does not fit, or undefined. */
  verifyEvents(rolloutId: string): Promise<number | undefined>;
}
