import { intentOf, settled, unknownOutcome } from '../../../run/intent.ts';
import type { Revision } from '../../../run/types.ts';
import type { PostgresConnection } from '../postgres-connection.ts';
import { quoteText } from '../quote.ts';
import { revisionsTable } from '../revision-rows.ts';
import { type LoneEvidence, settleEvidence } from './lone-evidence.ts';

/**
 * A row whose last statement was sent by a session that is no more: looks in the catalog whether it has landed, and gives the row that says so.
 * Other rows come back as they are. The caller holds the target's lock, outside of a transaction.
 * @throws DriverError TARGET_OUTCOME_UNKNOWN with the proof, where the catalog cannot tell
 */
export async function settleIntent(connection: PostgresConnection, row: Revision, schema: string): Promise<Revision> {
  const intent = intentOf(row);
  if (intent === undefined) return row;
  const verdict = await settleEvidence(connection, asEvidence(intent.evidence));
  if (verdict.kind !== 'open') return settled(row, intent, verdict.kind === 'landed');
  throw unknownOutcome(row, intent, verdict.proof, { quoteText, table: revisionsTable(schema) });
}

const KINDS: readonly LoneEvidence['kind'][] = [
  'create-index',
  'drop-index',
  'reindex',
  'detach',
  'repeatable',
  'unseen',
];

/** Written by `withIntent` of this driver; what another version wrote in another shape proves nothing. */
function asEvidence(value: unknown): LoneEvidence {
  const isOurs =
    typeof value === 'object' && value !== null && 'kind' in value && KINDS.some((kind) => kind === value.kind);
  return isOurs ? (value as LoneEvidence) : { kind: 'unseen', why: 'what was noted before it cannot be read' };
}
