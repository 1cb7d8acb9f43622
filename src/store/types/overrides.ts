/** Two people let a rollout run through freezes and outside of allowed times. */
export interface FreezeOverride {
  /** Of the one who asked; that of the other is in the audit trail. */
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAtMs: number;
  /** null: not confirmed yet, so nothing is overridden. */
  readonly approvedBy: string | null;
  readonly approvedAtMs: number | null;
}

/** Somebody who asks for an override, or confirms one. */
export interface OverrideAsked {
  readonly by: string;
  readonly reason: string;
  /** The second person, where nobody can be told apart by a token. Missing: they ask in their turn. */
  readonly approvedBy?: string;
}

export interface OverrideStore {
  /** A throttle holds the rollout no more; the audit trail says by whom and why. Twice is as once. */
  liftThrottle(
    rolloutId: string,
    lift: { readonly throttle: string; readonly by: string; readonly reason: string },
    nowMs: number,
  ): Promise<void>;
  /**
   * Asks for an override of freezes and allowed times, or confirms the one that another person has asked for; `approvedBy` does both at once.
   * It holds for the rest of the rollout. Events are written for what changed. `known`: it was confirmed before. `same_person`: the one who
   * asked cannot confirm it, and nothing was changed.
   */
  overrideFreeze(
    rolloutId: string,
    asked: OverrideAsked,
    nowMs: number,
  ): Promise<{
    readonly kind: 'requested' | 'overridden' | 'known' | 'same_person';
    readonly override: FreezeOverride;
  }>;
}
