import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from './embedded/launch-server.ts';

/** temporal.api.enums.v1.IndexedValueType: KEYWORD. */
const KEYWORD = 2;
/** Closed rollouts can be looked at in Temporal for so long; the store keeps them for ever. */
const RETENTION_S = 30 * 24 * 3600;

/**
 * Sets the retention of the embedded server's namespace to 30 days; a development server starts with one.
 * Only for a server of our own: elsewhere retention is the operator's business.
 */
export async function setRetention(connection: Connection, namespace: string): Promise<void> {
  const described = await connection.workflowService.describeNamespace({ namespace });
  if (Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0) === RETENTION_S) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(RETENTION_S * 1000) },
  });
}

/**
 * Sees to it that the namespace knows our search attributes: a start with an unknown one fails.
 * @returns false where they are not there and may not be added: rollouts are then started without
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = SEARCH_ATTRIBUTES.filter((name) => !Object.hasOwn(customAttributes ?? {}, name));
    if (missing.length > 0)
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      });
    return true;
  } catch {
    return false; // no right to the operator service, as in Temporal Cloud
  }
}
