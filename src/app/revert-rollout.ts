import { randomUUID } from 'node:crypto';
import { AppError } from '../shared/errors.ts';
import { isFinal } from '../shared/states.ts';
import type { RolloutView } from '../shared/wire.ts';
import type { RolloutRow } from '../store/types.ts';
import type { App } from './app.ts';
import { accepted, type ControlDeps, requireGroup, tell } from './control-rollout.ts';
import { anotherIsLive, findRollout } from './find-rollout.ts';
import { shortScope } from './move-targets.ts';
import { requireWayBack } from './require-way-back.ts';
import { requireTarget } from './retry-targets.ts';
import { startWorkflow } from './start-workflow.ts';

type Options = Parameters<App['revertRollout']>[1];

/** Takes back what a rollout applied. A live one is stopped by its gate at once, and its own workflow turns round. */
export async function revertRollout(deps: ControlDeps, id: string, options: Options): Promise<RolloutView> {
  const beganMs = deps.clock.monotonicMs();
  const row = await findRollout(deps.store, id);
  const { actor, reason, ...scope } = options;
  if (!isFinal(row.state)) refuseWhileLive(row, scope);
  await requireTouched(deps, row, scope);
  await requireWayBack(deps.store, row, scope);
  const asked = { actor, ...(reason === undefined ? {} : { reason }) };
  if (isFinal(row.state)) await turnRound(deps, row, options);
  else {
    const closing = { reason: reason ?? 'taken back', by: actor.name, operator: true, terminal: false };
    const { pauseSeq } = await deps.store.closeGate(row.id, closing, null, deps.clock.nowMs());
    const by = { id: randomUUID(), by: actor.name };
    const message = { ...by, verb: 'revert', reason: reason ?? '', pauseSeq, ...scope } as const;
    await tell(deps, row, message, { ...asked, data: shortScope(scope) });
  }
  return accepted(deps, row, 'revert', asked, beganMs);
}

/** A way back is taken once; a part of a rollout that is at work is not taken back under its hands: see docs/decisions/0007. */
function refuseWhileLive(row: RolloutRow, { targets, group }: Pick<Options, 'targets' | 'group'>): void {
  if (row.direction === 'down') {
    throw new AppError('ROLLOUT_STATE', `rollout "${row.id}" is being taken back already; it has to end first`, {
      next: row.next ?? `flotilla rollout get ${row.id}`,
    });
  }
  if ((targets === undefined && group === undefined) || AT_REST.includes(row.state)) return;
  const part = group === undefined ? 'some targets' : `group "${group}"`;
  throw new AppError(
    'ROLLOUT_STATE',
    `rollout "${row.id}" is ${row.state}: taking ${part} back would end it for all others; pause it first, or take back all of it (--all)`,
    { next: `flotilla rollout pause ${row.id}` },
  );
}

/** A person has the say in these. */
const AT_REST = ['paused', 'awaiting_approval'];

/** Refuses a scope in which the rollout has applied nothing, before anything is stopped. */
async function requireTouched(
  deps: ControlDeps,
  row: RolloutRow,
  scope: Pick<Options, 'targets' | 'group'>,
): Promise<void> {
  for (const id of scope.targets ?? []) {
    const { state } = await requireTarget(deps, row, id);
    if ((await deps.store.revertSpans(row.id, { targets: [id] })).length > 0) continue;
    throw new AppError(
      'ROLLOUT_STATE',
      `target "${id}" is ${state}: this rollout has applied nothing there to take back`,
      {
        next: `flotilla targets show ${id} --rollout ${row.id}`,
      },
    );
  }
  if (scope.targets !== undefined) return;
  if (scope.group !== undefined) await requireGroup(deps, row, scope.group);
  const totals = await deps.store.totals(row.id);
  if ((totals.running ?? 0) > 0 || (await deps.store.revertSpans(row.id, scope)).length > 0) return;
  const where = scope.group === undefined ? '' : ` in group "${scope.group}"`;
  throw new AppError('ROLLOUT_STATE', `rollout "${row.id}" has applied nothing${where} that could be taken back`, {
    next: `flotilla rollout get ${row.id}`,
  });
}

async function turnRound(
  deps: ControlDeps,
  row: RolloutRow,
  { actor, reason, skipChecks, ...scope }: Options,
): Promise<void> {
  const command = { id: randomUUID(), ...scope, skipChecks: skipChecks === true, mustBeOver: true };
  const why = reason === undefined ? {} : { reason };
  const event = {
    kind: 'RevertRequested',
    actor: actor.name,
    ...why,
    data: shortScope({ ...scope, skipChecks: command.skipChecks }),
  };
  const begun = await deps.store.beginRevert(row.id, command, event, deps.clock.nowMs());
  if (begun.kind === 'live') throw anotherIsLive(row, begun.id);
  if (begun.kind === 'nothing') {
    throw new AppError('ROLLOUT_STATE', `rollout "${row.id}" has applied nothing that could be taken back`, {
      next: `flotilla rollout get ${row.id}`,
    });
  }
  const { id: rolloutId, project, env, state } = row;
  deps.events.emit({ kind: 'RolloutStateChanged', rolloutId, project, env, from: state, to: 'reverting' });
  await startWorkflow(deps, row.id);
}
