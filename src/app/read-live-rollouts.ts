import type { Store } from '../store/types.ts';

/** The rollouts that are not over, with their groups and counters, for gauges. Counters, never a scan of the targets. */
export async function readLiveRollouts(store: Pick<Store, 'liveRollouts' | 'groups' | 'groupCounts'>) {
  const rows = await store.liveRollouts();
  return Promise.all(
    rows.map(async ({ id, project, env, state, direction }) => {
      const [groups, counts] = await Promise.all([store.groups(id), store.groupCounts(id)]);
      return { id, project, env, state, direction, groups, counts };
    }),
  );
}
