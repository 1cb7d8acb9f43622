import { DriverError } from './ports.ts';
import type { Revision } from './types.ts';

/**
 * What is known of a target just before a statement that the database cannot undo is sent. It stands in the revision row's own `error` and
 * `error_stmt` (docs/decisions/0004), so that the try after a crash finds it, and any Atlas shows it as what it is: a last attempt whose
 * outcome nobody has seen. Written and read by drivers; run/ never meets one, since `Session.lockAndRead` settles them.
 */
export interface Intent {
  /** Position of the statement in its file: what `applied` is while it has not landed. */
  readonly index: number;
  /** Its rolling hash: what `partial_hashes` gets once it has landed. */
  readonly hash: string;
  /** The driver's own evidence; it reads again what it has written here. */
  readonly evidence: unknown;
}

const SAYS = 'flotilla: sent, and its outcome was not seen; the next try looks it up in the database. intent ';

/** The row that says that the statement which `progress` is the progress of will be sent now. */
export function withIntent(progress: Revision, statement: string, evidence: unknown): Revision {
  const hashes = progress.partialHashes ?? [];
  const intent: Intent = { index: progress.applied - 1, hash: hashes.at(-1) ?? '', evidence };
  return {
    ...progress,
    applied: intent.index,
    partialHashes: hashes.slice(0, -1),
    error: SAYS + JSON.stringify(intent),
    errorStmt: statement,
  };
}

/** The intent of a row; undefined where it has none that this version can read. */
export function intentOf({ error, applied }: Pick<Revision, 'error' | 'applied'>): Intent | undefined {
  if (!error.startsWith(SAYS)) return undefined;
  try {
    const value: unknown = JSON.parse(error.slice(SAYS.length));
    if (typeof value !== 'object' || value === null || !('index' in value && 'hash' in value)) return undefined;
    const { index, hash } = value;
    // Another tool has moved the row since: what it says is newer.
    if (typeof hash !== 'string' || index !== applied) return undefined;
    return { index: applied, hash, evidence: 'evidence' in value ? value.evidence : undefined };
  } catch {
    return undefined;
  }
}

/** The row once the statement of its intent is known to have landed, or not to. */
export function settled(row: Revision, intent: Intent, hasLanded: boolean): Revision {
  const cleared = { ...row, error: '', errorStmt: '' };
  if (!hasLanded) return cleared;
  const applied = intent.index + 1;
  const partialHashes = applied === row.total ? null : [...(row.partialHashes ?? []), intent.hash];
  return { ...cleared, applied, partialHashes };
}

/**
 * Nothing in the database shows whether the statement of an intent has landed: what is known, and the two statements of which one tells the next
 * try how it was.
 * @param update makes a statement of `column = value, …`, for the row
 */
export function unknownOutcome(
  row: Revision,
  intent: Intent,
  proof: string,
  update: (assignments: string) => string,
): DriverError {
  const say = (hasLanded: boolean): string => {
    const { applied, partialHashes } = settled(row, intent, hasLanded);
    return update(
      `error = '', error_stmt = '', applied = ${applied}, partial_hashes = '${JSON.stringify(partialHashes)}'`,
    );
  };
  return new DriverError(
    'statement',
    `statement ${intent.index + 1} of version "${row.version}" was sent, its session was lost, and the database does not show whether it has landed: ${proof}; ` +
      `if it has: ${say(true)}; if it has not: ${say(false)}; the statement: ${row.errorStmt}`,
    { class: 'unknown', code: 'TARGET_OUTCOME_UNKNOWN' },
  );
}
