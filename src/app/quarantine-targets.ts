import { AppError } from '../shared/errors.ts';
import type { QuarantineBody, QuarantineView, ReleaseBody } from '../shared/wire.ts';
import type { Store } from '../store/types.ts';
import type { Actor } from './app.ts';
import type { AppDeps } from './deps.ts';

type Deps = Pick<AppDeps, 'store' | 'events' | 'clock'>;

const PAGE = 1_000;

/**
 * Later rollouts of the env leave the target out until it is released; one that runs now goes on with it. Doing it twice keeps the first reason.
 * @throws AppError TARGET_NOT_FOUND where the last rollout of the env has no such target: a typing error would change nothing without a word
 */
export async function quarantineTarget(deps: Deps, body: QuarantineBody, actor: Actor): Promise<QuarantineView> {
  const { project, env, target, reason } = body;
  const { items } = await deps.store.listRollouts({ project, env, limit: 1 });
  const [last] = items;
  const known = last === undefined ? undefined : await deps.store.getTarget(last.id, target);
  if (known === undefined) {
    throw new AppError('TARGET_NOT_FOUND', `the last rollout of ${project}/${env} has no target "${target}"`, {
      next:
        last === undefined
          ? `flotilla rollout list --project ${project} --env ${env}`
          : `flotilla targets list --rollout ${last.id} --state failed`,
    });
  }
  const put = await deps.store.quarantine({ project, env, target, reason, by: actor.name }, deps.clock.nowMs());
  if (put.kind === 'put') emit(deps, body, actor, 'quarantine');
  return put.view;
}

/** @throws AppError TARGET_NOT_QUARANTINED */
export async function releaseTarget(deps: Deps, body: ReleaseBody, actor: Actor): Promise<QuarantineView> {
  const { project, env, target, reason = '' } = body;
  const released = await deps.store.releaseQuarantine(
    { project, env, target, reason, by: actor.name },
    deps.clock.nowMs(),
  );
  if (released === undefined) {
    throw new AppError('TARGET_NOT_QUARANTINED', `target "${target}" of ${project}/${env} is not in quarantine`, {
      next: `flotilla targets list --quarantined --project ${project} --env ${env}`,
    });
  }
  emit(deps, body, actor, 'release');
  return released;
}

function emit(deps: Deps, body: ReleaseBody, actor: Actor, verb: 'quarantine' | 'release'): void {
  const { project, env, target, reason } = body;
  const why = reason === undefined ? {} : { reason };
  deps.events.emit({ kind: 'QuarantineChanged', verb, project, env, target, actor: actor.name, ...why });
}

/** Targets of the env that are in quarantine, with the reason. */
export async function quarantinedOf(
  store: Pick<Store, 'listQuarantine'>,
  { project, env }: { readonly project: string; readonly env: string },
): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await store.listQuarantine({ project, env, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const { target, reason } of page.items) reasons.set(target, reason);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return reasons;
}
