import type { SessionLimits } from '../engine/index.ts';
import type { CountOrShare } from '../shared/count-or-share.ts';

/** What the daemon's configuration says of how rollouts are run. */
export interface AppSettings {
  readonly limits: SessionLimits;
  /** How often a statement that timed out on a lock is tried again at once, before the target is deferred. */
  readonly lockRetries: number;
  /** Targets at once on one host, over all rollouts and all processes of the store. */
  readonly maxPerHost: number;
  /** Targets of an env that may be started in any 60 minutes, beside what its deployment says; 0: no cap. */
  readonly maxPerHour: number;
  /** How long a target waits for its migration lock where the project does not say. */
  readonly lockWaitMs: number;
  /** Waits between the passes of a group: one more pass than there are waits. A target that is down is tried for their sum. */
  readonly backoffMs: readonly number[];
  /** How many targets of the env's last rollout may be missing before a start asks, where the deployment does not say. */
  readonly maxShrink: CountOrShare;
  /** A target that failed permanently in so many rollouts in a row is put into quarantine; 0: only operators put one there. */
  readonly quarantineAfter: number;
  /** Goes into `operator_version` of the revisions. */
  readonly operatorVersion: string;
}
