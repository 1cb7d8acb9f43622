/** The states of a rollout, in the order of a plain run. */
export const ROLLOUT_STATES = [
  'preparing',
  'running',
  'draining',
  'paused',
  'awaiting_approval',
  'baking',
  'succeeded',
  'failed',
  'aborted',
  'reverting',
  'reverted',
] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/** States in which nothing happens any more. */
export const FINAL_ROLLOUT_STATES = [
  'succeeded',
  'failed',
  'aborted',
  'reverted',
] as const satisfies readonly RolloutState[];
export const isFinal = (state: RolloutState): boolean =>
  (FINAL_ROLLOUT_STATES as readonly RolloutState[]).includes(state);

/**
 * A target is in one of these at a time. `deferred`: failed in a way worth retrying, waits for a later pass. `joined`: has appeared while the
 * rollout ran, and is left for the next one.
 */
/** Brings a version of a migration directory, or a desired state. */
export type RolloutKind = 'versioned' | 'declarative';

export const TARGET_STATES = [
  'pending',
  'running',
  'applied',
  'unchanged',
  'failed',
  'deferred',
  'skipped',
  'reverted',
  'gone',
  'joined',
  'quarantined',
] as const;
export type TargetState = (typeof TARGET_STATES)[number];
export type TargetCounts = Readonly<Partial<Record<TargetState, number>>>;

export const GROUP_STATES = ['waiting', 'awaiting_approval', 'running', 'paused', 'baking', 'done', 'aborted'] as const;
export type GroupState = (typeof GROUP_STATES)[number];

/** What a rollout does with targets that appear in the env while it runs: LEAVE counts them, TAIL migrates them in a last group. */
export const JOINERS = ['LEAVE', 'TAIL'] as const;
export type JoinersMode = (typeof JOINERS)[number];
/** The group of targets that have appeared; no group of a deployment may have its name. */
export const JOINED_GROUP = 'joined';

/** What a group does whose failure budget is spent (DESIGN.md section 5). */
export const ON_FAILURE = ['PAUSE', 'ABORT', 'REVERT_GROUP', 'REVERT_ALL'] as const;
export type OnFailure = (typeof ON_FAILURE)[number];

/** `transient`: a later try may help. `lock`: somebody held a lock. `permanent`: it fails again. `unknown`: never retried blindly. */
export type ErrorClass = 'transient' | 'lock' | 'permanent' | 'unknown';

/** Why a target failed. `code`: SQLSTATE, errno or one of our codes. `fingerprint`: the message without its literals, to cluster causes. */
export interface TargetError {
  readonly class: ErrorClass;
  readonly code: string;
  readonly message: string;
  readonly fingerprint: string;
  readonly statement?: string;
  /** Who held the lock, when that is known. */
  readonly blocker?: string;
}
