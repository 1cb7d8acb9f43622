import type { Directory, ExecOrder, MigrationFile, Refusal, RevisionMark } from './types.ts';

export interface PendingInput {
  readonly directory: Directory;
  /** All rows of the revisions table, in any order. */
  readonly revisions: readonly RevisionMark[];
  readonly execOrder: ExecOrder;
  /** Needed only where there are no revisions: why the database is not clean (`found table "t"`), or true. */
  readonly clean?: true | { readonly reason: string };
  readonly baseline?: string;
  readonly allowDirty?: boolean;
  /** At most this many files. */
  readonly amount?: number;
  /** Up to and including this version. */
  readonly toVersion?: string;
}

export interface Pending {
  readonly kind: 'pending';
  /** In order of execution; empty: nothing to do. The first may be one that an earlier try left half done. */
  readonly files: readonly MigrationFile[];
  /** Those of `files` that are older than the last revision (non-linear). */
  readonly outOfOrder: readonly MigrationFile[];
  /** The version of the last revision; '' for none. With a baseline: that version. */
  readonly current: string;
  /** The file whose row must be written as a baseline before `files` are run. */
  readonly baseline?: MigrationFile;
}

/** Files that were added out of order, which `linear` refuses; with what else is pending, for `migrate status`. */
export interface OutOfOrder extends Refusal {
  readonly outOfOrder?: readonly MigrationFile[];
  readonly pending?: readonly MigrationFile[];
  readonly current?: string;
}

/** Written by official builds, and excluded from all logic (atlas-config-cli.md 4.5). */
export const METADATA_VERSION = '.atlas_cloud_identifier';

const RESOLVED = 4;

/** Ordered by version as strings, without the metadata row. */
export const orderRevisions = <R extends RevisionMark>(revisions: readonly R[]): readonly R[] =>
  revisions
    .filter(({ version }) => version !== METADATA_VERSION)
    .toSorted((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : 0));

/** A row whose file was begun and not ended, and which `migrate set` has not resolved. */
export const isPartial = (revision: RevisionMark): boolean =>
  revision.applied !== revision.total && (revision.type & RESOLVED) === 0;

/** Which files a database still needs (atlas-config-cli.md 4.6), or why that is refused, in Atlas's words. */
export function computePending(input: PendingInput): Pending | OutOfOrder {
  if (input.baseline !== undefined && input.baseline !== '' && input.allowDirty === true) {
    return refuse('INPUT_INVALID', 'sql/migrate: baseline and allow-dirty are mutually exclusive');
  }
  const all = allPending(input);
  return all.kind === 'refused' ? all : limit(all, input);
}

const refuse = (code: Refusal['code'], text: string): Refusal => ({ kind: 'refused', code, text });

const isAfter = (file: MigrationFile, version: string): boolean => file.version > version;

function allPending(input: PendingInput): Pending | OutOfOrder {
  const { directory, execOrder } = input;
  const revisions = orderRevisions(input.revisions);
  const plain = directory.files.filter((file) => !file.checkpoint);
  const [first, last] = [revisions[0], revisions.at(-1)];
  if (first === undefined || last === undefined) return firstRun(input, plain);

  const current = last.version;
  if (isPartial(last)) return resumePartial(directory, plain, last);

  const rows = new Map(revisions.map((revision) => [revision.version, revision]));
  const newer = plain.filter((file) => isAfter(file, current));
  const between = plain.filter((file) => isAfter(file, first.version) && !isAfter(file, current));
  // Left half done behind a newer version by a non-linear run. Atlas never looks at these again.
  const halfDone = between.filter((file) => {
    const row = rows.get(file.version);
    return row !== undefined && isPartial(row);
  });
  const missing = between.filter((file) => !rows.has(file.version));
  if (missing.length === 0 || execOrder === 'linear-skip') {
    return { kind: 'pending', files: [...halfDone, ...newer], outOfOrder: [], current };
  }
  if (execOrder === 'non-linear') {
    const early = between.filter((file) => missing.includes(file) || halfDone.includes(file));
    return { kind: 'pending', files: [...early, ...newer], outOfOrder: missing, current };
  }
  return { ...refuse('TARGET_HISTORY', outOfOrderText(missing)), outOfOrder: missing, pending: newer, current };
}

const outOfOrderText = (files: readonly MigrationFile[]): string => {
  const names = files.map(({ name }) => name).join(', ');
  const verb = files.length === 1 ? 'file' : 'files';
  return `migration ${verb} ${names} ${files.length === 1 ? 'was' : 'were'} added out of order. See: https://atlasgo.io/versioned/apply#non-linear-error`;
};

function firstRun(input: PendingInput, plain: readonly MigrationFile[]): Pending | Refusal {
  const { directory, clean, baseline, allowDirty, toVersion } = input;
  if (baseline !== undefined && baseline !== '') {
    const at = plain.findIndex(({ version }) => version === baseline);
    const file = plain[at];
    if (file === undefined) return refuse('VERSION_NOT_FOUND', `baseline version "${baseline}" not found`);
    return { kind: 'pending', files: plain.slice(at + 1), outOfOrder: [], current: baseline, baseline: file };
  }
  if (typeof clean === 'object' && allowDirty !== true) {
    return refuse(
      'TARGET_NOT_CLEAN',
      `sql/migrate: connected database is not clean: ${clean.reason}. baseline version or allow-dirty is required`,
    );
  }
  // One behind the wanted version would leave nothing to do, and the database empty.
  const isWithin = (file: MigrationFile): boolean => (toVersion ?? '') === '' || !isAfter(file, toVersion ?? '');
  const checkpoint = directory.files.findLastIndex((file) => file.checkpoint && isWithin(file));
  const files = checkpoint === -1 ? plain : fromCheckpoint(directory.files, checkpoint);
  return { kind: 'pending', files, outOfOrder: [], current: '' };
}

const fromCheckpoint = (files: readonly MigrationFile[], at: number): readonly MigrationFile[] =>
  files.filter((file, i) => i === at || (i > at && !file.checkpoint));

function resumePartial(directory: Directory, plain: readonly MigrationFile[], last: RevisionMark): Pending | Refusal {
  const checkpoint = directory.files.findIndex((file) => file.checkpoint && file.version === last.version);
  if (checkpoint !== -1) {
    return {
      kind: 'pending',
      files: fromCheckpoint(directory.files, checkpoint),
      outOfOrder: [],
      current: last.version,
    };
  }
  const at = plain.findIndex(({ version }) => version === last.version);
  if (at === -1) {
    const name = last.description === '' ? `${last.version}.sql` : `${last.version}_${last.description}.sql`;
    return refuse(
      'TARGET_HISTORY',
      `sql/migrate: missing migration: revision "${name}" is partially applied but migration file was not found`,
    );
  }
  return { kind: 'pending', files: plain.slice(at), outOfOrder: [], current: last.version };
}

/** Takes away what is beyond `toVersion` and `amount`. */
function limit(pending: Pending, { directory, amount, toVersion }: PendingInput): Pending | Refusal {
  let { files } = pending;
  if (toVersion !== undefined && toVersion !== '') {
    if (directory.files.every(({ version }) => version !== toVersion)) {
      const near = directory.files.find(
        ({ version }) => version.startsWith(toVersion) || toVersion.startsWith(version),
      );
      const hint = near === undefined ? '' : `. Did you mean "${near.version}"?`;
      return refuse('VERSION_NOT_FOUND', `sql/migrate: migration with version "${toVersion}" not found${hint}`);
    }
    files = files.filter((file) => !isAfter(file, toVersion));
  }
  if (amount !== undefined) files = files.slice(0, amount);
  return { ...pending, files, outOfOrder: pending.outOfOrder.filter((file) => files.includes(file)) };
}
