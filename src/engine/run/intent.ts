import { DriverError, type Step } from './ports.ts';
import type { Revision } from './types.ts';

/**
 * What is known of a target just before a statement that the database cannot undo is sent. It stands in the revision row's own `error` and
 * `error_stmt` (docs/decisions/0004), so that the try after a crash finds it, and any Atlas shows it as what it is: a last attempt whose
 * outcome nobody has seen. Written and read by drivers; run/ never meets one, since `Session.lockAndRead` settles them.
 */
export interface Intent {
  /** What of the row says how far the file is, where the statement has not landed, and where it has. */
  readonly before: Standing;
  readonly after: Standing;
  /** The driver's own evidence; it reads again what it has written here. */
  readonly evidence: unknown;
}

type Standing = Pick<Revision, 'applied' | 'partialHashes' | 'error' | 'errorStmt'>;

const SAYS = 'flotilla: sent, and its outcome was not seen; the next try looks it up in the database. intent ';

const standingOf = ({ applied, partialHashes, error, errorStmt }: Revision): Standing => ({
  applied,
  partialHashes,
  error,
  errorStmt,
});

/** The row that says that the statement will be sent now. */
export function withIntent({ before, after }: Step, statement: string, evidence: unknown): Revision {
  const intent: Intent = { before: standingOf(before), after: standingOf(after), evidence };
  return { ...before, error: SAYS + JSON.stringify(intent), errorStmt: statement };
}

/** The intent of a row; undefined where it has none that this version can read. */
export function intentOf({ error, applied }: Pick<Revision, 'error' | 'applied'>): Intent | undefined {
  if (!error.startsWith(SAYS)) return undefined;
  try {
    const value: unknown = JSON.parse(error.slice(SAYS.length));
    if (typeof value !== 'object' || value === null || !('before' in value && 'after' in value)) return undefined;
    const { before, after } = value;
    // Another tool has moved the row since: what it says is newer.
    if (!isStanding(before) || !isStanding(after) || before.applied !== applied) return undefined;
    return { before, after, evidence: 'evidence' in value ? value.evidence : undefined };
  } catch {
    return undefined;
  }
}

const isStanding = (value: unknown): value is Standing =>
  typeof value === 'object' &&
  value !== null &&
  'applied' in value &&
  typeof value.applied === 'number' &&
  'partialHashes' in value &&
  (value.partialHashes === null || Array.isArray(value.partialHashes)) &&
  'error' in value &&
  typeof value.error === 'string' &&
  'errorStmt' in value &&
  typeof value.errorStmt === 'string';

/** The row once the statement of its intent is known to have landed, or not to. */
export function settled(row: Revision, { before, after }: Intent, hasLanded: boolean): Revision {
  const now = { ...row, ...(hasLanded ? after : before) };
  // A file that is whole keeps no hashes of its statements.
  return hasLanded && now.applied === now.total && now.error === '' ? { ...now, partialHashes: null } : now;
}

/** Whether a statement has landed whose session was lost. */
export type Verdict =
  | { readonly kind: 'landed' | 'not-landed' }
  /** It cannot be known, and nothing is guessed. `proof`: what was seen before and what is seen now, for the person who has to decide. */
  | { readonly kind: 'open'; readonly proof: string };

/** How a dialect looks an outcome up, and what the statement for a person is made of. */
export interface IntentJudge {
  /** @param evidence as the driver has written it; perhaps by another version of it */
  judge(evidence: unknown, statement: string): Promise<Verdict>;
  /** Makes a text literal. */
  quoteText(text: string): string;
  /** Of the revisions, quoted. */
  readonly table: string;
}

export const hasIntent = (row: Pick<Revision, 'error' | 'applied'>): boolean => intentOf(row) !== undefined;

/**
 * A row whose last statement was sent by a session that is no more: looks in the database whether it has landed, and gives the row that says so.
 * Other rows come back as they are. The caller holds the target's lock, so whatever was running has ended.
 * @throws DriverError TARGET_OUTCOME_UNKNOWN with the proof, where the database cannot tell
 */
export async function settleIntent(row: Revision, judge: IntentJudge): Promise<Revision> {
  const intent = intentOf(row);
  if (intent === undefined) return row;
  const verdict = await judge.judge(intent.evidence, row.errorStmt);
  if (verdict.kind === 'open') throw unknownOutcome(row, intent, verdict.proof, judge);
  return settled(row, intent, verdict.kind === 'landed');
}

/** What is known, and the two statements of which one tells the next try how it was. */
function unknownOutcome(row: Revision, intent: Intent, proof: string, { quoteText, table }: IntentJudge): DriverError {
  const say = (hasLanded: boolean): string => {
    const { applied, partialHashes, error, errorStmt } = settled(row, intent, hasLanded);
    return `UPDATE ${table} SET error = ${quoteText(error)}, error_stmt = ${quoteText(errorStmt)}, applied = ${applied}, partial_hashes = ${quoteText(JSON.stringify(partialHashes))} WHERE version = ${quoteText(row.version)}`;
  };
  return new DriverError(
    'statement',
    `a statement of version "${row.version}" was sent, its session was lost, and the database does not show whether it has landed: ${proof}; ` +
      `if it has: ${say(true)}; if it has not: ${say(false)}; the statement: ${row.errorStmt}`,
    { class: 'unknown', code: 'TARGET_OUTCOME_UNKNOWN' },
  );
}
