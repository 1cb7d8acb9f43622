import { partialHashes } from '../directory/checksum.ts';
import { computeDown, downOfPartial } from '../directory/compute-down.ts';
import { orderRevisions } from '../directory/compute-pending.ts';
import type { Directory, MigrationFile, Refusal } from '../directory/types.ts';
import { wayBack } from '../directory/way-back.ts';
import { type HalfDown, halfDownOf } from './half-down.ts';
import type { Driver, History } from './ports.ts';
import { AMBIGUOUS, type Worded, wordRefusal } from './target-error.ts';
import type { DownOptions, DownPlanned, Revision } from './types.ts';

/** A version that is to be taken back on this target. */
export interface DownRun {
  readonly row: Revision;
  readonly file: MigrationFile;
  /** All statements of its way back, from where the file stands on this target. */
  readonly texts: readonly string[];
  /** How many of them an earlier try has run. */
  readonly half: HalfDown;
  /** Each statement of the file has one here that takes it back. */
  readonly isMapped: boolean;
  /** See Driver.dropChecks. */
  readonly checks: readonly string[];
}

export type DownPlan =
  | { readonly kind: 'planned'; readonly runs: readonly DownRun[]; readonly planned: DownPlanned }
  | { readonly kind: 'refused'; readonly worded: Worded; readonly current: string | null };

/** What is to be run on a target whose revisions were read. Whatever cannot be taken back is refused before the first statement. */
export function planDown(driver: Driver, history: History, directory: Directory, options: DownOptions): DownPlan {
  if (history.kind === 'ambiguous') return { kind: 'refused', worded: AMBIGUOUS, current: null };
  const current = orderRevisions(history.rows).at(-1)?.version ?? '';
  const refused = (refusal: Refusal): DownPlan => ({ kind: 'refused', worded: wordRefusal(refusal), current });
  const down = computeDown({ ...options, directory, revisions: history.rows });
  if (down.kind === 'refused') return refused(down);
  const runs: DownRun[] = [];
  for (const { row, file } of down.versions) {
    const run = planVersion(driver, row, file, options);
    if ('kind' in run) return refused(run);
    runs.push(run);
  }
  const versions = down.versions.map(({ file }) => file);
  return { kind: 'planned', runs, planned: { versions, current: down.current, target: down.target } };
}

function planVersion(
  driver: Driver,
  row: Revision,
  file: MigrationFile,
  { skipChecks }: DownOptions,
): DownRun | Refusal {
  const way = wayBack(file, driver.scanner);
  if (way.kind === 'refused') return way;
  const begun = halfDownOf(row);
  const texts = downOfPartial(begun === undefined ? row : { ...row, applied: begun.of }, way.texts);
  if (texts === undefined) {
    return {
      kind: 'refused',
      code: 'DOWN_NO_WAY_BACK',
      text: `version "${file.version}" is half applied (${row.applied} of ${row.total} statements), and its way back of ${way.texts.length} statements does not say which of them take those back: finish it with "migrate apply", or take it back by hand and run "migrate set"`,
    };
  }
  const digest = partialHashes(texts).at(-1) ?? '';
  if (begun !== undefined && begun.digest !== digest) {
    return {
      kind: 'refused',
      code: 'TARGET_HISTORY',
      text: `sql/migrate: history changed: the way back of version "${file.version}" is half done, and its file has changed since`,
    };
  }
  const half = begun ?? { done: 0, of: row.applied, digest };
  const isMapped = way.texts.length === row.total;
  const checks = skipChecks ? [] : texts.slice(half.done).flatMap((text) => driver.dropChecks(text));
  return { row, file, texts, half, isMapped, checks };
}
