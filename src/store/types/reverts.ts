import type { NewEvent } from './events.ts';
import type { RolloutStore } from './rollouts.ts';

export interface RevertStore {
  /**
   * Turns a rollout downwards: what it applied (or left half applied, also where that is to be tried again) in the scope is pending again, for a
   * run that takes it back, and so is what an aborted way back has left; the rest stays as it is. Idempotent by command id. `nothing`: there is none, and nothing was changed.
   * @param command.mustBeOver the rollout has ended, and no other of its env may be live; otherwise its own run asks
   */
  beginRevert(
    rolloutId: string,
    command: {
      readonly id: string;
      readonly targets?: readonly string[];
      readonly group?: string;
      readonly skipChecks: boolean;
      readonly mustBeOver: boolean;
      /** Of the run that ends with this: a later pause goes on, any other is over. Without it no pause goes on. */
      readonly knownPauseSeq?: number;
    },
    event: NewEvent,
    nowMs: number,
  ): Promise<
    | { readonly kind: 'begun'; readonly targets: number }
    | { readonly kind: 'nothing' }
    | { readonly kind: 'live'; readonly id: string }
  >;
  /**
   * From where to where the rollout took what a revert in this scope would take back, counted. `to` is null where it is not known. A scan.
   */
  revertSpans(
    rolloutId: string,
    scope: { readonly targets?: readonly string[]; readonly group?: string },
  ): Promise<
    readonly { readonly dialect: string; readonly from: string; readonly to: string | null; readonly count: number }[]
  >;
  /** As `counts`, of the targets that are to be taken back. A scan of those. */
  revertCounts(rolloutId: string): ReturnType<RolloutStore['counts']>;
}
