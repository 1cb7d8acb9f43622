import type { CountOrShare } from '../shared/count-or-share.ts';
import type { ShrinkView } from '../shared/wire.ts';
import type { Store } from '../store/types.ts';
import type { Fleet } from './evaluate-project.ts';

/** Missing targets that are named: enough to look one up in the control database. */
const NAMES_SHOWN = 5;
const PAGE = 1_000;

/**
 * Compares the env with the target set of its last rollout, however that ended. A control database that has lost rows looks like a success:
 * the tenants that it no longer names would be left behind without a word (fleet.md section 6.3, DiscoveryShrank).
 * @param limit how many of the last rollout's targets may be missing where the deployment does not say
 * @returns undefined where the fleet is as large as it may be, and where the env has had no rollout
 */
export async function findShrink(
  store: Pick<Store, 'listRollouts' | 'listTargets'>,
  of: { readonly project: string; readonly env: string },
  fleet: Fleet,
  limit: CountOrShare,
): Promise<ShrinkView | undefined> {
  const { items } = await store.listRollouts({ project: of.project, env: of.env, limit: 1 });
  const [last] = items;
  if (last === undefined) return undefined;
  const now = fleet.targets.length;
  const bound = fleet.project.deployment?.maxShrink ?? limit;
  const mayMiss = 'count' in bound ? bound.count : (last.targets * bound.percent) / 100;
  if (last.targets - now <= mayMiss) return undefined;
  const ids = new Set(fleet.targets.map(({ target }) => target.id));
  return {
    lastRollout: last.id,
    lastTargets: last.targets,
    targets: now,
    limit: 'count' in bound ? String(bound.count) : `${bound.percent}%`,
    missing: await missingOf(store, last.id, ids),
  };
}

/** Pages through the old target set only as far as it takes to find a few names. */
async function missingOf(
  store: Pick<Store, 'listTargets'>,
  rolloutId: string,
  ids: ReadonlySet<string>,
): Promise<readonly string[]> {
  const missing: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listTargets(rolloutId, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    missing.push(...page.items.flatMap(({ id }) => (ids.has(id) ? [] : [id])));
    cursor = page.nextCursor;
  } while (cursor !== undefined && missing.length < NAMES_SHOWN);
  return missing.slice(0, NAMES_SHOWN);
}

/** In one line: both numbers, the rollout that the larger one is of, what is allowed, some names. */
export function describeShrink({ lastRollout, lastTargets, targets, limit, missing }: ShrinkView): string {
  const names = missing.map((id) => `"${id}"`).join(', ');
  const more = lastTargets - targets > missing.length ? ', …' : '';
  return `the env has ${targets} targets now, its last rollout "${lastRollout}" had ${lastTargets}; max_shrink is ${limit}; missing: ${names}${more}`;
}
