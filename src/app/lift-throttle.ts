import { AppError } from '../shared/errors.ts';
import type { RolloutView } from '../shared/wire.ts';
import type { App } from './app.ts';
import { accepted, type ControlDeps } from './control-rollout.ts';
import { findRollout, refuseOver } from './find-rollout.ts';

/**
 * A throttle holds this rollout no more, for the rest of it: an operator knows better. What waits is let go when it is asked about next, within
 * 10 s.
 * @throws AppError ROLLOUT_OVER, INPUT_INVALID where there is no such throttle or no reason
 */
export async function liftThrottle(
  deps: ControlDeps,
  id: string,
  { actor, throttle, reason: given }: Parameters<App['liftThrottle']>[1],
): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  refuseOver(row, 'lift');
  const reason = given.trim();
  if (reason === '') throw new AppError('INPUT_INVALID', `to lift throttle "${throttle}" needs a reason`);
  const names = (await deps.resolver.resolve(row)).throttles.map(({ name }) => name);
  if (!names.includes(throttle)) {
    const known = names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
    throw new AppError('INPUT_INVALID', `rollout "${row.id}" has no throttle "${throttle}"; it has ${known}`, {
      next: `flotilla rollout get ${row.id}`,
    });
  }
  await deps.store.liftThrottle(row.id, { throttle, by: actor.name, reason }, deps.clock.nowMs());
  return accepted(deps, row, 'lift-throttle', { actor, reason }, beganMs);
}
