import { expect, test } from 'vitest';
import { type AssignableTarget, assignGroups, type GroupSettings } from '../../../src/rollout/assign-groups.ts';
import { stableHash } from '../../../src/rollout/stable-hash.ts';

const settings = (name: string, more: Partial<GroupSettings> = {}): GroupSettings => ({
  name,
  hasMatch: false,
  parallel: 1,
  perHost: null,
  maxFailures: null,
  budgetMode: 'STRICT',
  onFailure: 'PAUSE',
  bakeMs: 0,
  approval: false,
  dependsOn: [],
  ...more,
});

const target = (id: string, more: Partial<AssignableTarget> = {}): AssignableTarget => ({
  id,
  dialect: 'postgres',
  host: 'db-1:5432',
  matches: [],
  orderKeys: [],
  ...more,
});

const fleet = (size: number): readonly AssignableTarget[] => Array.from({ length: size }, (_, i) => target(`t${i}`));

function assigned(targets: readonly AssignableTarget[], groups: readonly GroupSettings[] | undefined, salt = 's') {
  const result = assignGroups({ targets, groups, salt });
  if (result.kind === 'refused') throw new Error(result.message);
  return result.groups;
}

test('file order decides who gets a target that two groups match', () => {
  const groups = [settings('a', { hasMatch: true }), settings('b', { hasMatch: true }), settings('c')];
  const targets = [
    target('x', { matches: [true, true, true] }),
    target('y', { matches: [false, true, true] }),
    target('z', { matches: [false, false, true] }),
  ];
  expect(assigned(targets, groups).map((group) => [group.name, group.targets])).toEqual([
    ['a', [0]],
    ['b', [1]],
    ['c', [2]],
  ]);
});

test('count and percent choose by hash: the same for the same salt, others for another', () => {
  const groups = [settings('canary', { count: 3 }), settings('early', { percent: 10 }), settings('rest')];
  const [canary, early, rest] = assigned(fleet(103), groups, 'one');
  expect([canary?.targets.length, early?.targets.length, rest?.targets.length]).toEqual([3, 10, 90]);
  expect(assigned(fleet(103), groups, 'one')[0]).toEqual(canary);
  expect(assigned(fleet(103), groups, 'two')[0]?.targets).not.toEqual(canary?.targets);
});

test('a small percentage is at least one target', () => {
  const [canary] = assigned(fleet(7), [settings('canary', { percent: 5 }), settings('rest')]);
  expect(canary?.targets.length).toBe(1);
});

test('the hash that chooses canaries never changes', () => {
  expect([stableHash(''), stableHash('salt\nacme-1'), stableHash('salt\nacme-2')]).toMatchInlineSnapshot(`
    [
      2552495220886915,
      999051350258650,
      7836730292840017,
    ]
  `);
});

test('members are ordered by their keys, numbers before strings, ties as they came', () => {
  const keys = [['b'], ['a', 2], ['a', 1], [7], ['b']] as const;
  const targets = keys.map((key, i) => target(`t${i}`, { orderKeys: [key] }));
  expect(assigned(targets, [settings('all')])[0]?.targets).toEqual([3, 2, 1, 0, 4]);
});

test('depends_on moves a group behind what it waits for, and changes nothing else', () => {
  const groups = [settings('canary'), settings('late', { dependsOn: ['early'] }), settings('early'), settings('last')];
  expect(assigned([target('x')], groups).map(({ name }) => name)).toEqual(['canary', 'early', 'late', 'last']);
});

test('a cycle and an unknown group are refused by name', () => {
  const cycle = [
    settings('a', { dependsOn: ['c'] }),
    settings('b', { dependsOn: ['a'] }),
    settings('c', { dependsOn: ['b'] }),
  ];
  expect(assignGroups({ targets: [], groups: cycle, salt: '' })).toEqual({
    kind: 'refused',
    code: 'DEPLOYMENT_INVALID',
    message: 'depends_on of the groups is a cycle: "a" -> "c" -> "b" -> "a"',
  });
  expect(assignGroups({ targets: [], groups: [settings('a', { dependsOn: ['b'] })], salt: '' })).toMatchObject({
    message: 'group "a" depends on "b", and the deployment has no such group',
  });
});

test('targets that no group matches are named', () => {
  const targets = Array.from({ length: 7 }, (_, i) => target(`t${i}`, { matches: [false] }));
  expect(assignGroups({ targets, groups: [settings('a', { hasMatch: true })], salt: '' })).toEqual({
    kind: 'refused',
    code: 'TARGET_UNMATCHED',
    message:
      '7 targets are matched by no group: "t0", "t1", "t2", "t3", "t4" and 2 more; expected a group without match for what is left',
  });
});

test('a budget in percent is rounded down', () => {
  const budget = (percent: number, size: number) =>
    assigned(fleet(size), [settings('all', { maxFailures: { percent } })])[0]?.maxFailures;
  expect([budget(1, 50), budget(1, 199), budget(10, 25)]).toEqual([0, 1, 2]);
});

test('without a deployment: one canary for each dialect and host up to five, then 10 %, then the rest', () => {
  const targets = Array.from({ length: 1_000 }, (_, i) => target(`t${i}`, { host: `db-${i % 3}` }));
  const groups = assigned(targets, undefined);
  expect(groups.map((group) => [group.name, group.targets.length, group.maxFailures])).toEqual([
    ['canary', 3, 0],
    ['early', 100, 1],
    ['rest', 897, 8],
  ]);
  expect(new Set(groups[0]?.targets.map((i) => targets[i]?.host)).size).toBe(3);
  const many = Array.from({ length: 40 }, (_, i) => target(`t${i}`, { host: `db-${i}` }));
  expect(assigned(many, undefined)[0]?.targets.length).toBe(5);
  expect(assigned(fleet(1), undefined).map(({ name }) => name)).toEqual(['canary']);
});

test('100,000 targets are assigned in less than a second', () => {
  const targets = Array.from({ length: 100_000 }, (_, i) =>
    target(`tenant-${i}`, {
      host: `db-${i % 50}`,
      matches: [i % 100 === 0, true, true],
      orderKeys: [[], [], [`tenant-${(i * 7919) % 100_000}`]],
    }),
  );
  const groups = [
    settings('canary', { hasMatch: true, count: 5 }),
    settings('early', { percent: 10 }),
    settings('rest', { maxFailures: { percent: 1 } }),
  ];
  // CPU time, the best of three: the machine may be busy with other things.
  const times = [1, 2, 3].map(() => {
    const began = process.cpuUsage();
    assigned(targets, groups);
    return process.cpuUsage(began).user / 1_000;
  });
  expect(Math.min(...times)).toBeLessThan(1_000);
  expect(assigned(targets, groups).map((group) => group.targets.length)).toEqual([5, 10_000, 89_995]);
});
