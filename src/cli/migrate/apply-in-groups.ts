import { applyFleet, type TargetOutcome } from '../../app/apply-fleet.ts';
import { assignFleet } from '../../app/assign-fleet.ts';
import type { GroupConfig } from '../../config/types.ts';
import type { Engine } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { type AppliedTarget, type ApplyJob, applyTarget } from './apply-target.ts';
import type { MigrateDeps } from './deps.ts';

export interface GroupedRun {
  readonly jobs: readonly ApplyJob[];
  readonly groups: readonly GroupConfig[];
  /** Who is a canary is chosen by it: the same each time. */
  readonly salt: string;
  /** Prints the report of one target, whole; true where it succeeded. */
  readonly report: (applied: AppliedTarget) => Promise<boolean>;
}

/** What is left to say when the run is over. */
export interface GroupedResult {
  readonly succeeded: boolean;
  readonly cause: string | null;
  readonly notAttempted: readonly ApplyJob[];
}

interface FleetMember {
  readonly host: string;
  readonly job: ApplyJob;
}

/** Applies an env's targets group by group, as its deployment says: order, parallelism, failure budget, bake. */
export async function applyInGroups(deps: MigrateDeps, engine: Engine, run: GroupedRun): Promise<GroupedResult> {
  refuseClashes(run.jobs);
  const groups = assignFleet(run.jobs.map(assignable), run.groups, run.salt);
  const applied = new Map<FleetMember, AppliedTarget>();
  const result = await applyFleet<FleetMember>({
    targets: run.jobs.map((job) => ({ host: job.url.host, job })),
    groups,
    applyOne: async (member) => {
      const one = await applyTarget(deps, engine, member.job);
      applied.set(member, one);
      return outcomeOf(one);
    },
    report: async (member) => {
      const one = applied.get(member);
      applied.delete(member);
      if (one !== undefined) await run.report(one);
    },
    clock: deps.clock,
    signal: deps.io.signal,
  });
  return {
    succeeded: result.state === 'succeeded',
    cause: result.cause,
    notAttempted: result.notAttempted.map(({ job }) => job),
  };
}

/** Groups choose their canaries by id, and messages name targets by it. */
function refuseClashes(jobs: readonly ApplyJob[]): void {
  const known = new Map<string, ApplyJob>();
  for (const job of jobs) {
    const other = known.get(job.id);
    if (other !== undefined) {
      throw new AppError(
        'TARGET_ID_CLASH',
        `two targets of the env have the id "${job.id}": ${other.url.redacted} and ${job.url.redacted}`,
        { next: 'set target = "<id>" in the env' },
      );
    }
    known.set(job.id, job);
  }
}

function assignable({ id, url, target }: ApplyJob): Parameters<typeof assignFleet>[0][number] {
  if (target === undefined) throw new AppError('INTERNAL', `target "${id}" was evaluated without its groups`);
  return { id, dialect: url.dialect, host: url.host, matches: target.matches, orderKeys: target.orderKeys };
}

const outcomeOf = ({ outcome }: AppliedTarget): TargetOutcome => {
  switch (outcome.kind) {
    case 'applied':
    case 'unchanged':
      return { result: outcome.kind };
    case 'failed':
      return { result: 'failed', cause: outcome.error.message };
    case 'held':
    case 'cancelled':
      return { result: 'failed', cause: 'interrupted' };
  }
};
