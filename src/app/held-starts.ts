import type { Clock } from '../shared/clock.ts';
import { THROTTLE_KINDS, type ThrottleKind } from '../shared/throttles.ts';
import type { StartHold } from './start-policies/start-policy.ts';

/** Whose starts are held: a group of a rollout, or one host of it. */
export interface HeldPlace {
  readonly rolloutId: string;
  readonly group: string;
  readonly host: string;
}

/** What policies hold back in this process: each hold is said once, and throttles are timed. */
export interface HeldStarts {
  /** Notes that a hold was met, and that it is asked about again after so long. `isNew`: it is to be said. */
  note(place: HeldPlace, hold: StartHold, waitMs: number): { readonly isNew: boolean; readonly heldMs: number };
  /** Something has started there: what held the host, or its group, is over. */
  release(place: HeldPlace): readonly {
    readonly policy: StartHold['policy'];
    readonly host?: string;
    /** In all. */
    readonly totalMs: number;
    /** Since it was last noted. */
    readonly heldMs: number;
  }[];
  /** Throttles that hold now: how many hosts of the group, or 1 for all of it. */
  throttled(): readonly { readonly reason: ThrottleKind; readonly group: string; readonly count: number }[];
  /** How many hosts and groups each policy holds now: throttles, windows and caps. */
  countByPolicy(): ReadonlyMap<StartHold['policy'], number>;
}

/** A slice comes so much later than its wait ends. Later still: the rollout was paused, or is over. */
const LATE_MS = 5_000;

export const isThrottle = (policy: string): policy is ThrottleKind => THROTTLE_KINDS.some((kind) => kind === policy);

export function createHeldStarts(clock: Pick<Clock, 'monotonicMs'>): HeldStarts {
  const holds = new Map<
    string,
    {
      readonly policy: StartHold['policy'];
      readonly group: string;
      readonly host?: string;
      readonly sinceMs: number;
      readonly seenMs: number;
      readonly untilMs: number;
    }
  >();
  const keyOf = ({ rolloutId, group, host }: HeldPlace, isOfHost: boolean): string =>
    JSON.stringify([rolloutId, group, isOfHost ? host : '']);
  const since = ({ seenMs, untilMs }: { readonly seenMs: number; readonly untilMs: number }, nowMs: number): number =>
    Math.max(0, Math.min(nowMs, untilMs) - seenMs);

  const activeNow = () => {
    const nowMs = clock.monotonicMs();
    return [...holds.values()].filter(({ untilMs }) => nowMs <= untilMs);
  };

  return {
    note(place, { policy, scope }, waitMs) {
      const nowMs = clock.monotonicMs();
      for (const [key, { untilMs }] of holds) if (untilMs < nowMs) holds.delete(key);
      const key = keyOf(place, scope === 'host');
      const known = holds.get(key);
      const isNew = known?.policy !== policy;
      const sinceMs = known === undefined || isNew ? nowMs : known.sinceMs;
      const host = scope === 'host' ? { host: place.host } : {};
      const untilMs = nowMs + waitMs + LATE_MS;
      holds.set(key, { policy, group: place.group, ...host, sinceMs, seenMs: nowMs, untilMs });
      return { isNew, heldMs: known === undefined ? 0 : since(known, nowMs) };
    },
    release(place) {
      const nowMs = clock.monotonicMs();
      return [true, false].flatMap((isOfHost) => {
        const key = keyOf(place, isOfHost);
        const known = holds.get(key);
        if (known === undefined) return [];
        holds.delete(key);
        const { policy, host, sinceMs } = known;
        const of = host === undefined ? {} : { host };
        return [{ policy, ...of, totalMs: Math.min(nowMs, known.untilMs) - sinceMs, heldMs: since(known, nowMs) }];
      });
    },
    countByPolicy() {
      const counts = new Map<StartHold['policy'], number>();
      for (const { policy } of activeNow()) counts.set(policy, 1 + (counts.get(policy) ?? 0));
      return counts;
    },
    throttled() {
      const active = activeNow().flatMap(({ policy, group }) =>
        isThrottle(policy) ? [{ reason: policy, group }] : [],
      );
      const counted = Map.groupBy(active, ({ reason, group }) => JSON.stringify([reason, group]));
      return [...counted.values()].flatMap(([first, ...more]) =>
        first === undefined ? [] : [{ ...first, count: 1 + more.length }],
      );
    },
  };
}
