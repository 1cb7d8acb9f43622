import { randomUUID } from 'node:crypto';
import { AppError } from '../shared/errors.ts';
import { isFinal } from '../shared/states.ts';
import type { RolloutView, TargetView } from '../shared/wire.ts';
import type { RolloutRow } from '../store/types.ts';
import type { App } from './app.ts';
import { accepted, type ControlDeps, settle, tell } from './control-rollout.ts';
import { anotherIsLive, findRollout } from './find-rollout.ts';
import { reopenTargets } from './move-targets.ts';
import { startWorkflow } from './start-workflow.ts';

/** Failed targets are pending again. A rollout that ended as failed is taken up again, unless its env has another one. */
export async function retryTargets(
  deps: ControlDeps,
  id: string,
  options: Parameters<App['retryTargets']>[1],
): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  const { actor, ...scope } = options;
  await requireFailed(deps, row, scope);
  if (row.state === 'failed') {
    await takeUpAgain(deps, row, options);
  } else {
    await tell(deps, row, { id: randomUUID(), by: actor.name, verb: 'retry', ...scope }, { actor });
    await settle(deps, row.id, ['paused']);
  }
  return accepted(deps, row, 'retry', { actor }, beganMs);
}

/** A target of the rollout. @throws AppError TARGET_NOT_FOUND */
export async function requireTarget(deps: ControlDeps, row: RolloutRow, id: string): Promise<TargetView> {
  const target = await deps.store.getTarget(row.id, id);
  if (target !== undefined) return target;
  throw new AppError('TARGET_NOT_FOUND', `rollout "${row.id}" has no target "${id}"`, {
    next: `flotilla targets list --rollout ${row.id}`,
  });
}

async function requireFailed(
  deps: ControlDeps,
  row: RolloutRow,
  scope: { readonly targets?: readonly string[]; readonly group?: string },
): Promise<void> {
  for (const id of scope.targets ?? []) {
    const target = await requireTarget(deps, row, id);
    if (target.state === 'failed') continue;
    throw new AppError('ROLLOUT_STATE', `target "${id}" is ${target.state}, not failed; there is nothing to retry`);
  }
  if (scope.targets !== undefined && scope.targets.length > 0) return;
  if (isFinal(row.state) && row.state !== 'failed') return; // `tell` says that the rollout is over
  const counts = await deps.store.counts(row.id);
  const inScope = counts.filter((count) => scope.group === undefined || count.group === scope.group);
  if (scope.group !== undefined && inScope.length === 0) {
    throw new AppError('GROUP_NOT_FOUND', `rollout "${row.id}" has no group "${scope.group}"`);
  }
  if (inScope.some(({ state }) => state === 'failed')) return;
  throw new AppError('ROLLOUT_STATE', `rollout "${row.id}" has no failed targets to retry`, {
    next: `flotilla rollout get ${row.id}`,
  });
}

async function takeUpAgain(
  deps: ControlDeps,
  row: RolloutRow,
  options: Parameters<App['retryTargets']>[1],
): Promise<void> {
  const { actor, ...scope } = options;
  const event = { kind: 'RolloutTakenUpAgain', actor: actor.name, data: {} };
  const revived = await deps.store.reviveRollout(row.id, event, deps.clock.nowMs());
  if (revived.kind === 'live') throw anotherIsLive(row, revived.id);
  if (revived.kind === 'refused') {
    throw new AppError('ROLLOUT_STATE', `rollout "${row.id}" is ${revived.state} by now; retry it as it is`, {
      next: `flotilla rollout get ${row.id}`,
    });
  }
  await reopenTargets(deps, row.id, { commandId: randomUUID(), actor: actor.name, ...scope });
  deps.events.emit({
    kind: 'RolloutStateChanged',
    rolloutId: row.id,
    project: row.project,
    env: row.env,
    from: 'failed',
    to: 'preparing',
  });
  await startWorkflow(deps, row.id);
}
