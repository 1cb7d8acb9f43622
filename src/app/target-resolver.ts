import type { MigrationConfig, Throttle } from '../config/types.ts';
import type { ApplyHooks, DatabaseUrl } from '../engine/index.ts';
import type { Clock } from '../shared/clock.ts';
import type { StartWindow } from '../shared/start-windows.ts';
import type { RolloutRow, Store } from '../store/types.ts';
import { changeOf, type RolloutChange } from './change/rollout-change.ts';
import { evaluateFleet, type Fleet, type FleetTarget } from './evaluate-project.ts';
import type { Projects } from './ports.ts';
import { readSnapshot } from './snapshot.ts';

/** What an engine worker needs of a target. Holds secrets: stays in memory. */
export interface ResolvedTarget {
  readonly url: DatabaseUrl;
  readonly revisionsSchema: string | undefined;
  readonly migration: MigrationConfig | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly hooks: ApplyHooks | undefined;
}

export interface ResolvedRollout {
  readonly change: RolloutChange;
  /** When its targets may be started. */
  readonly windows: readonly StartWindow[];
  readonly throttles: readonly Throttle[];
  /** How many of its targets may be started in an hour; undefined: the deployment says nothing. */
  readonly maxPerHour: number | undefined;
  /** undefined: the env has had no such target in the last 5 s. */
  find(targetId: string): Promise<ResolvedTarget | undefined>;
  /** As the env has it now: by an evaluation that begins after the call. */
  findNow(targetId: string): Promise<ResolvedTarget | undefined>;
}

export interface TargetResolver {
  /** Evaluates the rollout's project once for this process, from its snapshot. @throws AppError where that fails */
  resolve(rollout: RolloutRow): Promise<ResolvedRollout>;
  /** The env as it is now, all of it. @throws AppError where it cannot be evaluated */
  targetsNow(rollout: RolloutRow): Promise<readonly FleetTarget[]>;
  /** Keeps what was evaluated when the rollout was created, so that its first slice needs not do it again. */
  remember(rolloutId: string, fleet: Fleet, change: RolloutChange): void;
  /** The rollout is over: its URLs leave the memory. */
  forget(rolloutId: string): void;
}

/** A missing id may be one that a data source did not give the last time; asking again costs an evaluation. */
const AGAIN_MS = 5_000;
/** Rollouts of which no slice has asked for so long are forgotten: another process may have ended them. */
const IDLE_MS = 600_000;

interface Entry {
  readonly change: RolloutChange;
  readonly windows: readonly StartWindow[];
  readonly throttles: readonly Throttle[];
  readonly maxPerHour: number | undefined;
  targets: ReadonlyMap<string, ResolvedTarget>;
  /** When the evaluation began that gave `targets`. */
  evaluatedMs: number;
  usedMs: number;
  again?: Promise<unknown>;
}

/** Only URL, migration options and hooks are kept of a target; equal options are one object. */
function keepTargets(fleet: readonly FleetTarget[]): ReadonlyMap<string, ResolvedTarget> {
  const shared = new Map<string, MigrationConfig>();
  const share = (migration: MigrationConfig | undefined): MigrationConfig | undefined => {
    if (migration === undefined) return undefined;
    const key = JSON.stringify(migration);
    const known = shared.get(key) ?? migration;
    shared.set(key, known);
    return known;
  };
  return new Map(
    fleet.map(({ target, migration, hooks }) => [
      target.id,
      {
        url: target.url,
        revisionsSchema: target.revisionsSchema,
        migration: share(migration),
        labels: target.labels,
        hooks,
      },
    ]),
  );
}

const toEntry = ({ targets, project }: Fleet, change: RolloutChange, nowMs: number): Entry => ({
  change,
  windows: project.deployment?.windows ?? [],
  throttles: project.deployment?.throttles ?? [],
  maxPerHour: project.deployment?.maxPerHour,
  targets: keepTargets(targets),
  evaluatedMs: nowMs,
  usedMs: nowMs,
});

export function createTargetResolver(deps: {
  readonly store: Pick<Store, 'getArtifact'>;
  readonly projects: Projects;
  readonly clock: Clock;
}): TargetResolver {
  const { clock } = deps;
  const entries = new Map<string, Promise<Entry>>();

  const evaluate = (rollout: RolloutRow, files: Readonly<Record<string, string>>): Promise<Fleet> =>
    evaluateFleet(deps.projects, rollout, files);

  const load = async (rollout: RolloutRow): Promise<Entry> => {
    const snapshot = await readSnapshot(deps.store, rollout);
    const evaluatedMs = clock.monotonicMs();
    const fleet = await evaluate(rollout, snapshot.project);
    return toEntry(fleet, changeOf(snapshot.change), evaluatedMs);
  };

  const evaluateAgain = async (rollout: RolloutRow, entry: Entry): Promise<readonly FleetTarget[]> => {
    const beganMs = clock.monotonicMs();
    const snapshot = await readSnapshot(deps.store, rollout);
    const { targets } = await evaluate(rollout, snapshot.project);
    // Another one may have begun later and ended sooner.
    if (beganMs >= entry.evaluatedMs) {
      entry.targets = keepTargets(targets);
      entry.evaluatedMs = beganMs;
    }
    return targets;
  };

  /** Until an evaluation has begun since. One at a time: whoever asks meanwhile shares the next one. */
  const freshen = async (rollout: RolloutRow, entry: Entry, sinceMs: number): Promise<void> => {
    while (entry.evaluatedMs < sinceMs) {
      entry.again ??= evaluateAgain(rollout, entry).finally(() => {
        delete entry.again;
      });
      await entry.again;
    }
  };

  const find = async (rollout: RolloutRow, entry: Entry, id: string): Promise<ResolvedTarget | undefined> => {
    const known = entry.targets.get(id);
    if (known !== undefined) return known;
    await freshen(rollout, entry, clock.monotonicMs() - AGAIN_MS);
    return entry.targets.get(id);
  };

  const findNow = async (rollout: RolloutRow, entry: Entry, id: string): Promise<ResolvedTarget | undefined> => {
    await freshen(rollout, entry, clock.monotonicMs());
    return entry.targets.get(id);
  };

  const dropIdle = async (): Promise<void> => {
    for (const [id, pending] of entries) {
      const entry = await pending.catch(() => undefined);
      if (entry !== undefined && clock.monotonicMs() - entry.usedMs > IDLE_MS) entries.delete(id);
    }
  };

  const entryOf = async (rollout: RolloutRow): Promise<Entry> => {
    let pending = entries.get(rollout.id);
    if (pending === undefined) {
      await dropIdle();
      pending = entries.get(rollout.id) ?? load(rollout);
      entries.set(rollout.id, pending);
      // A failure is not kept: the next slice tries again.
      pending.catch(() => entries.delete(rollout.id));
    }
    const entry = await pending;
    entry.usedMs = clock.monotonicMs();
    return entry;
  };

  return {
    targetsNow: async (rollout) => evaluateAgain(rollout, await entryOf(rollout)),
    async resolve(rollout) {
      const entry = await entryOf(rollout);
      return {
        change: entry.change,
        windows: entry.windows,
        throttles: entry.throttles,
        maxPerHour: entry.maxPerHour,
        find: (id) => find(rollout, entry, id),
        findNow: (id) => findNow(rollout, entry, id),
      };
    },
    remember(rolloutId, fleet, change) {
      entries.set(rolloutId, Promise.resolve(toEntry(fleet, change, clock.monotonicMs())));
    },
    forget(rolloutId) {
      entries.delete(rolloutId);
    },
  };
}
