import { AppError } from '../shared/errors.ts';
import type { TargetResult } from '../store/types.ts';
import { engineTarget, modesOf } from './apply-target.ts';
import type { SliceDeps, SliceRun, SliceTarget } from './run-slice.ts';

/**
 * What the drivers say of a database, schema or folder that is not there: PostgreSQL's invalid_catalog_name, invalid_schema_name,
 * database_dropped; MySQL's ER_BAD_DB_ERROR; SQLite of a missing folder.
 */
const MISSING = new Set(['3D000', '3F000', '57P04', '1049', 'SQLITE_CANTOPEN']);

/**
 * A tenant may be dropped between the evaluation of the env and its own turn, or in the middle of it. That is no failure: where its place is
 * missing, and the env as it is now has no such target any more, it is `gone`. One that the env still has keeps its failure.
 * @param result of the target's try; every other than a failure is given back as it is
 */
export async function settleGone(
  deps: SliceDeps,
  run: SliceRun,
  target: SliceTarget,
  result: TargetResult,
): Promise<TargetResult> {
  const { error } = result;
  if (error === undefined || (result.state !== 'failed' && result.state !== 'deferred')) return result;
  if (!MISSING.has(error.code) && (result.state === 'deferred' || !(await isMissingNow(deps, run, target)))) {
    return result;
  }
  if (await isInEnv(run, target.claimed.id)) return result;
  const { id, durationMs } = result;
  return { id, state: 'gone', version: null, durationMs };
}

/** A database that is dropped under a statement answers in many ways; whoever asks it again is told. */
async function isMissingNow(deps: SliceDeps, run: SliceRun, target: SliceTarget): Promise<boolean> {
  const { execOrder } = modesOf(target.resolved.migration);
  const options = { toVersion: run.rollout.toVersion, execOrder, limits: deps.settings.limits };
  const look = () => run.resolved.change.survey(deps.engine, [engineTarget(target)], options);
  const [now] = await deps.hosts.run(target.claimed.host, look).catch(() => []);
  return now?.kind === 'refused' && MISSING.has(now.error.code);
}

async function isInEnv({ resolved }: SliceRun, id: string): Promise<boolean> {
  try {
    return (await resolved.findNow(id)) !== undefined;
  } catch (error) {
    // An env that cannot be evaluated now does not say that the target is gone; one without any target does.
    return !(error instanceof AppError && error.code === 'ENV_WITHOUT_TARGETS');
  }
}
