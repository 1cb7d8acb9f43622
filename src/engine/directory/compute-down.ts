import { isPartial, orderRevisions } from './compute-pending.ts';
import type { Directory, MigrationFile, Refusal, RevisionMark } from './types.ts';

export interface DownInput<R extends RevisionMark> {
  readonly directory: Directory;
  /** All rows of the revisions table, in any order. */
  readonly revisions: readonly R[];
  /** The last so many; 1 where neither this nor `toVersion` is given. */
  readonly amount?: number;
  /** Everything after it; '' for everything. It stays. */
  readonly toVersion?: string;
  /** How far the target may stand; one that has moved on is refused. */
  readonly from?: DownFrom;
}

/**
 * Between where it goes and here: an earlier try may have taken back some versions already, and half of one. The newest whole version is not after
 * `version`; one that is half applied is not after `upTo`.
 */
export interface DownFrom {
  readonly version: string;
  readonly upTo: string;
}

export interface Down<R extends RevisionMark> {
  readonly kind: 'down';
  /** Newest first; empty: nothing to take back. */
  readonly versions: readonly { readonly row: R; readonly file: MigrationFile }[];
  /** Where the target stands; '' for nowhere. */
  readonly current: string;
  /** Where it will stand. */
  readonly target: string;
}

const BASELINE = 1;
const refuse = (code: Refusal['code'], text: string): Refusal => ({ kind: 'refused', code, text });

/** Which versions of a target are to be taken back (atlas-config-cli.md 5.1), or why that is refused. Nothing has been run. */
export function computeDown<R extends RevisionMark>(input: DownInput<R>): Down<R> | Refusal {
  const { directory, toVersion, from } = input;
  const revisions = orderRevisions(input.revisions);
  const current = revisions.at(-1)?.version ?? '';
  if (from !== undefined && hasMovedOn(revisions, from, toVersion ?? '')) {
    return refuse(
      'DOWN_MOVED_ON',
      `the target is at version "${current}", not at "${from.version}": it is left as it is`,
    );
  }
  if (toVersion !== undefined && toVersion !== '' && !revisions.some(({ version }) => version === toVersion)) {
    return refuse('VERSION_NOT_FOUND', `migration with version "${toVersion}" not found among those of the target`);
  }
  const rows = revisions
    .filter(({ version }) => toVersion === undefined || version > toVersion)
    .toReversed()
    .slice(0, toVersion === undefined ? (input.amount ?? 1) : undefined);
  const versions: { row: R; file: MigrationFile }[] = [];
  for (const row of rows) {
    const file = directory.files.find(({ version }) => version === row.version);
    if (row.type === BASELINE) {
      return refuse(
        'DOWN_NO_WAY_BACK',
        `version "${row.version}" is the baseline of the target: nothing of it was run here`,
      );
    }
    if (file === undefined) {
      return refuse(
        'DOWN_NO_WAY_BACK',
        `version "${row.version}" cannot be taken back: the directory has no file of it`,
      );
    }
    versions.push({ row, file });
  }
  const left = revisions.length - versions.length;
  return { kind: 'down', versions, current, target: revisions[left - 1]?.version ?? '' };
}

/** @param revisions in order */
function hasMovedOn(revisions: readonly RevisionMark[], from: DownFrom, toVersion: string): boolean {
  const newest = revisions.at(-1)?.version ?? '';
  const whole = revisions.findLast((row) => !isPartial(row))?.version ?? '';
  return newest > from.upTo || whole > from.version || newest < toVersion;
}

/**
 * Which statements of a file's way back are due where only `applied` of its `total` statements have run: the last of them, if each statement has
 * one that takes it back. undefined where the two do not match: then nobody can tell.
 */
export const downOfPartial = (row: RevisionMark, texts: readonly string[]): readonly string[] | undefined => {
  if (!isPartial(row)) return texts;
  if (row.applied === 0) return [];
  return texts.length === row.total ? texts.slice(row.total - row.applied) : undefined;
};
