import type { OnFailure } from '../shared/states.ts';
import { defaultStrategy } from './default-strategy.ts';
import { orderGroups } from './order-groups.ts';
import { stableHash } from './stable-hash.ts';

/** A group as the project file has it, percentages and all. */
export interface GroupSettings {
  readonly name: string;
  readonly hasMatch: boolean;
  /** How many of the matched targets, chosen by hash(salt, id). */
  readonly count?: number;
  /** The same as a share of the matched targets that no earlier group took: 0 to 100, rounded up, so that 5 % of ten is one. */
  readonly percent?: number;
  readonly parallel: number;
  readonly perHost: number | null;
  /** A percentage is of the group's targets, rounded down: 1 % of fifty bears no failure. */
  readonly maxFailures: { readonly count: number } | { readonly percent: number } | null;
  readonly budgetMode: 'STRICT' | 'SOFT';
  readonly onFailure: OnFailure;
  readonly bakeMs: number;
  readonly approval: boolean;
  readonly dependsOn: readonly string[];
}

export interface AssignableTarget {
  readonly id: string;
  readonly dialect: string;
  readonly host: string;
  /** For each group, in file order. */
  readonly matches: readonly boolean[];
  readonly orderKeys: readonly (readonly (string | number)[])[];
}

/** A group in running order, its numbers resolved. */
export interface AssignedGroup {
  readonly name: string;
  readonly parallel: number;
  readonly perHost: number | null;
  readonly maxFailures: number | null;
  readonly budgetMode: 'STRICT' | 'SOFT';
  readonly onFailure: OnFailure;
  readonly bakeMs: number;
  readonly approval: boolean;
  readonly dependsOn: readonly string[];
  /** Positions in the list of targets, in the group's order. */
  readonly targets: readonly number[];
}

export type Assignment =
  | { readonly kind: 'assigned'; readonly groups: readonly AssignedGroup[] }
  | { readonly kind: 'refused'; readonly code: 'TARGET_UNMATCHED' | 'DEPLOYMENT_INVALID'; readonly message: string };

export interface AssignGroupsInput {
  readonly targets: readonly AssignableTarget[];
  /** undefined: the env names no deployment; the default strategy is taken. */
  readonly groups: readonly GroupSettings[] | undefined;
  /** What the choice of canaries depends on besides the ids; the same salt chooses the same ones. */
  readonly salt: string;
}

/** Unmatched targets named in the message. */
const NAMES_SHOWN = 5;

/** Cuts a fleet into groups: file order decides who gets a target, depends_on only adds to the order in which they run. */
export function assignGroups({ targets, groups, salt }: AssignGroupsInput): Assignment {
  if (groups !== undefined) return assign(targets, groups, (i, group) => targets[i]?.matches[group] ?? false, salt);
  const strategy = defaultStrategy(targets, salt);
  const assigned = assign(targets, strategy.groups, (i, group) => strategy.matches[i]?.[group] ?? false, salt);
  // A fleet of one has no use for the other two.
  return assigned.kind === 'refused'
    ? assigned
    : { kind: 'assigned', groups: assigned.groups.filter((group) => group.targets.length > 0) };
}

function assign(
  targets: readonly AssignableTarget[],
  groups: readonly GroupSettings[],
  isMatch: (target: number, group: number) => boolean,
  salt: string,
): Assignment {
  const ordered = orderGroups(groups);
  if (ordered.kind === 'refused') return { kind: 'refused', code: 'DEPLOYMENT_INVALID', message: ordered.message };
  const isTaken = new Uint8Array(targets.length);
  let left = targets.map((_, i) => i);
  const members = groups.map((group, position) => {
    const matched = group.hasMatch ? left.filter((i) => isMatch(i, position)) : left;
    const chosen = choose(matched, group, (i) => stableHash(`${salt}\n${targets[i]?.id}`));
    for (const i of chosen) isTaken[i] = 1;
    left = left.filter((i) => isTaken[i] === 0);
    return sortMembers(chosen, targets, position);
  });
  if (left.length > 0) return refuseUnmatched(left.map((i) => targets[i]?.id ?? ''));
  return {
    kind: 'assigned',
    groups: ordered.order.flatMap((position) => {
      const settings = groups[position];
      return settings === undefined ? [] : [resolve(settings, members[position] ?? [])];
    }),
  };
}

/** In the order that they came in. */
function choose(
  matched: readonly number[],
  { count, percent }: GroupSettings,
  hashOf: (target: number) => number,
): readonly number[] {
  const wanted = count ?? (percent === undefined ? undefined : Math.ceil((matched.length * percent) / 100));
  if (wanted === undefined || wanted >= matched.length) return matched;
  const hashes = Float64Array.from(matched, hashOf);
  const limit = hashes.toSorted()[wanted] ?? Infinity;
  const below = matched.filter((_, at) => (hashes[at] ?? 0) < limit);
  // Equal hashes are as good as impossible; should it be, the first ones fill up.
  const equal = matched.filter((_, at) => hashes[at] === limit).slice(0, wanted - below.length);
  return [...below, ...equal].toSorted((a, b) => a - b);
}

const sortMembers = (
  members: readonly number[],
  targets: readonly AssignableTarget[],
  position: number,
): readonly number[] =>
  members.toSorted((a, b) => compareKeys(targets[a]?.orderKeys[position] ?? [], targets[b]?.orderKeys[position] ?? []));

/** Key after key; numbers before strings, strings by code unit, so that the order is the same everywhere. */
function compareKeys(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  // An index, not an iterator: this runs two million times for 100,000 targets.
  for (let i = 0; i < a.length; i++) {
    const left = a[i];
    const right = b[i];
    if (left === undefined || right === undefined || left === right) continue;
    if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}

function resolve(settings: GroupSettings, targets: readonly number[]): AssignedGroup {
  const { name, parallel, perHost, maxFailures, budgetMode, onFailure, bakeMs, approval, dependsOn } = settings;
  return {
    name,
    parallel,
    perHost,
    maxFailures: resolveBudget(maxFailures, targets.length),
    budgetMode,
    onFailure,
    bakeMs,
    approval,
    dependsOn,
    targets,
  };
}

const resolveBudget = (budget: GroupSettings['maxFailures'], size: number): number | null => {
  if (budget === null) return null;
  return 'count' in budget ? budget.count : Math.floor((size * budget.percent) / 100);
};

function refuseUnmatched(ids: readonly string[]): Assignment {
  const names = ids.slice(0, NAMES_SHOWN).map((id) => `"${id}"`);
  const more = ids.length > names.length ? ` and ${ids.length - names.length} more` : '';
  const what = ids.length === 1 ? 'target is' : 'targets are';
  return {
    kind: 'refused',
    code: 'TARGET_UNMATCHED',
    message: `${ids.length} ${what} matched by no group: ${names.join(', ')}${more}; expected a group without match for what is left`,
  };
}
