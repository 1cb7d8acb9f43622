import type { RevertScope } from '../shared/rollout-message.ts';
import type { StatusDeps } from './save-status.ts';

/**
 * Turns a rollout downwards at the end of its own run. Idempotent by the run's epoch. False where there is nothing to take back: then nothing was
 * changed.
 */
export async function beginRevert(
  { store, events, clock }: StatusDeps,
  rolloutId: string,
  epoch: number,
  { cause, skipChecks, ...scope }: RevertScope & { readonly cause: string; readonly knownPauseSeq: number },
): Promise<boolean> {
  const before = await store.getRollout(rolloutId);
  const command = { id: `revert-${epoch}`, ...scope, skipChecks: skipChecks === true, mustBeOver: false };
  const event = { kind: 'RevertBegun', actor: 'flotilla', reason: cause, data: {} };
  const begun = await store.beginRevert(rolloutId, command, event, clock.nowMs());
  if (begun.kind !== 'begun' || before === undefined) return begun.kind === 'begun';
  const { project, env, state } = before;
  events.emit({ kind: 'RolloutStateChanged', rolloutId, project, env, from: state, to: 'reverting', cause });
  return true;
}
