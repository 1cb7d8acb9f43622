/** Everything that CLI and HTTP can ask of a daemon: one file a use case, gathered by createApp. */

import type { RolloutState, TargetState } from '../shared/states.ts';
import type { TraceContext } from '../shared/trace-context.ts';
import type {
  EventCheckView,
  EventView,
  Page,
  PlanView,
  QuarantineBody,
  QuarantineView,
  ReleaseBody,
  RolloutView,
  StartRolloutBody,
  TargetView,
} from '../shared/wire.ts';

/** Who asks; goes into the audit trail. */
export interface Actor {
  readonly name: string;
  readonly role: 'viewer' | 'operator';
  /** The name is that of a token; missing: it is what the caller says, on a daemon without tokens. */
  readonly hasToken?: true;
}

export interface App {
  /** Freezes the target set, snapshots project and directory, starts the workflow. Refuses before the first connection to a tenant. */
  startRollout(
    body: StartRolloutBody,
    options: { readonly idempotencyKey?: string; readonly actor: Actor; readonly trace?: TraceContext },
  ): Promise<RolloutView>;
  /** What would happen. Connects to tenants, writes nothing anywhere. */
  planRollout(body: StartRolloutBody): Promise<PlanView>;
  /** The id may be a prefix. */
  getRollout(id: string): Promise<RolloutView>;
  listRollouts(filter: {
    readonly project?: string;
    readonly env?: string;
    readonly states?: readonly RolloutState[];
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<RolloutView>>;
  /**
   * Each verb comes back once it holds: for pause and abort once no target will start any more.
   * @param options.now what is in flight is cancelled and pending again, and the answer waits until nothing is in flight any more (45 s at most)
   */
  pauseRollout(
    id: string,
    options: { readonly actor: Actor; readonly reason?: string; readonly now?: boolean },
  ): Promise<RolloutView>;
  resumeRollout(id: string, options: { readonly actor: Actor; readonly reason?: string }): Promise<RolloutView>;
  promoteRollout(id: string, options: { readonly actor: Actor; readonly reason?: string }): Promise<RolloutView>;
  approveRollout(
    id: string,
    options: { readonly actor: Actor; readonly group?: string; readonly reason?: string },
  ): Promise<RolloutView>;
  /** A throttle holds the rollout no more. */
  liftThrottle(
    id: string,
    options: { readonly actor: Actor; readonly throttle: string; readonly reason: string },
  ): Promise<RolloutView>;
  /** Freezes and allowed times do not hold the rollout any more, once a second person has confirmed it. */
  overrideFreeze(
    id: string,
    options: { readonly actor: Actor; readonly reason: string; readonly approvedBy?: string },
  ): Promise<RolloutView>;
  abortRollout(id: string, options: { readonly actor: Actor; readonly reason?: string }): Promise<RolloutView>;
  /** Without targets: all failed ones. Of a rollout that ended as failed: it is taken up again. */
  retryTargets(
    id: string,
    options: { readonly actor: Actor; readonly targets?: readonly string[]; readonly group?: string },
  ): Promise<RolloutView>;
  skipTargets(
    id: string,
    options: { readonly actor: Actor; readonly targets: readonly string[]; readonly reason: string },
  ): Promise<RolloutView>;
  /**
   * Takes back what the rollout applied: of these targets, of this group, or all. One that still runs is taken back as a whole, and ends; one
   * that is over goes down at once.
   */
  revertRollout(
    id: string,
    options: {
      readonly actor: Actor;
      readonly targets?: readonly string[];
      readonly group?: string;
      readonly skipChecks?: boolean;
      readonly reason?: string;
    },
  ): Promise<RolloutView>;
  setLimits(
    id: string,
    options: {
      readonly actor: Actor;
      readonly group: string;
      readonly parallel?: number;
      readonly perHost?: number | null;
      readonly maxFailures?: number | null;
      readonly bakeMs?: number;
    },
  ): Promise<RolloutView>;
  listTargets(
    id: string,
    filter: {
      readonly states?: readonly TargetState[];
      readonly group?: string;
      readonly host?: string;
      readonly idContains?: string;
      readonly cursor?: string;
      readonly limit: number;
    },
  ): Promise<Page<TargetView>>;
  getTarget(id: string, target: string): Promise<TargetView>;
  /** Later rollouts of the env leave the target out until it is released. */
  quarantineTarget(body: QuarantineBody, actor: Actor): Promise<QuarantineView>;
  releaseTarget(body: ReleaseBody, actor: Actor): Promise<QuarantineView>;
  listQuarantine(filter: {
    readonly project?: string;
    readonly env?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<QuarantineView>>;
  listEvents(id: string, options: { readonly afterSeq: number; readonly limit: number }): Promise<readonly EventView[]>;
  /** Walks the hash chain of the audit trail from its beginning. */
  checkEvents(id: string): Promise<EventCheckView>;
  /** Comes back when there are events after `afterSeq` (default: after those that are there now), or after a second: for Server-Sent Events. */
  waitForEvents(id: string, signal: AbortSignal, afterSeq?: number): Promise<void>;
  /** After a start of the daemon: rollouts that were running go on, commands that were not delivered are. */
  recover(): Promise<void>;
}
