import { computePending, isPartial, orderRevisions } from '../directory/compute-pending.ts';
import type { Directory, MigrationFile } from '../directory/types.ts';
import { onSession, toAppError } from './on-session.ts';
import type { Driver } from './ports.ts';
import { AMBIGUOUS } from './target-error.ts';
import type { MigrationTarget, Revision, StatusReport, SurveyOptions } from './types.ts';

const UNKNOWN = 'UNKNOWN';

/** Engine.status: reads, and changes nothing. @throws AppError */
export async function readStatus(
  driver: Driver,
  target: MigrationTarget,
  directory: Directory,
  options: SurveyOptions,
): Promise<StatusReport> {
  const request = { target, limits: options.limits, sessionName: `flotilla migrate status ${target.id}` };
  const history = await onSession(driver, request, (session) => session.read());
  if (history.kind === 'ambiguous') throw toAppError(AMBIGUOUS, 'TARGET_AMBIGUOUS_REVISIONS');
  return makeStatus(directory, orderRevisions(history.rows), options);
}

function makeStatus(
  directory: Directory,
  applied: readonly Revision[],
  { execOrder, toVersion }: SurveyOptions,
): StatusReport {
  const last = applied.at(-1);
  const pending = computePending({
    directory,
    revisions: applied,
    execOrder,
    ...(toVersion === undefined ? {} : { toVersion }),
  });
  const partial = last !== undefined && isPartial(last) ? last : undefined;
  const common = {
    available: directory.files,
    applied,
    current: last?.version ?? '',
    count: partial?.applied ?? 0,
    total: partial?.total ?? 0,
  };
  if (pending.kind === 'refused') {
    const [files, outOfOrder] = [pending.pending ?? [], pending.outOfOrder ?? []];
    return {
      ...common,
      pending: files,
      outOfOrder,
      next: UNKNOWN,
      status: 'PENDING',
      error: pending.text,
      sql: '',
    };
  }
  const late = new Set(pending.outOfOrder);
  const files = pending.files.filter((file) => !late.has(file));
  return {
    ...common,
    pending: files,
    outOfOrder: pending.outOfOrder,
    next: describeNext(pending.files[0]),
    status: pending.files.length === 0 ? 'OK' : 'PENDING',
    error: partial?.error ?? '',
    sql: partial?.errorStmt ?? '',
  };
}

const describeNext = (file: MigrationFile | undefined): string => {
  if (file === undefined) return '';
  return file.checkpoint ? `${file.version} (checkpoint)` : file.version;
};
