import type { IntentJudge } from '../../../run/intent.ts';
import type { PostgresConnection } from '../postgres-connection.ts';
import { quoteText } from '../quote.ts';
import { revisionsTable } from '../revision-rows.ts';
import { type LoneEvidence, settleEvidence } from './lone-evidence.ts';

/**
 * Judges outside of a transaction.
 * @param schema of the revisions
 */
export const intentJudge = (connection: PostgresConnection, schema: string): IntentJudge => ({
  judge: (evidence) => settleEvidence(connection, asEvidence(evidence)),
  quoteText,
  table: revisionsTable(schema),
});

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
