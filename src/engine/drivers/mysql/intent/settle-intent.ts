import { intentOf, settled, unknownOutcome } from '../../../run/intent.ts';
import type { Revision } from '../../../run/types.ts';
import type { MysqlConnection } from '../mysql-connection.ts';
import { quoteText } from '../quote.ts';
import { type Evidence, readEvidence } from './evidence.ts';
import { judgeEvidence } from './judge-evidence.ts';

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
  throw unknownOutcome(row, intent, verdict.proof, { quoteText, table });
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
