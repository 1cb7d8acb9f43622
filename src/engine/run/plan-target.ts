import { computePending, isPartial, orderRevisions, type Pending } from '../directory/compute-pending.ts';
import { resumeAt } from '../directory/prepare-files.ts';
import type { ApplyContext } from './apply-context.ts';
import { halfDownOf } from './half-down.ts';
import { operatorOf } from './operator.ts';
import type { History } from './ports.ts';
import { prepareCached } from './prepare-cached.ts';
import type { FileRun } from './run-file.ts';
import { AMBIGUOUS, type Worded, wordRefusal } from './target-error.ts';
import type { Revision } from './types.ts';

export interface Planned {
  readonly kind: 'planned';
  readonly pending: Pending;
  readonly runs: readonly FileRun[];
  readonly hasTable: boolean;
  /** The last version that is whole; '' for none. */
  readonly standing: string;
  /** The last one that was whole before the operation, of which the call is a try: `standing`, where no earlier try has brought a file to its end. */
  readonly from: string;
  /** An earlier try of the operation has run something here. */
  readonly isBegun: boolean;
}

export type TargetPlan =
  | Planned
  | { readonly kind: 'refused'; readonly worded: Worded; readonly current: string | null };

/**
 * What is to be run on a target whose revisions were read. Refuses before the first statement what cannot be run: a wrong directive, a scan
 * error, a changed history.
 * @param appliedBefore files that this call has applied already: they count against `amount`
 */
export async function planTarget(context: ApplyContext, history: History, appliedBefore: number): Promise<TargetPlan> {
  const { options, session, directory, driver } = context;
  if (history.kind === 'ambiguous') return { kind: 'refused', worded: AMBIGUOUS, current: null };
  const revisions = orderRevisions(history.rows);
  const current = revisions.at(-1)?.version ?? '';
  const halfDown = revisions.find((row) => halfDownOf(row) !== undefined);
  if (halfDown !== undefined) {
    const text = `version "${halfDown.version}" is being taken back and not done: run "migrate down" first, which goes on with it`;
    return { kind: 'refused', worded: wordRefusal({ code: 'TARGET_HISTORY', text }), current };
  }
  const needsClean = revisions.length === 0 && !options.allowDirty && (options.baseline ?? '') === '';
  const pending = computePending({
    directory,
    revisions,
    execOrder: options.execOrder,
    allowDirty: options.allowDirty,
    ...(needsClean ? { clean: await session.checkClean() } : {}),
    ...(options.baseline === undefined ? {} : { baseline: options.baseline }),
    ...(options.toVersion === undefined ? {} : { toVersion: options.toVersion }),
    ...(options.amount === undefined ? {} : { amount: Math.max(0, options.amount - appliedBefore) }),
  });
  if (pending.kind === 'refused') return { kind: 'refused', worded: wordRefusal(pending), current };
  const ready = prepareCached(pending.files, driver.scanner, options.txMode);
  if (ready.kind === 'refused') return { kind: 'refused', worded: wordRefusal(ready), current };
  const rows = new Map(revisions.map((row) => [row.version, row]));
  const runs: FileRun[] = [];
  for (const file of ready.files) {
    const row = rows.get(file.file.version);
    const resume = resumeAt(file, row);
    if (resume.kind === 'refused') return { kind: 'refused', worded: wordRefusal(resume), current };
    runs.push({ ready: file, done: resume.done, row });
  }
  const { operation } = options;
  const isOwn = (row: Revision): boolean => operation !== undefined && row.operatorVersion === operatorOf(options);
  const whole = revisions.filter((row) => !isPartial(row));
  const before = whole.filter((row) => !isOwn(row));
  const standing = pending.baseline?.version ?? whole.at(-1)?.version ?? '';
  const from = pending.baseline?.version ?? before.at(-1)?.version ?? '';
  return { kind: 'planned', pending, runs, hasTable: history.exists, standing, from, isBegun: revisions.some(isOwn) };
}
