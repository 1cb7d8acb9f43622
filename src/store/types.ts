/** Our own tables behind functions. Two back ends, one contract suite: SQLite (default) and Postgres. */
import type { CommandStore } from './types/commands.ts';
import type { EventStore } from './types/events.ts';
import type { FlightStore } from './types/flights.ts';
import type { GateStore } from './types/gates.ts';
import type { LimitStore } from './types/limits.ts';
import type { OverrideStore } from './types/overrides.ts';
import type { QuarantineStore } from './types/quarantine.ts';
import type { RevertStore } from './types/reverts.ts';
import type { RolloutStore } from './types/rollouts.ts';
import type { SliceStore } from './types/slices.ts';
import type { TargetStore } from './types/targets.ts';

export type { NewEvent } from './types/events.ts';
export type { Gate } from './types/gates.ts';
export type { HostPlaces, HostPlacesAsked } from './types/limits.ts';
export type { FreezeOverride, OverrideAsked } from './types/overrides.ts';
export type { CreateRolloutResult, GroupRow, NewRollout, PrunedRollout, RolloutRow } from './types/rollouts.ts';
export type { ClaimedTarget, LeftTarget, TargetResult } from './types/slices.ts';
export type { FrozenTarget, MovedTargets } from './types/targets.ts';

/** Every method is one transaction. Times are passed in, in milliseconds since the epoch. */
export interface Store
  extends CommandStore,
    EventStore,
    FlightStore,
    GateStore,
    LimitStore,
    OverrideStore,
    QuarantineStore,
    RevertStore,
    RolloutStore,
    SliceStore,
    TargetStore {
  /** Content-addressed files: project snapshots, directories. Writing one twice is no error. What no rollout needs is kept for a day. */
  putArtifact(digest: string, content: string, nowMs: number): Promise<void>;
  getArtifact(digest: string): Promise<string | undefined>;
  /** Looks for damage of the file (SQLite: quick_check); the problems found. */
  check(): Promise<readonly string[]>;
  close(): Promise<void>;
}
