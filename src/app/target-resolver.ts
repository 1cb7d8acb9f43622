import type { MigrationConfig } from '../config/types.ts';
import type { DatabaseUrl, Directory } from '../engine/index.ts';
import type { Clock } from '../shared/clock.ts';
import type { StartWindow } from '../shared/start-windows.ts';
import type { RolloutRow, Store } from '../store/types.ts';
import { evaluateFleet, type Fleet, type FleetTarget } from './evaluate-project.ts';
import { openVerifiedDirectory } from './open-verified-directory.ts';
import type { Projects } from './ports.ts';
import { readSnapshot } from './snapshot.ts';

/** What an engine worker needs of a target. Holds secrets: stays in memory. */
export interface ResolvedTarget {
  readonly url: DatabaseUrl;
  readonly revisionsSchema: string | undefined;
  readonly migration: MigrationConfig | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ResolvedRollout {
  readonly directory: Directory;
  /** When its targets may be started. */
  readonly windows: readonly StartWindow[];
  /** undefined: the env has no such target any more. */
  find(targetId: string): Promise<ResolvedTarget | undefined>;
}

export interface TargetResolver {
  /** Evaluates the rollout's project once for this process, from its snapshot. @throws AppError where that fails */
  resolve(rollout: RolloutRow): Promise<ResolvedRollout>;
  /** Keeps what was evaluated when the rollout was created, so that its first slice needs not do it again. */
  remember(rolloutId: string, fleet: Fleet, directory: Directory): void;
  /** The rollout is over: its URLs leave the memory. */
  forget(rolloutId: string): void;
}

/** A missing id may be one that a data source did not give the last time; asking again costs a query each. */
const AGAIN_MS = 5_000;
/** Rollouts of which no slice has asked for so long are forgotten: another process may have ended them. */
const IDLE_MS = 600_000;

interface Entry {
  readonly directory: Directory;
  readonly windows: readonly StartWindow[];
  targets: ReadonlyMap<string, ResolvedTarget>;
  evaluatedMs: number;
  usedMs: number;
  again?: Promise<void>;
}

/** Only URL and migration options are kept of a target; equal options are one object. */
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
    fleet.map(({ target, migration }) => [
      target.id,
      {
        url: target.url,
        revisionsSchema: target.revisionsSchema,
        migration: share(migration),
        labels: target.labels,
      },
    ]),
  );
}

const toEntry = ({ targets, project }: Fleet, directory: Directory, nowMs: number): Entry => ({
  directory,
  windows: project.deployment?.windows ?? [],
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
    return toEntry(fleet, openVerifiedDirectory(snapshot.directory), evaluatedMs);
  };

  const evaluateAgain = async (rollout: RolloutRow, entry: Entry): Promise<void> => {
    entry.evaluatedMs = clock.monotonicMs();
    const snapshot = await readSnapshot(deps.store, rollout);
    entry.targets = keepTargets((await evaluate(rollout, snapshot.project)).targets);
  };

  const find = async (rollout: RolloutRow, entry: Entry, id: string): Promise<ResolvedTarget | undefined> => {
    const known = entry.targets.get(id);
    if (known !== undefined) return known;
    if (entry.again === undefined && clock.monotonicMs() - entry.evaluatedMs >= AGAIN_MS) {
      entry.again = evaluateAgain(rollout, entry).finally(() => {
        delete entry.again;
      });
    }
    await entry.again;
    return entry.targets.get(id);
  };

  const dropIdle = async (): Promise<void> => {
    for (const [id, pending] of entries) {
      const entry = await pending.catch(() => undefined);
      if (entry !== undefined && clock.monotonicMs() - entry.usedMs > IDLE_MS) entries.delete(id);
    }
  };

  return {
    async resolve(rollout) {
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
      const { directory, windows } = entry;
      return { directory, windows, find: (id) => find(rollout, entry, id) };
    },
    remember(rolloutId, fleet, directory) {
      entries.set(rolloutId, Promise.resolve(toEntry(fleet, directory, clock.monotonicMs())));
    },
    forget(rolloutId) {
      entries.delete(rolloutId);
    },
  };
}
