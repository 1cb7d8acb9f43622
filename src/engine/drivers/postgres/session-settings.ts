import type { SessionLimits } from '../../run/types.ts';
import { quoteId, quoteText } from './quote.ts';

/** Longer names are cut by the server, with a notice. */
const MAX_NAME_BYTES = 63;

/** How each transaction of ours begins. */
export const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/** What a session on one target is set to, as items of a SELECT. `forTransaction`: until its end, so that nothing leaks through a pooler. */
export function settingItems(
  {
    schema,
    sessionName,
    limits,
  }: { readonly schema: string; readonly sessionName: string; readonly limits: SessionLimits },
  forTransaction: boolean,
): readonly string[] {
  const settings: readonly (readonly [string, string])[] = [
    ['application_name', [...sessionName].slice(0, MAX_NAME_BYTES).join('')],
    ['lock_timeout', String(limits.lockTimeoutMs)],
    ['statement_timeout', String(limits.statementTimeoutMs)],
    ['idle_in_transaction_session_timeout', String(limits.idleInTransactionTimeoutMs)],
    ...(schema === '' ? [] : [['search_path', quoteId(schema)] as const]),
  ];
  return settings.map(([name, value]) => `set_config('${name}', ${quoteText(value)}, ${forTransaction})`);
}
