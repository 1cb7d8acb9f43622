import fs from 'node:fs';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, test } from 'vitest';
import { skipReason, temporalServer } from '../support/servers.ts';
import { FakeFleet } from './fake-fleet.ts';
import { type RunningRollout, withRollout } from './workflow-world.ts';

const HISTORIES = path.join(import.meta.dirname, 'histories');

/** With SAVE_HISTORIES=1 the history is kept as the one that future workflow code must replay. */
async function keepHistory({ handle }: RunningRollout, name: string): Promise<void> {
  if (process.env.SAVE_HISTORIES !== '1') return;
  const text = historyToJSON(await handle.fetchHistory());
  // Who ran it is of no use in a replay, and names a machine.
  const history = JSON.parse(text, (key, value) => (key === 'identity' ? 'test' : value));
  fs.writeFileSync(path.join(HISTORIES, `${name}.json`), `${JSON.stringify(history)}\n`);
}

const until = async (isSo: () => boolean): Promise<void> => {
  for (let i = 0; !isSo(); i++) {
    if (i > 1_000) throw new Error('it did not come to that within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const states = (fleet: FakeFleet): readonly string[] =>
  fleet.statuses.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);

describe.skipIf(await skipReason(temporalServer))('rollout workflow on a real server', () => {
  test('three groups run one after the other and all targets are applied once', async () => {
    const fleet = new FakeFleet([
      { name: 'canary', hosts: { a: 1 }, maxFailures: 0, maxTargetsPerSlice: 1 },
      { name: 'early', hosts: { a: 5, b: 5 } },
      { name: 'rest', hosts: { a: 20, b: 20 }, parallel: 4 },
    ]);
    await withRollout(fleet, async (rollout) => {
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
      await keepHistory(rollout, 'happy');
    });
    expect(fleet.count('applied')).toBe(51);
    expect(new Set(fleet.begun).size).toBe(51);
    expect(fleet.begun.map((id) => id.split('-')[0]).filter((group, i, all) => group !== all[i - 1])).toEqual([
      'canary',
      'early',
      'rest',
    ]);
    expect(fleet.finished).toMatchObject({ state: 'succeeded', cause: null, nextVerbs: [] });
  });

  test('targets that appear meanwhile run as a last group, until a look finds none', async () => {
    const fleet = new FakeFleet([
      { name: 'all', hosts: { a: 4 }, parallel: 2 },
      { name: 'joined', hosts: {}, state: 'done' },
    ]);
    fleet.joiners = 'TAIL';
    fleet.strangers.push('new-1', 'new-2');
    await withRollout(fleet, async (rollout) => {
      await until(() => fleet.begun.includes('new-1'));
      fleet.strangers.push('new-3');
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
      await keepHistory(rollout, 'joiners');
    });
    expect(fleet.begun.slice(4)).toEqual(['new-1', 'new-2', 'new-3']);
    expect(fleet.count('applied')).toBe(7);
    expect(fleet.looks).toEqual([true, true, true]);
  });

  test('a policy that lets nothing start is asked by a timer, and what it says is shown once', async () => {
    const fleet = new FakeFleet([{ name: 'all', hosts: { a: 3, b: 3 } }]);
    fleet.wait = { reason: 'freeze "sale" until 2026-11-30 06:00 America/New_York', ms: 200 };
    await withRollout(fleet, async (rollout) => {
      await until(() => fleet.slices >= 6);
      expect(fleet.begun).toEqual([]);
      const cause = `group "all" waits: ${fleet.wait?.reason}`;
      expect(fleet.statuses.filter((status) => status.cause !== null)).toMatchObject([{ state: 'running', cause }]);
      fleet.wait = undefined;
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
    });
    expect(fleet.count('applied')).toBe(6);
  });

  test('an override of freezes ends the wait for them at once', async () => {
    const fleet = new FakeFleet([{ name: 'all', hosts: { a: 3 } }]);
    fleet.wait = { reason: 'freeze "sale"', ms: 3_600_000 };
    await withRollout(fleet, async (rollout) => {
      await until(() => fleet.statuses.some(({ cause }) => cause !== null));
      fleet.wait = undefined;
      expect(await rollout.send('overrideFreeze', {})).toBeUndefined();
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
    });
  });

  test('a pause holds until the resume, and the rollout then ends', async () => {
    const fleet = new FakeFleet([{ name: 'all', hosts: { a: 30 }, parallel: 2, maxTargetsPerSlice: 2 }], 20);
    await withRollout(fleet, async (rollout) => {
      await until(() => fleet.begun.length >= 4);
      const pauseSeq = fleet.pause();
      const begun = fleet.begun.length;
      expect(await rollout.send('pause', { reason: 'lunch', pauseSeq })).toBeUndefined();
      const paused = await rollout.reach('paused');
      expect(paused).toMatchObject({ cause: 'paused by kim: lunch', nextVerbs: ['resume', 'abort'] });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(fleet.begun.length).toBe(begun);
      expect(await rollout.send('resume')).toBeUndefined();
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
      await keepHistory(rollout, 'pause-resume');
    });
    expect(fleet.count('applied')).toBe(30);
  });

  test('a revert ends the run, and a new one takes back what was applied, last group first', async () => {
    const fleet = new FakeFleet(
      [
        { name: 'canary', hosts: { a: 2 }, maxTargetsPerSlice: 1 },
        { name: 'rest', hosts: { a: 40 }, parallel: 2, maxTargetsPerSlice: 2 },
      ],
      10,
    );
    await withRollout(fleet, async (rollout) => {
      await until(() => fleet.begun.length >= 8);
      expect(await rollout.send('revert', { reason: 'wrong column', pauseSeq: 1 })).toBeUndefined();
      expect(await rollout.result()).toEqual({ state: 'reverted' });
    });
    expect(fleet.prepared).toBe(2);
    expect(fleet.count('applied')).toBe(0);
    expect(fleet.count('reverted')).toBeGreaterThanOrEqual(8);
    expect(fleet.finished).toMatchObject({ state: 'reverted', nextVerbs: [] });
  });

  test('a budget with REVERT_GROUP takes the group back by itself', async () => {
    const fleet = new FakeFleet([
      { name: 'canary', hosts: { a: 2 } },
      { name: 'rest', hosts: { a: 20 }, parallel: 2, maxFailures: 0, onFailure: 'REVERT_GROUP', maxTargetsPerSlice: 2 },
    ]);
    fleet.sick.add('rest-a-7');
    await withRollout(fleet, async (rollout) => {
      expect(await rollout.result()).toEqual({ state: 'reverted' });
    });
    expect(fleet.count('applied')).toBe(2);
    expect(fleet.count('reverted')).toBe(6);
  });

  test('a budget that is used up pauses with the cause; mended and retried it succeeds', async () => {
    const fleet = new FakeFleet([{ name: 'all', hosts: { a: 14 }, parallel: 6, maxFailures: 2 }], 5);
    for (const { id } of fleet.targets.slice(0, 9)) fleet.sick.add(id);
    await withRollout(fleet, async (rollout) => {
      const paused = await rollout.reach('paused');
      expect(paused.cause).toBe(
        'group "all": 3 targets failed, max_failures is 2: 42P01 relation "accounts" does not exist',
      );
      expect(paused.nextVerbs[0]).toBe('retry');
      expect(fleet.count('failed')).toBe(3);
      expect(await rollout.send('resume')).toEqual({
        code: 'ROLLOUT_BUDGET',
        message:
          'group "all" has 3 failed targets, and its max_failures is 2: retry or skip them, or raise max_failures',
      });
      fleet.sick.clear();
      expect(await rollout.send('retry')).toBeUndefined();
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
      await keepHistory(rollout, 'budget-retry');
    });
    expect(fleet.count('applied')).toBe(14);
  });

  test('a skipped target no longer counts, and the rollout stays paused until it is resumed', async () => {
    const fleet = new FakeFleet([
      { name: 'canary', hosts: { a: 2 }, maxFailures: 0 },
      { name: 'rest', hosts: { a: 3 } },
    ]);
    fleet.sick.add('canary-a-1');
    await withRollout(fleet, async (rollout) => {
      await rollout.reach('paused');
      expect(await rollout.send('skip', { targets: ['canary-a-1'], reason: 'leaves us' })).toBeUndefined();
      expect(await rollout.status()).toMatchObject({ state: 'paused', nextVerbs: ['resume', 'retry', 'abort'] });
      await rollout.send('resume');
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
      await keepHistory(rollout, 'skip');
    });
    expect([fleet.count('applied'), fleet.count('skipped')]).toEqual([4, 1]);
  });

  test('a group that asks for approval begins after it, and a bake ends by promote', async () => {
    const fleet = new FakeFleet([
      { name: 'canary', hosts: { a: 1 }, bakeMs: 600_000 },
      { name: 'rest', hosts: { a: 3 }, approval: true },
    ]);
    await withRollout(fleet, async (rollout) => {
      const baking = await rollout.reach('baking');
      expect(baking.groups[0]?.bakeUntilMs).toBeGreaterThan(Date.now() + 590_000);
      expect((await rollout.send('approve'))?.code).toBe('ROLLOUT_STATE');
      await rollout.send('promote');
      const waiting = await rollout.reach('awaiting_approval');
      expect(waiting).toMatchObject({ cause: 'group "rest" waits for approval', nextVerbs: ['approve', 'abort'] });
      expect(fleet.begun).toEqual(['canary-a-1']);
      await rollout.send('approve', { group: 'rest' });
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
      await keepHistory(rollout, 'approval-bake');
    });
    expect(states(fleet)).toEqual(expect.arrayContaining(['running', 'baking', 'awaiting_approval']));
  });

  test('a bake ends by its clock', async () => {
    const fleet = new FakeFleet([
      { name: 'canary', hosts: { a: 1 }, bakeMs: 1_000 },
      { name: 'rest', hosts: { a: 1 } },
    ]);
    await withRollout(fleet, async (rollout) => {
      await rollout.reach('baking');
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
    });
  });

  test('an abort ends the rollout after what is in flight, and nothing begins', async () => {
    const fleet = new FakeFleet([{ name: 'all', hosts: { a: 30 }, parallel: 3, maxTargetsPerSlice: 2 }], 20);
    await withRollout(fleet, async (rollout) => {
      await until(() => fleet.begun.length >= 4);
      fleet.abort();
      const begun = fleet.begun.length;
      await rollout.send('abort', { reason: 'wrong version' });
      expect(await rollout.result()).toEqual({ state: 'aborted' });
      expect(fleet.begun.length).toBe(begun);
      await keepHistory(rollout, 'abort');
    });
    expect(fleet.finished).toMatchObject({ state: 'aborted', cause: 'aborted by kim: wrong version', nextVerbs: [] });
    expect(fleet.count('running')).toBe(0);
  });

  test('a gate that is closed before the message arrives holds the rollout', async () => {
    const fleet = new FakeFleet([{ name: 'all', hosts: { a: 30 }, parallel: 2, maxTargetsPerSlice: 2 }], 10);
    await withRollout(fleet, async (rollout) => {
      await until(() => fleet.begun.length >= 4);
      const pauseSeq = fleet.pause();
      await rollout.reach('draining');
      await until(() => fleet.count('running') === 0);
      const slices = fleet.slices;
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      expect(fleet.slices - slices).toBeLessThanOrEqual(1);
      await rollout.send('pause', { pauseSeq });
      await rollout.reach('paused');
      await rollout.send('resume');
      expect(await rollout.result()).toEqual({ state: 'succeeded' });
      await keepHistory(rollout, 'gate-before-message');
    });
  });

  test('limits are set while it runs', async () => {
    const fleet = new FakeFleet([{ name: 'all', hosts: { a: 3 }, maxFailures: 0, maxTargetsPerSlice: 1 }]);
    fleet.sick.add('all-a-1');
    await withRollout(fleet, async (rollout) => {
      await rollout.reach('paused');
      expect((await rollout.send('setLimits', { group: 'none' }))?.code).toBe('GROUP_NOT_FOUND');
      await rollout.send('setLimits', { group: 'all', maxFailures: 1 });
      expect(await rollout.send('resume')).toBeUndefined();
      expect(await rollout.result()).toEqual({ state: 'failed' });
    });
    expect(fleet.finished).toMatchObject({
      cause: '1 target failed within the budget of group "all": 42P01 relation "accounts" does not exist',
      nextVerbs: ['retry'],
    });
  });

  test('verbs that do not fit are refused and leave no event; one that comes twice is handled once', async () => {
    const fleet = new FakeFleet([{ name: 'canary', hosts: { a: 1 }, bakeMs: 600_000 }]);
    await withRollout(fleet, async (rollout) => {
      await rollout.reach('baking');
      // The status may still be on its way to the store, which adds events.
      await until(() => fleet.statuses.at(-1)?.state === 'baking');
      await new Promise((resolve) => setTimeout(resolve, 300));
      const before = (await rollout.handle.describe()).historyLength;
      expect((await rollout.send('resume'))?.message).toBe(
        'the rollout is baking, not paused: there is nothing to resume',
      );
      expect((await rollout.send('abort', { rollout: 'another' }))?.code).toBe('ROLLOUT_OVER');
      expect((await rollout.handle.describe()).historyLength).toBe(before);
      await rollout.send('pause', { id: 'once', pauseSeq: fleet.pause() });
      await rollout.reach('paused');
      await rollout.send('resume');
      await rollout.send('pause', { id: 'once', pauseSeq: 1 });
      await rollout.reach('baking');
      await rollout.send('promote');
      await rollout.result();
    });
  });

  test('a long rollout continues as new with nothing lost, also while a bake goes on', async () => {
    const fleet = new FakeFleet(
      [
        { name: 'canary', hosts: { a: 30 }, maxTargetsPerSlice: 1, bakeMs: 1_500 },
        { name: 'rest', hosts: { a: 40 }, maxTargetsPerSlice: 1, parallel: 4 },
      ],
      2,
    );
    await withRollout(
      fleet,
      async (rollout) => {
        const { runId } = await rollout.handle.describe();
        expect(await rollout.result()).toEqual({ state: 'succeeded' });
        expect((await rollout.handle.describe()).runId).not.toBe(runId);
        await keepHistory(rollout, 'continued');
      },
      { drainAtEvents: 60 },
    );
    expect(fleet.count('applied')).toBe(70);
    expect(fleet.begun.length).toBe(70);
    expect(fleet.prepared).toBe(1);
  });

  test('a run that gets long makes a moment at which it can hand over, so that none gets longer', async () => {
    const fleet = new FakeFleet([{ name: 'rest', hosts: { a: 60, b: 60 }, maxTargetsPerSlice: 1, parallel: 4 }], 2);
    await withRollout(
      fleet,
      async (rollout) => {
        expect(await rollout.result()).toEqual({ state: 'succeeded' });
        const lengths = await rollout.runLengths();
        expect(lengths.length).toBeGreaterThan(2);
        expect(Math.max(...lengths)).toBeLessThan(150);
        await keepHistory(rollout, 'short-runs');
      },
      { limits: { longRunEvents: 40, drainAtEvents: 120, minRunMs: 0 } },
    );
    expect([fleet.count('applied'), fleet.begun.length, fleet.prepared]).toEqual([120, 120, 1]);
  });

  test('a slow target that keeps a run from handing over holds the others up for some seconds only', async () => {
    const fleet = new FakeFleet([{ name: 'rest', hosts: { a: 60, b: 1 }, maxTargetsPerSlice: 1 }], 2);
    const { promise, resolve: end } = Promise.withResolvers<void>();
    fleet.slow.set('rest-b-1', promise);
    await withRollout(
      fleet,
      async (rollout) => {
        await expect.poll(() => fleet.count('applied'), { timeout: 60_000 }).toBe(60);
        end();
        expect(await rollout.result()).toEqual({ state: 'succeeded' });
        await keepHistory(rollout, 'drain-in-vain');
      },
      { limits: { longRunEvents: 40, drainAtEvents: 60, minRunMs: 0 } },
    );
    expect([fleet.count('applied'), fleet.begun.length]).toEqual([61, 61]);
  });
});
