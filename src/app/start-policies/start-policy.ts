import type { Throttle } from '../../config/types.ts';
import type { DatabaseUrl } from '../../engine/index.ts';
import type { StartWindow } from '../../shared/start-windows.ts';
import type { ThrottleKind } from '../../shared/throttles.ts';

/** A target that is about to start. */
export interface StartQuestion {
  readonly project: string;
  readonly env: string;
  readonly rolloutId: string;
  readonly target: string;
  readonly group: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly url: DatabaseUrl;
  /** What the rollout's project file asks of servers. */
  readonly throttles: readonly Throttle[];
  /** Names of those that an operator has lifted. */
  readonly lifted: readonly string[];
  /** What the rollout's project file says of times. */
  readonly windows: readonly StartWindow[];
  /** Two people have overridden freezes and allowed times for the rollout. */
  readonly overridden: boolean;
  /** What the rollout's project file says of targets an hour; undefined: nothing. */
  readonly maxPerHour: number | undefined;
  /** Its first statement comes next. Else it stands for all targets of its slice: is a connection worth it? Asked once a slice. */
  readonly starts: boolean;
}

/** It must wait. */
export interface StartHold {
  /** Label of a metric: a closed list. */
  readonly policy: 'freeze' | 'allowed_times' | 'targets_per_hour' | ThrottleKind;
  /** For people. The same for as long as it holds, so that it is written once. */
  readonly reason: string;
  /** When it may be worth asking again. */
  readonly untilMs: number;
  /** Whom it holds: the targets of its host, or those of its group. Missing: those of its group. */
  readonly scope?: 'group' | 'host';
}

/** Decides whether a target may start at this moment. Undefined: it may. Asked for each target, so it must be quick, or share what it has found out; it must not throw. */
export type StartPolicy = (question: StartQuestion) => StartHold | undefined | Promise<StartHold | undefined>;

/** The first policy that holds it back; any one is enough, and those after it are not asked. */
export async function askPolicies(
  policies: readonly StartPolicy[],
  question: StartQuestion,
): Promise<StartHold | undefined> {
  for (const policy of policies) {
    const hold = await policy(question);
    if (hold !== undefined) return hold;
  }
  return undefined;
}

/** Longest wait before the policies are asked again: clocks are set, and windows of other targets end sooner. */
const MAX_WAIT_MS = 600_000;
const MIN_WAIT_MS = 1_000;

/** How long nothing of the group, or of the host, is to be started, in ms. */
export const waitOf = ({ untilMs }: StartHold, nowMs: number): number =>
  Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, untilMs - nowMs));
