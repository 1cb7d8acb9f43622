import type { Engine } from '../engine/index.ts';
import type { Clock } from '../shared/clock.ts';
import type { InFlight } from '../shared/wire.ts';

/** What this process is working on, for the draining view. */
export interface RunningTargets {
  /** Notes a target; call what comes back when it is over. */
  begin(target: {
    readonly rolloutId: string;
    readonly target: string;
    readonly host: string;
    readonly group: string;
  }): () => void;
  /**
   * Notes a target that the gate has let start, and whose first statement may still be on its way to the database; call what comes back when it
   * is there, or will never be.
   */
  starting(rolloutId: string): () => void;
  /** Comes back when all that are starting now have begun, or never will. */
  untilBegun(rolloutId: string): Promise<void>;
  /** The ids of rollouts that have a target here. */
  rollouts(): readonly string[];
  /** How many targets, of all rollouts. */
  count(): number;
  /** Longest first; `sinceMs` is when the target was begun. Statements are those that the engine has in flight. */
  of(rolloutId: string): readonly InFlight[];
}

/** Names the sessions of a rollout's target, so that views and people on the server can tell whose they are. */
export const sessionNameOf = (rolloutId: string, target: string): string =>
  `flotilla ${rolloutId} ${target}`.slice(0, 63);

export function createRunningTargets(engine: Pick<Engine, 'inFlight'>, clock: Clock): RunningTargets {
  const running = new Set<{
    readonly rolloutId: string;
    readonly target: string;
    readonly host: string;
    readonly group: string;
    readonly beganMs: number;
  }>();
  const starts = new Map<string, Set<Promise<void>>>();
  return {
    starting(rolloutId) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const all = starts.get(rolloutId) ?? new Set();
      starts.set(rolloutId, all.add(promise));
      return () => {
        all.delete(promise);
        if (all.size === 0 && starts.get(rolloutId) === all) starts.delete(rolloutId);
        resolve();
      };
    },
    async untilBegun(rolloutId) {
      await Promise.all(starts.get(rolloutId) ?? []);
    },
    begin(target) {
      const entry = { ...target, beganMs: clock.nowMs() };
      running.add(entry);
      return () => running.delete(entry);
    },
    rollouts: () => Array.from(new Set(Array.from(running, ({ rolloutId }) => rolloutId))),
    count: () => running.size,
    of(rolloutId) {
      const statements = new Map(
        engine
          .inFlight()
          .filter((one) => one.sessionName.startsWith(`flotilla ${rolloutId} `))
          .map((one) => [one.targetId, one]),
      );
      return Array.from(running)
        .filter((entry) => entry.rolloutId === rolloutId)
        .map(({ target, host, group, beganMs }): InFlight => {
          const statement = statements.get(target)?.statement;
          return { target, host, group, sinceMs: beganMs, ...(statement === undefined ? {} : { statement }) };
        })
        .toSorted((a, b) => a.sinceMs - b.sinceMs);
    },
  };
}
