import { randomUUID } from 'node:crypto';
import { AppError } from '../shared/errors.ts';
import type { RolloutView } from '../shared/wire.ts';
import type { OverrideAsked } from '../store/types.ts';
import type { Actor, App } from './app.ts';
import { accepted, type ControlDeps } from './control-rollout.ts';
import { findRollout, refuseOver } from './find-rollout.ts';
import { nextCommand } from './next-command.ts';

/**
 * Lets a rollout run through freezes and outside of allowed times, once two people have said so (fleet.md R13): the first asks, the second
 * confirms with a token of another name; without tokens the second is named. It holds when it is confirmed, for the rest of the rollout.
 * @throws AppError SECOND_PERSON_NEEDED, ROLLOUT_OVER, INPUT_INVALID where the reason is missing
 */
export async function overrideFreeze(
  deps: ControlDeps,
  id: string,
  options: Parameters<App['overrideFreeze']>[1],
): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  refuseOver(row, 'override');
  const next = nextCommand(row.id, 'override-freeze');
  const asked = overrideAsked(options, next);
  const { kind, override } = await deps.store.overrideFreeze(row.id, asked, deps.clock.nowMs());
  if (kind === 'same_person') {
    throw new AppError(
      'SECOND_PERSON_NEEDED',
      `"${override.requestedBy}" has asked for the override of rollout "${row.id}"; another person has to confirm it`,
      { next: `with the token of another operator: ${next}` },
    );
  }
  // Told again where it was confirmed before: the process that confirmed it may have ended before its message was kept.
  if (kind !== 'requested') {
    await deps.delivery.post(row, { id: randomUUID(), by: asked.by, verb: 'overrideFreeze' });
  }
  return accepted(deps, row, 'override-freeze', { actor: options.actor, reason: asked.reason }, beganMs);
}

/**
 * What is written of somebody who wants freezes overridden.
 * @param next the command that would do, for the errors
 * @throws AppError SECOND_PERSON_NEEDED, INPUT_INVALID
 */
export function overrideAsked(
  given: { readonly actor: Actor; readonly reason?: string; readonly approvedBy?: string },
  next: string,
): OverrideAsked {
  const { actor } = given;
  const reason = given.reason?.trim() ?? '';
  const approvedBy = given.approvedBy?.trim() ?? '';
  if (reason === '') throw new AppError('INPUT_INVALID', 'an override of freezes needs a reason', { next });
  if (actor.hasToken === true) {
    if (approvedBy === '') return { by: actor.name, reason };
    throw new AppError('INPUT_INVALID', '"approvedBy" is for a daemon without tokens; here the other person confirms', {
      next: `${next}, and once more with the token of another operator`,
    });
  }
  if (approvedBy === '' || isSame(approvedBy, actor.name)) {
    const who = approvedBy === '' ? 'nobody is named' : `"${approvedBy}" is the one who asks`;
    throw new AppError('SECOND_PERSON_NEEDED', `an override of freezes needs a second person's approval; ${who}`, {
      next: `${next} --approved-by <name>`,
    });
  }
  return { by: actor.name, reason, approvedBy };
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
