import type { EvaluatedEnv, EvaluatedTarget, GroupConfig, Throttle } from '../types.ts';
import type { ProblemList } from './problem-list.ts';
import type { Deployment } from './read-deployment.ts';
import { headerOf } from './read-syntax.ts';

/** Refuses what a database cannot be asked: a file (SQLite) has no replicas and no threads. */
export function checkThrottles(
  { throttles, groups }: Deployment,
  envs: readonly EvaluatedEnv[],
  problems: ProblemList,
): void {
  const configs = groups.map(({ config }) => config);
  for (const { throttle, block } of throttles) {
    if (throttle.kind !== 'replica_lag' && throttle.kind !== 'threads_running') continue;
    const asked =
      throttle.kind === 'replica_lag' && throttle.replicas.length > 0
        ? throttle.replicas.find(({ isFile }) => isFile)?.redacted
        : envs.flatMap(({ target }) => target ?? []).find((one) => isMeant(throttle, one, configs) && one.url.isFile)
            ?.id;
    if (asked === undefined) continue;
    problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: `throttle "${throttle.name}" cannot be asked of a file`,
      detail: `"${asked}" is a database in a file, which has no ${throttle.kind === 'replica_lag' ? 'replicas' : 'threads'}; expected a server. Use throttle "sql" or "http", or put it into a group without it`,
      at: headerOf(block),
    });
  }
}

/** Whether the target may come into the throttle's group: an earlier group that takes all it matches keeps it. */
function isMeant({ group }: Throttle, { matches }: EvaluatedTarget, groups: readonly GroupConfig[]): boolean {
  if (group === undefined) return true;
  const index = groups.findIndex(({ name }) => name === group);
  const isTaken = groups
    .slice(0, index)
    .some(({ count, percent }, i) => matches[i] === true && count === undefined && percent === undefined);
  return matches[index] === true && !isTaken;
}
