import { randomUUID } from 'node:crypto';
import { AppError } from '../shared/errors.ts';
import type { RolloutView } from '../shared/wire.ts';
import type { App } from './app.ts';
import { accepted, type ControlDeps, tell } from './control-rollout.ts';
import { findRollout, refuseOver } from './find-rollout.ts';
import { requireTarget } from './retry-targets.ts';

const SKIPPABLE = ['failed', 'pending', 'deferred'];

/** Leaves targets out for a reason that stays with them. They do not count against the budget any more. */
export async function skipTargets(
  deps: ControlDeps,
  id: string,
  options: Parameters<App['skipTargets']>[1],
): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  const { actor, targets } = options;
  const reason = options.reason.trim();
  if (reason === '') {
    throw new AppError('INPUT_INVALID', 'a skip needs a reason', {
      next: `flotilla rollout skip ${row.id} --target ${targets[0] ?? '<id>'} --reason "…"`,
    });
  }
  if (targets.length === 0) throw new AppError('INPUT_INVALID', 'a skip needs at least one target');
  refuseOver(row, 'skip');
  for (const target of targets) {
    const { state } = await requireTarget(deps, row, target);
    if (SKIPPABLE.includes(state)) continue;
    throw new AppError(
      'ROLLOUT_STATE',
      `target "${target}" is ${state}; only ${SKIPPABLE.join(', ')} ones can be skipped`,
      {
        next: `flotilla targets show ${target} --rollout ${row.id}`,
      },
    );
  }
  await tell(deps, row, { id: randomUUID(), by: actor.name, verb: 'skip', targets, reason }, { actor, reason });
  return accepted(deps, row, 'skip', { actor, reason }, beganMs);
}
