/** What the contract suite needs of a kind of database, besides the engine: targets of its own and an independent look at them. */
import { createEngine } from '../../../src/engine/create-engine.ts';
import { parseDatabaseUrl } from '../../../src/engine/dialects/parse-database-url.ts';
import { readUnverified } from '../../../src/engine/directory/open-directory.ts';
import type { Directory } from '../../../src/engine/directory/types.ts';
import type {
  ApplyCallbacks,
  ApplyOptions,
  ApplyOutcome,
  ApplyProgress,
  Engine,
  MigrationTarget,
} from '../../../src/engine/run/types.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/run/types.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import type { FlotillaEvent } from '../../../src/shared/events.ts';

export interface SeenRevision {
  readonly version: string;
  readonly type: number;
  readonly applied: number;
  readonly total: number;
  readonly error: string;
  readonly hash: string;
  /** null for SQL NULL and for JSON null. */
  readonly partialHashes: readonly string[] | null;
}

/** A fresh, empty target, seen by connections of the test's own. */
export interface FixtureTarget {
  readonly url: string;
  run(sql: string): Promise<void>;
  count(table: string): Promise<number>;
  /** All tables but the revisions', sorted. */
  tables(): Promise<readonly string[]>;
  /** undefined: there is no revisions table. Ordered by version. */
  revisions(): Promise<readonly SeenRevision[] | undefined>;
  /** Holds a table so that ALTER TABLE has to wait; gives what lets go. */
  holdTable(name: string): Promise<() => Promise<void>>;
  /** Holds Atlas's lock as another Atlas would. */
  holdAtlasLock(): Promise<() => Promise<void>>;
  /** Locks and open transactions of sessions other than the test's. */
  leftovers(): Promise<readonly string[]>;
}

export interface EngineFixture {
  readonly name: string;
  /** Whether a file with DDL is rolled back as a whole. */
  readonly rollsBackDdl: boolean;
  /** A statement that takes about this long. */
  readonly sleep: (seconds: number) => string;
  /** False where a statement in flight cannot be stopped. */
  readonly stopsStatements: boolean;
  makeTarget(): Promise<FixtureTarget>;
  close(): Promise<void>;
}

const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          reject(signal.reason);
        },
        { once: true },
      );
    }),
};

export const makeEngine = (): { readonly engine: Engine; readonly events: FlotillaEvent[] } => {
  const events: FlotillaEvent[] = [];
  return { engine: createEngine({ clock: realClock, events: { emit: (event) => events.push(event) } }), events };
};

/** A directory of these files, as if atlas.sum had been verified. */
export const directoryOf = (files: Readonly<Record<string, string>>): Directory => readUnverified(files, 'atlas');

export const targetOf = (target: FixtureTarget, id = 't1'): MigrationTarget => ({
  id,
  url: parseDatabaseUrl(target.url),
});

export const OPTIONS: ApplyOptions = {
  txMode: 'file',
  execOrder: 'linear',
  allowDirty: false,
  dryRun: false,
  lock: { scope: 'target', name: 'atlas_migrate_execute', waitMs: 0 },
  limits: DEFAULT_LIMITS,
  sessionName: 'flotilla contract',
  operatorVersion: 'Flotilla contract',
  lockRetries: 0,
};

export interface Applied {
  readonly outcome: ApplyOutcome;
  readonly progress: readonly ApplyProgress[];
}

export async function applyTo(
  engine: Engine,
  target: FixtureTarget,
  directory: Directory,
  options: Partial<ApplyOptions> = {},
  callbacks: ApplyCallbacks = {},
): Promise<Applied> {
  const progress: ApplyProgress[] = [];
  const outcome = await engine.apply(
    targetOf(target),
    directory,
    { ...OPTIONS, ...options },
    {
      ...callbacks,
      onProgress: (event) => {
        progress.push(event);
        callbacks.onProgress?.(event);
      },
    },
  );
  return { outcome, progress };
}
