import type { Clock } from '../shared/clock.ts';
import type { EventSink } from '../shared/events.ts';
import type { RolloutRow, Store } from '../store/types.ts';

const PAGE = 1_000;

/**
 * Puts targets into quarantine that have failed permanently in this rollout and in the ones before it, `after` in a row: they would spend the
 * budget of each next one. Idempotent: who is in quarantine stays there.
 * @param after 0: nobody is put there but by an operator
 */
export async function quarantineRepeaters(
  { store, events, clock }: { readonly store: Store; readonly events: EventSink; readonly clock: Clock },
  rollout: RolloutRow,
  after: number,
): Promise<void> {
  if (after < 1 || rollout.direction === 'down') return;
  const { project, env } = rollout;
  const { items } = await store.listRollouts({ project, env, limit: after });
  // Of fewer rollouts, or where another one has begun since, nothing is known yet.
  if (items.length < after || items[0]?.id !== rollout.id) return;
  const before = items.slice(1);
  for await (const target of failedPermanently(store, rollout.id)) {
    const isRepeater = await everyFailed(store, before, target);
    if (!isRepeater) continue;
    const reason = after === 1 ? 'failed permanently' : `failed permanently in ${after} rollouts in a row`;
    const put = await store.quarantine({ project, env, target, reason, by: 'flotilla' }, clock.nowMs());
    if (put.kind === 'known') continue;
    events.emit({ kind: 'QuarantineChanged', verb: 'quarantine', project, env, target, actor: 'flotilla', reason });
  }
}

async function* failedPermanently(store: Pick<Store, 'listTargets'>, rolloutId: string): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const filter = { states: ['failed'] as const, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const page = await store.listTargets(rolloutId, filter);
    for (const { id, error } of page.items) if (error?.class === 'permanent') yield id;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

async function everyFailed(
  store: Pick<Store, 'getTarget'>,
  rollouts: readonly RolloutRow[],
  target: string,
): Promise<boolean> {
  for (const { id } of rollouts) {
    const found = await store.getTarget(id, target);
    if (found?.state !== 'failed' || found.error?.class !== 'permanent') return false;
  }
  return true;
}
