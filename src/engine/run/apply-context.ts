import type { Clock } from '../../shared/clock.ts';
import type { EventSink } from '../../shared/events.ts';
import type { ReachFaultPoint } from '../../shared/fault-points.ts';
import type { Directory } from '../directory/types.ts';
import type { Expectations } from './expectations.ts';
import type { InFlight } from './in-flight.ts';
import { operatorOf } from './operator.ts';
import type { Driver, DriverError, Session } from './ports.ts';
import type { ReadyFile } from './prepare-cached.ts';
import type { ReadyHooks } from './prepare-hooks.ts';
import type { AppliedFile, ApplyCallbacks, ApplyOptions, MigrationTarget, Revision } from './types.ts';

export interface RunDeps {
  readonly clock: Clock;
  readonly events: EventSink;
  readonly inFlight: InFlight;
  readonly expectations: Expectations;
  /** For the fault rig. */
  readonly reach: ReachFaultPoint;
}

/** All that one apply of one target knows. */
export interface ApplyContext {
  readonly deps: RunDeps;
  readonly driver: Driver;
  readonly session: Session;
  readonly target: MigrationTarget;
  readonly directory: Directory;
  readonly options: ApplyOptions;
  readonly callbacks: ApplyCallbacks;
  readonly hooks: ReadyHooks;
}

/** A file could not be brought to its end. Whether the whole is tried again is for the caller to say. */
export class FileFailed extends Error {
  readonly file: ReadyFile;
  readonly applied: AppliedFile;
  readonly error: DriverError;
  /** undefined: it was none of the file's statements (the revision row, the commit). */
  readonly statement: string | undefined;
  /** Nothing of the file holds, so that it may be tried again from its start. */
  readonly isRolledBack: boolean;

  constructor(
    file: ReadyFile,
    applied: AppliedFile,
    error: DriverError,
    at: { readonly statement: string | undefined; readonly isRolledBack: boolean },
  ) {
    super(error.message, { cause: error });
    this.isRolledBack = at.isRolledBack;
    this.file = file;
    this.applied = applied;
    this.error = error;
    this.statement = at.statement;
  }
}

/** The gate was found closed before anything of the target was run. */
export class GateClosed extends Error {}

/**
 * Asks whether the target may be begun. Not once something of it has landed: then it is brought to its end.
 * @throws GateClosed
 */
export async function askGate(
  { callbacks, session }: { readonly callbacks: Pick<ApplyCallbacks, 'mayStart'>; readonly session: Session },
  { hasLanded }: { readonly hasLanded: boolean },
): Promise<void> {
  if (hasLanded || callbacks.mayStart === undefined) return;
  const answer = await callbacks.mayStart();
  if (answer === false) throw new GateClosed('the gate is closed');
  if (answer === true) return;
  if (session.whenBegun === undefined) answer.onBegun();
  else session.whenBegun(answer.onBegun);
}

export const now = ({ deps }: { readonly deps: Pick<RunDeps, 'clock'> }): Date => new Date(deps.clock.nowMs());

/** The row of a file that is begun: none of its statements has run. */
export const newRevision = (context: ApplyContext, { file, texts }: ReadyFile): Revision => ({
  version: file.version,
  description: file.description,
  type: 2,
  applied: 0,
  total: texts.length,
  executedAt: now(context),
  executionTime: 0n,
  error: '',
  errorStmt: '',
  hash: file.hash,
  partialHashes: null,
  operatorVersion: operatorOf(context.options),
});

export function tellFileStarted(
  context: ApplyContext,
  { ready, done }: { readonly ready: ReadyFile; readonly done: number },
): void {
  context.callbacks.onProgress?.({ kind: 'FileStarted', file: ready.file, skipped: done, at: now(context) });
}

export const NANOSECONDS_PER_MS = 1e6;
