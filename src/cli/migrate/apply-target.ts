import type { EvaluatedTarget } from '../../config/types.ts';
import type { ApplyOutcome, ApplyProgress, DatabaseUrl, Directory, Engine } from '../../engine/index.ts';
import { type ApplyReport, type ApplyTimes, makeApplyReport } from '../render/migrate-apply-report.ts';
import { OPERATOR_VERSION } from '../version.ts';
import type { MigrateDeps } from './deps.ts';
import type { parseExecOrder, parseTxMode, Settings } from './flags.ts';
import { sessionOptions } from './session-options.ts';

/** One target, ready to be brought forward: everything that can be refused without a connection has been. */
export interface ApplyJob {
  readonly id: string;
  /** Of the env: which groups of a deployment it matches. */
  readonly target: EvaluatedTarget | undefined;
  readonly settings: Settings;
  readonly url: DatabaseUrl;
  readonly directory: Directory;
  readonly txMode: ReturnType<typeof parseTxMode>;
  readonly execOrder: ReturnType<typeof parseExecOrder>;
  readonly amount: number | undefined;
  readonly allowDirty: boolean;
  readonly dryRun: boolean;
  /** One of several: its locks must not make others on the same server wait, and messages name it. */
  readonly isOfFleet: boolean;
}

export interface AppliedTarget {
  readonly job: ApplyJob;
  readonly outcome: ApplyOutcome;
  /** undefined where the engine gave up before it knew what to run: then there is no report, only an error. */
  readonly report: ApplyReport | undefined;
  readonly times: ApplyTimes;
}

/** Applies one target and notes what a report needs. Never throws for what the database does wrong. */
export async function applyTarget(deps: MigrateDeps, engine: Engine, job: ApplyJob): Promise<AppliedTarget> {
  const { settings, url } = job;
  const record = makeRecord(deps);
  const start = new Date(deps.clock.nowMs());
  const began = deps.clock.monotonicMs();
  const outcome = await engine.apply(
    { id: job.id, url, revisionsSchema: settings.revisionsSchema },
    job.directory,
    {
      ...(job.amount === undefined ? {} : { amount: job.amount }),
      ...(settings.toVersion === undefined ? {} : { toVersion: settings.toVersion }),
      ...(settings.baseline === undefined ? {} : { baseline: settings.baseline }),
      txMode: job.txMode,
      execOrder: job.execOrder,
      allowDirty: job.allowDirty,
      dryRun: job.dryRun,
      ...sessionOptions('apply', settings, job.isOfFleet),
      operatorVersion: OPERATOR_VERSION,
      hooks: settings.hooks,
    },
    { onProgress: record.note, signal: deps.io.signal },
  );
  const planned = record.planned();
  const hasReport = planned !== undefined || outcome.kind === 'unchanged' || outcome.kind === 'applied';
  const facts = { url, dir: settings.dir, planned, outcome, start, end: new Date(deps.clock.nowMs()) };
  return {
    job,
    outcome,
    report: hasReport ? makeApplyReport(facts) : undefined,
    times: { totalMs: deps.clock.monotonicMs() - began, fileMs: record.fileMs },
  };
}

type Planned = Extract<ApplyProgress, { kind: 'Planned' }>;

/** Times each file by the monotonic clock: the engine's Dates know milliseconds only. A retried file counts from its last start. */
function makeRecord(deps: MigrateDeps): {
  readonly note: (event: ApplyProgress) => void;
  readonly planned: () => Planned | undefined;
  readonly fileMs: ReadonlyMap<string, number>;
} {
  let planned: Planned | undefined;
  const startedMs = new Map<string, number>();
  const fileMs = new Map<string, number>();
  const note = (event: ApplyProgress): void => {
    if (event.kind === 'Planned') planned = event;
    else if (event.kind === 'FileStarted') startedMs.set(event.file.name, deps.clock.monotonicMs());
    else if (event.kind === 'FileFinished' || event.kind === 'FileFailed') {
      const now = deps.clock.monotonicMs();
      fileMs.set(event.file.name, now - (startedMs.get(event.file.name) ?? now));
    }
  };
  return { note, planned: () => planned, fileMs };
}
