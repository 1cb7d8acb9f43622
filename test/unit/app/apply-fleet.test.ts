import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { applyFleet, type FleetResult, type TargetOutcome } from '../../../src/app/apply-fleet.ts';
import type { AssignedGroup } from '../../../src/rollout/assign-groups.ts';
import type { Clock } from '../../../src/shared/clock.ts';

const clock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

const group = (name: string, targets: readonly number[], settings: Partial<AssignedGroup> = {}): AssignedGroup => ({
  name,
  parallel: 1,
  perHost: null,
  maxFailures: 0,
  budgetMode: 'STRICT',
  onFailure: 'PAUSE',
  bakeMs: 0,
  approval: false,
  dependsOn: [],
  targets,
  ...settings,
});

interface Seen {
  readonly result: FleetResult<{ readonly id: string; readonly host: string }>;
  readonly reported: readonly string[];
  readonly begunMs: ReadonlyMap<string, number>;
  readonly most: { all: number; host: number };
}

/** Runs a fleet of t0, t1, … on hosts of two; the ones named fail. */
async function run(
  count: number,
  groups: readonly AssignedGroup[],
  options: {
    readonly sick?: readonly string[];
    readonly ms?: number;
    readonly signal?: AbortSignal;
    readonly onBegin?: (id: string) => void;
  } = {},
): Promise<Seen> {
  const targets = Array.from({ length: count }, (_, i) => ({ id: `t${i}`, host: `h${Math.floor(i / 2)}` }));
  const reported: string[] = [];
  const begunMs = new Map<string, number>();
  const busy = new Map<string, number>();
  const most = { all: 0, host: 0 };
  const result = await applyFleet({
    targets,
    groups,
    clock,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    applyOne: async ({ id, host }): Promise<TargetOutcome> => {
      options.onBegin?.(id);
      begunMs.set(id, Date.now());
      busy.set(host, (busy.get(host) ?? 0) + 1);
      most.host = Math.max(most.host, busy.get(host) ?? 0);
      most.all = Math.max(
        most.all,
        Array.from(busy.values()).reduce((sum, each) => sum + each, 0),
      );
      await sleep(options.ms ?? 1);
      busy.set(host, (busy.get(host) ?? 0) - 1);
      return options.sick?.includes(id)
        ? { result: 'failed', cause: 'no such table: accounts' }
        : { result: 'applied' };
    },
    report: ({ id }, outcome) => {
      reported.push(`${id} ${outcome.result}`);
    },
  });
  return { result, reported, begunMs, most };
}

const ids = (targets: readonly { readonly id: string }[]): readonly string[] => targets.map(({ id }) => id);

test('one lane applies the targets in the order of the groups, across hosts', async () => {
  const { result, reported } = await run(5, [group('canary', [4]), group('rest', [0, 3, 1, 2])]);
  expect(result).toEqual({ state: 'succeeded', cause: null, failed: [], notAttempted: [] });
  expect(reported).toEqual(['t4 applied', 't0 applied', 't3 applied', 't1 applied', 't2 applied']);
});

test('parallel and per_host bound how many are at work at once', async () => {
  const all = Array.from({ length: 12 }, (_, i) => i);
  const { most } = await run(12, [group('rest', all, { parallel: 4, perHost: 1, maxFailures: null })], { ms: 10 });
  expect(most).toEqual({ all: 4, host: 1 });
});

test('a failure beyond the budget leaves the rest of the group and the groups after it alone', async () => {
  const { result, reported } = await run(5, [group('canary', [0, 1]), group('rest', [2, 3, 4])], { sick: ['t0'] });
  expect(reported).toEqual(['t0 failed']);
  expect(ids(result.failed)).toEqual(['t0']);
  expect(ids(result.notAttempted)).toEqual(['t1', 't2', 't3', 't4']);
  expect(result.state).toBe('stopped');
  expect(result.cause).toBe('group "canary": 1 target failed, max_failures is 0: no such table: accounts');
});

test('on_failure = ABORT ends as aborted', async () => {
  const { result } = await run(2, [group('all', [0, 1], { onFailure: 'ABORT' })], { sick: ['t0'] });
  expect(result.state).toBe('aborted');
  expect(ids(result.notAttempted)).toEqual(['t1']);
});

test('failures that a group bears let the next groups run, and the run ends as failed', async () => {
  const { result, reported } = await run(4, [group('early', [0, 1], { maxFailures: null }), group('rest', [2, 3])], {
    sick: ['t0'],
  });
  expect(reported).toHaveLength(4);
  expect(result.state).toBe('failed');
  expect(ids(result.notAttempted)).toEqual([]);
});

test('a bake is waited for', async () => {
  const { begunMs } = await run(2, [group('canary', [0], { bakeMs: 200 }), group('rest', [1])]);
  expect((begunMs.get('t1') ?? 0) - (begunMs.get('t0') ?? 0)).toBeGreaterThanOrEqual(195);
});

test('a group that asks for approval is refused before anything runs', async () => {
  const groups = [group('canary', [0]), group('rest', [1], { approval: true })];
  const begun: string[] = [];
  await expect(run(2, groups, { onBegin: (id) => begun.push(id) })).rejects.toMatchObject({
    code: 'DEPLOYMENT_INVALID',
    message: expect.stringContaining('group "rest" asks for approval'),
  });
  expect(begun).toEqual([]);
});

test('an interrupt lets what is in flight end and names what was not attempted', async () => {
  const controller = new AbortController();
  const { result, reported } = await run(6, [group('all', [0, 1, 2, 3, 4, 5], { parallel: 2, maxFailures: null })], {
    ms: 20,
    signal: controller.signal,
    onBegin: () => controller.abort(),
  });
  expect(result.state).toBe('aborted');
  expect(reported.length + result.notAttempted.length).toBe(6);
  expect(reported.length).toBeLessThanOrEqual(2);
});

test('what applyOne throws comes out, after what is in flight has ended', async () => {
  const ended: string[] = [];
  const targets = [
    { host: 'a', id: 'x' },
    { host: 'b', id: 'y' },
    { host: 'a', id: 'z' },
  ];
  const running = applyFleet({
    targets,
    groups: [group('all', [0, 1, 2], { parallel: 2, maxFailures: null })],
    clock,
    applyOne: async ({ id }) => {
      if (id === 'x') throw new Error('a bug');
      await sleep(20);
      ended.push(id);
      return { result: 'applied' };
    },
    report: () => undefined,
  });
  await expect(running).rejects.toThrow('a bug');
  expect(ended).not.toContain('z');
});
