import type { EventCheckView } from '../shared/wire.ts';
import type { Store } from '../store/types.ts';
import { findRollout } from './find-rollout.ts';

/**
 * Walks the audit trail's hash chain from its beginning, against the head that is kept apart from it.
 * @throws AppError ROLLOUT_NOT_FOUND
 */
export async function checkEvents(store: Store, prefix: string): Promise<EventCheckView> {
  const { id, lastEvent } = await findRollout(store, prefix);
  const [firstBroken, newest] = [await store.verifyEvents(id), await store.events(id, lastEvent - 1, 1)];
  const found = { rollout: id, events: lastEvent, head: newest[0]?.hash ?? '', intact: firstBroken === undefined };
  return firstBroken === undefined ? found : { ...found, firstBroken };
}
