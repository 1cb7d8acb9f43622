import { type Intent, intentOf, settled } from '../../../run/intent.ts';
import { DriverError } from '../../../run/ports.ts';
import type { Revision } from '../../../run/types.ts';
import type { MysqlConnection } from '../mysql-connection.ts';
import { quoteText } from '../quote.ts';
import { type Evidence, readEvidence } from './evidence.ts';
import { judgeEvidence } from './judge-evidence.ts';

const OUTCOME_UNKNOWN = 'TARGET_OUTCOME_UNKNOWN';

/**
 * A row whose last statement was sent by a session that is no more: looks in the catalog whether it has landed, and gives the row that says so.
 * Other rows come back as they are. The caller holds the target's lock, so whatever was running has ended.
 * @throws DriverError TARGET_OUTCOME_UNKNOWN with the proof, where the catalog cannot tell
 */
export async function settleIntent(connection: MysqlConnection, row: Revision, table: string): Promise<Revision> {
  const intent = intentOf(row);
  if (intent === undefined) return row;
  const before = asEvidence(intent.evidence);
  const now = await readEvidence(connection, row.errorStmt);
  const verdict = judgeEvidence(before, now);
  if (verdict.kind !== 'open') return settled(row, intent, verdict.kind === 'landed');
  throw new DriverError('statement', askPerson(row, intent, verdict.proof, table), {
    class: 'unknown',
    code: OUTCOME_UNKNOWN,
  });
}

/** What is known, and the two statements of which one tells the next try how it was. */
function askPerson(row: Revision, intent: Intent, proof: string, table: string): string {
  const say = ({ applied, partialHashes }: Revision): string =>
    `UPDATE ${table} SET error = '', error_stmt = '', applied = ${applied}, partial_hashes = '${JSON.stringify(partialHashes)}' WHERE version = ${quoteText(row.version)}`;
  return (
    `statement ${intent.index + 1} of version "${row.version}" was sent, its session was lost, and the database does not show whether it has landed: ${proof}; ` +
    `if it has: ${say(settled(row, intent, true))}; if it has not: ${say(settled(row, intent, false))}; the statement: ${row.errorStmt}`
  );
}

/** Written by `withIntent` of this driver; what another version wrote in another shape proves nothing. */
function asEvidence(value: unknown): Evidence {
  const isOurs =
    typeof value === 'object' &&
    value !== null &&
    'proof' in value &&
    (value.proof === 'repeatable' ||
      value.proof === 'none' ||
      ((value.proof === 'definition' || value.proof === 'storage') && 'seen' in value));
  return isOurs ? (value as Evidence) : { proof: 'none', why: 'what was noted before it cannot be read' };
}
