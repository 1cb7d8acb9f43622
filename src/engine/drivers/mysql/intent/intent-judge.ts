import type { IntentJudge } from '../../../run/intent.ts';
import type { MysqlConnection } from '../mysql-connection.ts';
import { quoteText } from '../quote.ts';
import { type Evidence, readEvidence } from './evidence.ts';
import { judgeEvidence } from './judge-evidence.ts';

/** @param table of the revisions, quoted */
export const intentJudge = (connection: MysqlConnection, table: string): IntentJudge => ({
  judge: async (evidence, statement) => judgeEvidence(asEvidence(evidence), await readEvidence(connection, statement)),
  quoteText,
  table,
});

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
