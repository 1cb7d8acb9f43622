import type { ErrorClass, GroupState, RolloutState, TargetCounts, TargetError } from './states.ts';
import type { SpanRef } from './trace-context.ts';

/**
 * What happened, said once. Log lines, metrics and the audit trail are subscribers.
 * Field names are fixed: rolloutId, group, host, target, statement, attempt, durationMs, span. No field ever holds a secret.
 * `span`: what happened is part of it, as far as traces are kept; without `spanId` only the trace is known.
 */
export type FlotillaEvent =
  /** A rollout was accepted and its target set frozen. */
  | {
      readonly kind: 'RolloutCreated';
      readonly span?: SpanRef;
      readonly rolloutId: string;
      readonly project: string;
      readonly env: string;
      readonly targets: number;
      readonly actor: string;
    }
  /** Targets that the rollout did not know have appeared in its env; `taken`: they are migrated in a last group. */
  | {
      readonly kind: 'TargetsJoined';
      readonly rolloutId: string;
      readonly project: string;
      readonly env: string;
      readonly count: number;
      readonly taken: boolean;
    }
  /** The visible state of a rollout changed. */
  | {
      readonly kind: 'RolloutStateChanged';
      readonly span?: SpanRef;
      readonly rolloutId: string;
      readonly project: string;
      readonly env: string;
      readonly from: RolloutState;
      readonly to: RolloutState;
      readonly cause?: string;
    }
  /** A rollout is over, and where its time went. `pausedMs`: by an operator, or for a spent budget; `approvalMs`: waiting for somebody's word. */
  | {
      readonly kind: 'RolloutEnded';
      readonly span?: SpanRef;
      readonly rolloutId: string;
      readonly project: string;
      readonly env: string;
      readonly outcome: RolloutState;
      readonly durationMs: number;
      readonly workingMs: number;
      readonly pausedMs: number;
      readonly approvalMs: number;
    }
  | {
      readonly kind: 'GroupStateChanged';
      readonly span?: SpanRef;
      readonly rolloutId: string;
      readonly group: string;
      readonly from: GroupState;
      readonly to: GroupState;
    }
  /** A verb of an operator was accepted: pause, resume, promote, approve, abort, retry, skip, set. */
  | {
      readonly kind: 'ControlAccepted';
      readonly span?: SpanRef;
      readonly rolloutId: string;
      readonly verb: string;
      readonly actor: string;
      readonly reason?: string;
      readonly ms: number;
    }
  /** A verb was not accepted: `refused` with a reason that its caller is told, `failed` for a store or a Temporal that did not answer. */
  | { readonly kind: 'ControlRefused'; readonly verb: string; readonly result: 'refused' | 'failed' }
  /** An env was evaluated into its targets; without `targets` it could not be. */
  | {
      readonly kind: 'EnvEvaluated';
      readonly project: string;
      readonly env: string;
      readonly targets?: number;
      readonly durationMs: number;
    }
  /** A write of the store has ended; `auditEntries` is what it held of the audit trail. Not committed: nothing of it was written. */
  | { readonly kind: 'StoreWritten'; readonly committed: boolean; readonly auditEntries: number }
  /** An operator has put a target into quarantine, or released it. */
  | {
      readonly kind: 'QuarantineChanged';
      readonly verb: 'quarantine' | 'release';
      readonly project: string;
      readonly env: string;
      readonly target: string;
      readonly actor: string;
      readonly reason?: string;
    }
  | {
      readonly kind: 'SliceFinished';
      readonly span?: SpanRef;
      readonly rolloutId: string;
      readonly group: string;
      readonly host: string;
      readonly counts: TargetCounts;
      readonly released: number;
      readonly durationMs: number;
    }
  /** One target got its outcome (also of `migrate apply`, without rolloutId). */
  | {
      readonly kind: 'TargetMigrated';
      readonly span?: SpanRef;
      readonly rolloutId?: string;
      readonly env: string;
      readonly target: string;
      readonly dialect: string;
      readonly direction: 'up' | 'down';
      readonly result: 'applied' | 'unchanged' | 'failed' | 'deferred' | 'skipped' | 'gone' | 'reverted';
      readonly durationMs: number;
      readonly attempt: number;
      readonly error?: TargetError;
    }
  | {
      readonly kind: 'StatementExecuted';
      readonly dialect: string;
      readonly statementKind: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'LockTimedOut';
      readonly dialect: string;
      readonly statementKind: string;
      readonly waitedMs: number;
    }
  | {
      /** A worker whose run was taken over tried to write: it was refused. */
      readonly kind: 'WriteFenced';
      readonly rolloutId: string;
      /** The epoch that is over. */
      readonly epoch: number;
      readonly what: 'outcomes' | 'status';
    }
  /** Policies hold targets back, of a group or of one host of it. Once for each hold. */
  | {
      readonly kind: 'StartsHeld';
      readonly rolloutId: string;
      readonly group: string;
      readonly host?: string;
      readonly policy: string;
      readonly reason: string;
      /** Until the policy is asked again. */
      readonly waitMs: number;
    }
  /** A throttle has held a group, or a host of it, for so long since this was last said. */
  | { readonly kind: 'StartsThrottled'; readonly group: string; readonly reason: string; readonly heldMs: number }
  /** Targets start again where a policy held them. */
  | {
      readonly kind: 'StartsReleased';
      readonly rolloutId: string;
      readonly group: string;
      readonly host?: string;
      readonly policy: string;
      readonly heldMs: number;
    }
  | { readonly kind: 'TargetRetried'; readonly reason: ErrorClass | 'connections' }
  /** A slice gave up targets in flight because an operator asked for it (`pause --now`); they are pending again. */
  | {
      readonly kind: 'TargetsCancelled';
      readonly rolloutId: string;
      readonly env: string;
      readonly group: string;
      readonly host: string;
      readonly count: number;
    }
  | { readonly kind: 'ConnectionOpened'; readonly dialect: string; readonly durationMs: number }
  | { readonly kind: 'ConnectionClosed'; readonly dialect: string }
  | { readonly kind: 'ConnectionFailed'; readonly dialect: string; readonly class: ErrorClass }
  | {
      readonly kind: 'HttpServed';
      readonly method: string;
      readonly route: string;
      readonly status: number;
      readonly durationMs: number;
    }
  /** Spans have gone to the collector, could not be sent, or were dropped because too many waited. */
  | { readonly kind: 'SpansEnded'; readonly result: 'exported' | 'failed' | 'dropped'; readonly count: number }
  /** Something that an operator of the daemon should read: Temporal gone, store slow, command redelivered. */
  | {
      readonly kind: 'DaemonNotice';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly detail?: Readonly<Record<string, string | number | boolean>>;
    };

/** Where code says what happened. Implementations must not throw and must not block. */
export interface EventSink {
  emit(event: FlotillaEvent): void;
}
