import type { SessionLimits } from '../../run/types.ts';
import type { MysqlFeatures } from './mysql-features.ts';

/** These variables count whole seconds, and 0 would mean something else. */
const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** What every session is told before it works on a target. `own`: settings of the URL, which come last and so win. */
export function sessionSettings(
  limits: SessionLimits,
  features: MysqlFeatures,
  own: readonly string[],
): readonly string[] {
  const { lockTimeoutMs, statementTimeoutMs, idleInTransactionTimeoutMs } = limits;
  const values: [string, number | string][] = [];
  if (lockTimeoutMs > 0) {
    values.push(['lock_wait_timeout', seconds(lockTimeoutMs)], ['innodb_lock_wait_timeout', seconds(lockTimeoutMs)]);
  }
  if (statementTimeoutMs > 0 && features.statementLimit === 'max_statement_time') {
    values.push(['max_statement_time', (statementTimeoutMs / 1000).toFixed(3)]);
  }
  if (statementTimeoutMs > 0 && features.statementLimit === 'max_execution_time') {
    values.push(['max_execution_time', Math.ceil(statementTimeoutMs)]);
  }
  if (idleInTransactionTimeoutMs > 0) {
    // The session's locks and transaction end with it, also where the network has gone silent.
    values.push(['wait_timeout', seconds(idleInTransactionTimeoutMs)]);
    if (features.hasIdleTransactionTimeout)
      values.push(['idle_transaction_timeout', seconds(idleInTransactionTimeoutMs)]);
  }
  const set =
    values.length === 0 ? [] : [`SET SESSION ${values.map(([name, value]) => `${name} = ${value}`).join(', ')}`];
  return [...set, ...own];
}
