/** What of a rollout is to be taken back: these targets, or this group, or all that it applied. */
export interface RevertScope {
  readonly targets?: readonly string[];
  readonly group?: string;
  /** Tables that hold rows are dropped all the same. */
  readonly skipChecks?: boolean;
}

/** What an operator's verb says to the workflow. `id` makes it idempotent: a message that comes twice is handled once. */
export type RolloutMessage = {
  readonly id: string;
  readonly by: string;
  /** The rollout that is meant: a late message must not reach the next rollout of the env. */
  readonly rollout?: string;
} & (
  | { readonly verb: 'pause'; readonly reason: string; readonly pauseSeq: number }
  | { readonly verb: 'resume' }
  | { readonly verb: 'promote' }
  | { readonly verb: 'approve'; readonly group?: string }
  | { readonly verb: 'overrideFreeze' }
  | { readonly verb: 'abort'; readonly reason: string }
  | ({ readonly verb: 'revert'; readonly reason: string; readonly pauseSeq: number } & RevertScope)
  | { readonly verb: 'retry'; readonly targets?: readonly string[]; readonly group?: string }
  | { readonly verb: 'skip'; readonly targets: readonly string[]; readonly reason: string }
  | {
      readonly verb: 'setLimits';
      readonly group: string;
      readonly parallel?: number;
      readonly perHost?: number | null;
      readonly maxFailures?: number | null;
      readonly bakeMs?: number;
    }
);

export type RolloutVerb = RolloutMessage['verb'];
export type MessageOf<V extends RolloutVerb> = Extract<RolloutMessage, { readonly verb: V }>;
