import type { AssignableTarget, GroupSettings } from './assign-groups.ts';
import { stableHash } from './stable-hash.ts';

const MAX_CANARIES = 5;

/**
 * The groups of an env without a `rollout` block (DESIGN.md section 5): a canary for each distinct (dialect, host), at most five, then 10 %,
 * then the rest. No failure is borne in the canaries, 1 % later. The major version is not known before the first connection.
 * @returns settings, and for each target which of them it matches
 */
export function defaultStrategy(
  targets: readonly AssignableTarget[],
  salt: string,
): { readonly groups: readonly GroupSettings[]; readonly matches: readonly (readonly boolean[])[] } {
  const canaries = chooseCanaries(targets, salt);
  return { groups: [CANARY, EARLY, REST], matches: targets.map(({ id }) => [canaries.has(id), true, true]) };
}

/** Of each kind the target with the smallest hash; of more than five kinds those with the smallest. */
function chooseCanaries(targets: readonly AssignableTarget[], salt: string): ReadonlySet<string> {
  const best = new Map<string, { readonly id: string; readonly hash: number }>();
  for (const { id, dialect, host } of targets) {
    const kind = JSON.stringify([dialect, host]);
    const hash = stableHash(`${salt}\n${id}`);
    const known = best.get(kind);
    if (known === undefined || hash < known.hash) best.set(kind, { id, hash });
  }
  const chosen = Array.from(best.values()).toSorted((a, b) => a.hash - b.hash);
  return new Set(chosen.slice(0, MAX_CANARIES).map(({ id }) => id));
}

const GROUP = { budgetMode: 'STRICT', onFailure: 'PAUSE', bakeMs: 0, approval: false } as const;
const CANARY: GroupSettings = {
  ...GROUP,
  name: 'canary',
  hasMatch: true,
  parallel: 1,
  perHost: 1,
  maxFailures: { count: 0 },
  dependsOn: [],
};
const EARLY: GroupSettings = {
  ...GROUP,
  name: 'early',
  hasMatch: false,
  percent: 10,
  parallel: 20,
  perHost: 4,
  maxFailures: { percent: 1 },
  dependsOn: ['canary'],
};
const REST: GroupSettings = {
  ...GROUP,
  name: 'rest',
  hasMatch: false,
  parallel: 100,
  perHost: 8,
  maxFailures: { percent: 1 },
  dependsOn: ['early'],
};
