import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSlice } from '../../../src/app/run-slice.ts';
import type { SurveyOutcome } from '../../../src/engine/index.ts';
import { applied, failure, HOST, type SliceFixture, sliceFixture, urlOf } from './slice-fixture.ts';

const ID = 'slices0001';
const t = (i: number): string => `t${i}@${HOST}`;

describe('runSlice', () => {
  let f: SliceFixture;
  beforeEach(async () => {
    f = await sliceFixture(ID);
  });
  afterEach(() => f.close());
  const signals = (more: { stop?: AbortSignal; cancel?: AbortSignal; again?: boolean } = {}) => ({
    stop: f.never,
    cancel: f.never,
    again: false,
    ...more,
  });
  const states = async (): Promise<object> => f.store.totals(ID);

  it('works through its targets in order, and writes an outcome for each', async () => {
    const end = await runSlice(f.deps, f.input('s1'), signals());
    expect(end).toMatchObject({ counts: { applied: 4 }, claimed: 4, gateClosed: false });
    expect(f.asked).toEqual([t(1), t(2), t(3), t(4)]);
    expect(await states()).toEqual({ applied: 4, pending: 9 });
    expect(f.events.filter(({ kind }) => kind === 'TargetMigrated')).toHaveLength(4);
    const trail = await f.store.events(ID, 1, 10);
    expect(trail).toMatchObject([{ kind: 'SliceFinished', data: { group: 'rest', host: HOST, applied: 4 } }]);
  });

  it('hands back what a policy holds, says why, and asks in the middle of a slice, too', async () => {
    const untilMs = Date.now() + 30_000;
    f.policy = ({ group }) =>
      f.asked.length < 2 ? undefined : { policy: 'freeze', reason: `freeze of ${group}`, untilMs };
    const end = await runSlice(f.deps, f.input('s1'), signals());
    expect(end).toMatchObject({ counts: { applied: 2 }, claimed: 4, gateClosed: false });
    expect(end.wait?.reason).toBe('freeze of rest');
    expect(end.wait?.ms).toBeGreaterThan(1_000);
    expect(end.wait?.ms).toBeLessThanOrEqual(30_000);
    expect(await states()).toEqual({ applied: 2, pending: 11 });
    expect(f.events).toContainEqual(expect.objectContaining({ kind: 'StartsHeld', policy: 'freeze', group: 'rest' }));
  });

  it('goes on where freezes are overridden in the middle of a slice', async () => {
    f.policy = ({ overridden }) =>
      overridden || f.asked.length < 2 ? undefined : { policy: 'freeze', reason: 'freeze', untilMs: 0 };
    f.engine.apply = async () => {
      if (f.asked.length === 2) {
        await f.store.overrideFreeze(ID, { by: 'olga', reason: 'outage', approvedBy: 'kim' }, 1);
      }
      return applied;
    };
    expect(await runSlice(f.deps, f.input('s1'), signals())).toMatchObject({ counts: { applied: 4 } });
  });

  it('is not let go on by an override that nobody has confirmed', async () => {
    await f.store.overrideFreeze(ID, { by: 'olga', reason: 'outage' }, 1);
    f.policy = ({ overridden }) => (overridden ? undefined : { policy: 'freeze', reason: 'freeze', untilMs: 0 });
    expect(await runSlice(f.deps, f.input('s1'), signals())).toMatchObject({ counts: {}, wait: { reason: 'freeze' } });
    await f.store.overrideFreeze(ID, { by: 'kim', reason: 'outage' }, 1);
    expect(await runSlice(f.deps, f.input('s2'), signals())).toMatchObject({ counts: { applied: 4 } });
  });

  it('says once in the trail that a policy holds, however often it is met, and that it is over', async () => {
    f.policy = () => ({ policy: 'sql', reason: 'queue', untilMs: 0, scope: 'host' });
    const before = (await f.store.events(ID, 0, 10)).length;
    const trail = async () =>
      (await f.store.events(ID, 0, 10)).slice(before).map(({ kind, data }) => ({ kind, ...data }));
    for (const id of ['s1', 's2']) {
      const end = await runSlice(f.deps, f.input(id), signals());
      expect(end).toMatchObject({ counts: {}, wait: { ms: 1_000, scope: 'host' } });
    }
    expect(f.asked).toEqual([]);
    const said = { kind: 'StartsHeld', group: 'rest', host: HOST, policy: 'sql', why: 'queue' };
    expect(await trail()).toEqual([said]);
    expect(f.events.filter(({ kind }) => kind === 'StartsThrottled')).toHaveLength(2);
    f.policy = () => undefined;
    await runSlice(f.deps, f.input('s3'), signals());
    expect((await trail()).slice(1)).toMatchObject([
      { kind: 'SliceFinished' },
      { kind: 'StartsReleased', group: 'rest', host: HOST, policy: 'sql' },
    ]);
  });

  it('asks the policies once more where the first statement is about to run', async () => {
    let questions = 0;
    f.policy = () => (++questions === 1 ? undefined : { policy: 'freeze', reason: 'freeze', untilMs: 0 });
    expect(await runSlice(f.deps, f.input('s1'), signals())).toMatchObject({ counts: {}, gateClosed: false });
    expect([questions, f.asked]).toEqual([2, []]);
  });

  it('asks the policies once a target, where it is about to start, and once a slice before the first connection', async () => {
    const questions: string[] = [];
    f.policy = ({ target, starts }) => {
      questions.push(`${target} ${starts}`);
      return undefined;
    };
    await runSlice(f.deps, f.input('s1', { lanes: 2 }), signals());
    const [first, ...more] = questions;
    expect(first).toBe(`${t(1)} false`);
    expect(more.toSorted()).toEqual([1, 2, 3, 4].map((i) => `${t(i)} true`));
  });

  it('holds a target that a policy means alone, though the slice has begun', async () => {
    f.policy = ({ target }) =>
      target === t(3) ? { policy: 'freeze', reason: 'freeze of one', untilMs: 0 } : undefined;
    expect(await runSlice(f.deps, f.input('s1'), signals())).toMatchObject({
      counts: { applied: 2 },
      wait: { reason: 'freeze of one' },
    });
    expect(f.asked).toEqual([t(1), t(2)]);
  });

  it('looks at what an earlier try has done also in a freeze', async () => {
    await f.store.claimSlice(ID, { id: 's1', epoch: 1, group: 'rest', host: HOST, limit: 4, pass: 1 });
    f.found.set(t(2), applied);
    f.policy = () => ({ policy: 'freeze', reason: 'freeze', untilMs: 0 });
    const end = await runSlice(f.deps, f.input('s1'), signals({ again: true }));
    expect(end).toMatchObject({ counts: { applied: 1 }, wait: { reason: 'freeze' } });
    expect(f.asked).toEqual([]);
  });

  it('stops at its failure allowance and gives the rest back', async () => {
    f.engine.apply = async () => failure('permanent', '42P01');
    const end = await runSlice(f.deps, f.input('s1', { failureAllowance: 2 }), signals());
    expect(end).toMatchObject({ counts: { failed: 2 }, claimed: 4, sampleCause: `42P01 message of 42P01 (${t(1)})` });
    expect(f.asked).toEqual([t(1), t(2)]);
    expect(await states()).toEqual({ failed: 2, pending: 11 });
  });

  it('counts what an earlier try of the same slice has failed against the allowance', async () => {
    await f.store.claimSlice(ID, { ...f.input('s1'), id: 's1', limit: 4 });
    const error = { class: 'permanent', code: 'X', message: 'm', fingerprint: 'X' } as const;
    const result = { id: t(1), state: 'failed' as const, version: null, durationMs: 1, error };
    const write = { release: false, event: null };
    await f.store.finishSlice(ID, { id: 's1', epoch: 1, nextPass: 2 }, [result], write, 1);
    f.engine.apply = async () => failure('permanent');
    const end = await runSlice(f.deps, f.input('s1', { failureAllowance: 2 }), signals({ again: true }));
    expect(end).toMatchObject({ counts: { failed: 2 }, claimed: 4 });
    expect(f.asked).toEqual([t(2)]);
  });

  it('defers what is worth retrying, except in the last pass; unknown and permanent fail at once', async () => {
    const kinds = ['transient', 'lock', 'unknown', 'permanent'] as const;
    f.engine.apply = async (target) => failure(kinds[Number(target.id[1]) - 1] ?? 'unknown');
    expect((await runSlice(f.deps, f.input('s1'), signals())).counts).toEqual({ deferred: 2, failed: 2 });
    const last = f.input('s2', { pass: 2, lastPass: true, maxTargets: 12 });
    f.engine.apply = async () => failure('transient');
    expect((await runSlice(f.deps, last, signals())).counts).toEqual({ failed: 10 });
    expect(f.events.filter(({ kind }) => kind === 'TargetRetried')).toHaveLength(2);
    expect(f.events.filter(({ kind }) => kind === 'LockTimedOut')).toHaveLength(1);
  });

  it('starts nothing once the gate is closed, and says so', async () => {
    f.engine.apply = async (target) => {
      if (target.id === t(2)) {
        const close = { reason: 'lunch', by: 'olga', operator: true, terminal: false };
        await f.store.closeGate(ID, close, null, 1);
        await f.deps.clock.sleep(60); // longer than the lease
      }
      return applied;
    };
    const end = await runSlice(f.deps, f.input('s1'), signals());
    expect(end).toMatchObject({ counts: { applied: 2 }, claimed: 4, gateClosed: true });
    expect(f.asked).toEqual([t(1), t(2)]);
    expect(await states()).toEqual({ applied: 2, pending: 11 });
  });

  it('finishes what is in flight when the process goes down, and hands back the rest', async () => {
    const stop = new AbortController();
    f.engine.apply = async () => {
      stop.abort();
      return applied;
    };
    const end = await runSlice(f.deps, f.input('s1'), signals({ stop: stop.signal }));
    expect(end).toMatchObject({ counts: { applied: 1 }, gateClosed: false });
    expect(await states()).toEqual({ applied: 1, pending: 12 });
  });

  it('gives up the target in flight when it is cancelled', async () => {
    const cancel = new AbortController();
    f.engine.apply = async (_target, callbacks) => {
      cancel.abort();
      return callbacks.signal?.aborted ? { kind: 'cancelled', files: [] } : applied;
    };
    const end = await runSlice(f.deps, f.input('s1'), signals({ cancel: cancel.signal }));
    expect(end.counts).toEqual({});
    expect(await states()).toEqual({ pending: 13 });
  });

  it('gives up what is in flight once any process says so in the store; nothing of it counts as failed', async () => {
    const closing = { reason: 'stop', by: 'olga', operator: true, terminal: false, cancel: true };
    f.engine.apply = async ({ id }, callbacks) => {
      if (id === t(1)) return applied;
      if (id === t(2)) await f.store.closeGate(ID, closing, null, 1);
      await f.deps.clock.sleep(30_000, callbacks.signal).catch(() => undefined);
      if (id === t(2)) return { kind: 'cancelled', files: [] };
      return { kind: 'cancelled', left: { from: '1', current: '1' }, files: [] };
    };
    const end = await runSlice(f.deps, f.input('s1', { lanes: 3, failureAllowance: 4 }), signals());
    expect(end).toMatchObject({ counts: { applied: 1 }, claimed: 4, gateClosed: true });
    expect(f.asked).toEqual([t(1), t(2), t(3), t(4)].slice(0, f.asked.length));
    expect(await states()).toEqual({ applied: 1, pending: 12 });
    const cancelled = f.asked.length - 1;
    expect(cancelled).toBeGreaterThanOrEqual(2);
    expect(f.events).toContainEqual(
      expect.objectContaining({ kind: 'TargetsCancelled', group: 'rest', host: HOST, count: cancelled }),
    );
    const trail = await f.store.events(ID, 1, 10);
    expect(trail).toMatchObject([{ kind: 'SliceFinished', data: { applied: 1, cancelled } }]);
    // What it has left is known to the next try, and the one without is a first try again.
    expect(await f.store.getTarget(ID, t(3))).toMatchObject({ state: 'pending', from: '1', attempts: 1 });
    expect(await f.store.getTarget(ID, t(2))).toMatchObject({ state: 'pending', from: null, attempts: 0 });
  });

  it('begins again after a pause that has cancelled, once the gate is open', async () => {
    const closing = { reason: 'stop', by: 'olga', operator: true, terminal: false, cancel: true };
    f.engine.apply = async (_target, callbacks) => {
      await f.store.closeGate(ID, closing, null, 1);
      await f.deps.clock.sleep(30_000, callbacks.signal).catch(() => undefined);
      return { kind: 'cancelled', files: [] };
    };
    await runSlice(f.deps, f.input('s1', { maxTargets: 1 }), signals());
    expect(await f.store.openGate(ID, { epoch: 1, knownPauseSeq: 1 })).toMatchObject({ state: 'open' });
    f.engine.apply = async (_target, callbacks) => {
      await f.deps.clock.sleep(500); // longer than from one look at the store to the next
      return callbacks.signal?.aborted ? { kind: 'cancelled', files: [] } : applied;
    };
    const end = await runSlice(f.deps, f.input('s2', { maxTargets: 1 }), signals());
    expect(end).toMatchObject({ counts: { applied: 1 }, gateClosed: false });
  });

  it('looks at what an earlier try has done also where what is in flight is to be cancelled', async () => {
    await f.store.claimSlice(ID, { id: 's1', epoch: 1, group: 'rest', host: HOST, limit: 4, pass: 1 });
    f.found.set(t(3), applied);
    const closing = { reason: 'stop', by: 'olga', operator: true, terminal: false, cancel: true };
    f.engine.apply = async (_target, callbacks) => {
      await f.store.closeGate(ID, closing, null, 1);
      await f.deps.clock.sleep(30_000, callbacks.signal).catch(() => undefined);
      return { kind: 'cancelled', files: [] };
    };
    const end = await runSlice(f.deps, f.input('s1'), signals({ again: true }));
    expect(end).toMatchObject({ counts: { applied: 1 }, gateClosed: true });
    expect(f.asked).toEqual([t(1)]);
  });

  it('starts no further target when its time is over', async () => {
    f.engine.apply = async () => {
      await f.deps.clock.sleep(30);
      return applied;
    };
    const end = await runSlice(f.deps, f.input('s1', { maxMs: 20 }), signals());
    expect(end.counts).toEqual({ applied: 1 });
    expect(end.msPerTarget).toBeGreaterThan(20);
  });

  it('asks for many at once where the first ones had nothing to do, and marks those that one survey finds unchanged', async () => {
    f.engine.apply = async () => ({ kind: 'unchanged', current: '2' });
    f.engine.survey = (ids) =>
      ids.map((id) =>
        id === t(7) || id === t(8)
          ? { kind: 'standing', current: id === t(7) ? '1' : '', pending: id === t(7) ? ['2_second.sql'] : [] }
          : { kind: 'standing', current: '2', pending: [] },
      );
    const end = await runSlice(f.deps, f.input('s1', { maxTargets: 12 }), signals());
    // t8 has no revisions at all: that is for apply to judge.
    expect(f.asked).toEqual([t(1), t(2), t(3), t(4), t(7), t(8)]);
    expect(end.counts).toEqual({ unchanged: 12 });
    expect(await f.store.getTarget(ID, t(9))).toMatchObject({ state: 'unchanged', version: '2' });
  });

  it('surveys no target that was tried before: it may have nothing left but what follows its last file', async () => {
    f.engine.apply = async () => failure('transient');
    const all = { maxTargets: 12 };
    expect((await runSlice(f.deps, f.input('s1', all), signals())).counts).toEqual({ deferred: 12 });
    f.asked.length = 0;
    f.engine.apply = async () => ({ kind: 'unchanged', current: '2' });
    f.engine.survey = (ids) => ids.map(() => ({ kind: 'standing', current: '2', pending: [] }));
    await runSlice(f.deps, f.input('s2', { ...all, pass: 2, lastPass: true }), signals());
    expect(f.asked).toHaveLength(12);
  });

  it('does not survey targets that have work to do', async () => {
    f.engine.survey = () => {
      throw new Error('asked');
    };
    const end = await runSlice(f.deps, f.input('s1', { maxTargets: 12 }), signals());
    expect(end.counts).toEqual({ applied: 12 });
  });

  it('has as many targets in flight as it has lanes', async () => {
    let now = 0;
    let most = 0;
    f.engine.apply = async () => {
      most = Math.max(most, ++now);
      await f.deps.clock.sleep(5);
      now -= 1;
      return applied;
    };
    const end = await runSlice(f.deps, f.input('s1', { maxTargets: 12, lanes: 3 }), signals());
    expect(end.counts).toEqual({ applied: 12 });
    expect(most).toBe(3);
  });

  it.each([
    [false, 2],
    [true, 5],
  ])('lets no more fail than allowed, whatever is in flight; mayOvershoot: %s', async (mayOvershoot, failed) => {
    f.engine.apply = async () => {
      await f.deps.clock.sleep(5);
      return failure('permanent');
    };
    const limits = { maxTargets: 12, lanes: 4, failureAllowance: 2, mayOvershoot };
    const end = await runSlice(f.deps, f.input('s1', limits), signals());
    expect(end.counts).toEqual({ failed });
    expect(await states()).toEqual({ failed, pending: 13 - failed });
  });

  it('uses lanes that the allowance leaves free again once targets in flight were applied', async () => {
    f.engine.apply = async (target) => {
      await f.deps.clock.sleep(2);
      return target.id === t(9) ? failure('permanent') : applied;
    };
    const limits = { maxTargets: 12, lanes: 4, failureAllowance: 1 };
    const end = await runSlice(f.deps, f.input('s1', limits), signals());
    expect(end.counts).toEqual({ applied: 8, failed: 1 });
  });

  it('goes on in the other lanes while one target is slow, though its time is over', async () => {
    const slow = Promise.withResolvers<void>();
    f.engine.apply = async (target) => {
      if (target.id === t(1)) await slow.promise;
      else await f.deps.clock.sleep(10);
      if (target.id === t(12)) slow.resolve();
      return applied;
    };
    const end = await runSlice(f.deps, f.input('s1', { maxTargets: 12, lanes: 2, maxMs: 40 }), signals());
    expect(end.counts).toEqual({ applied: 12 });
  });

  it('holds no more than it is about to run', async () => {
    f.engine.apply = async () => {
      expect((await f.store.totals(ID)).pending).toBeGreaterThan(0);
      await f.deps.clock.sleep(60);
      return applied;
    };
    const end = await runSlice(f.deps, f.input('s1', { maxTargets: 12, maxMs: 50 }), signals());
    expect(end).toMatchObject({ counts: { applied: 1 }, claimed: 4 });
  });

  it('counts a target that the env has no more as gone, and one with another URL as failed', async () => {
    f.project.delete(t(1));
    f.project.set(t(2), urlOf('elsewhere'));
    const end = await runSlice(f.deps, f.input('s1'), signals());
    expect(end.counts).toEqual({ gone: 1, failed: 1, applied: 2 });
    expect(await f.store.getTarget(ID, t(2))).toMatchObject({ error: { code: 'TARGET_CHANGED', class: 'permanent' } });
    expect(f.asked).toEqual([t(3), t(4)]);
  });

  it.each(['3D000', '1049', 'SQLITE_CANTOPEN'])(
    'counts a database that vanishes as gone where the env has dropped it, else as failed: %s',
    async (code) => {
      f.engine.apply = async ({ id }) => {
        if (id === t(1)) f.project.delete(id);
        return id === t(1) || id === t(2) ? failure('permanent', code) : applied;
      };
      const end = await runSlice(f.deps, f.input('s1'), signals());
      expect(end.counts).toEqual({ gone: 1, failed: 1, applied: 2 });
      expect(await f.store.getTarget(ID, t(1))).toMatchObject({ state: 'gone', version: null });
      expect(await f.store.getTarget(ID, t(2))).toMatchObject({ state: 'failed', error: { code } });
      expect(f.events.filter((event) => event.kind === 'TargetMigrated' && event.result === 'gone')).toHaveLength(1);
    },
  );

  it('looks again where a statement failed in a database that is being dropped', async () => {
    const refused: SurveyOutcome = {
      kind: 'refused',
      error: { class: 'permanent', code: '3D000', message: 'not there', fingerprint: '3D000' },
    };
    f.engine.survey = (ids) =>
      ids.map((id) => (id === t(3) ? { kind: 'standing', current: '', pending: [] } : refused));
    f.engine.apply = async ({ id }) => {
      if (id === t(4)) return applied;
      if (id !== t(2)) f.project.delete(id);
      return failure('permanent', '42P01');
    };
    const end = await runSlice(f.deps, f.input('s1'), signals());
    // t2 is still in the env, t3 is still there to be asked.
    expect(end.counts).toEqual({ gone: 1, failed: 2, applied: 1 });
    expect(await f.store.getTarget(ID, t(1))).toMatchObject({ state: 'gone' });
  });

  it('evaluates the project for all who ask at one time what it has now, and never gives an older answer', async () => {
    const rollout = await f.store.getRollout(ID);
    if (rollout === undefined) throw new Error('no rollout');
    const resolved = await f.deps.resolver.resolve(rollout);
    expect(f.evaluations).toBe(1);
    f.project.delete(t(1));
    expect(await resolved.find(t(1))).toBeDefined();
    const found = await Promise.all(Array.from({ length: 12 }, () => resolved.findNow(t(1))));
    expect(found).toEqual(Array.from({ length: 12 }));
    // The one that the first has begun is too old for the others: they share the next.
    expect(f.evaluations).toBeLessThanOrEqual(3);
  });

  it('evaluates the project once for all slices of a process', async () => {
    await Promise.all(['s1', 's2', 's3'].map((id) => runSlice(f.deps, f.input(id), signals())));
    expect(f.evaluations).toBe(1);
    expect(await states()).toEqual({ applied: 12, pending: 1 });
  });

  it('answers a second try with the totals of the first, and runs nothing again', async () => {
    const first = await runSlice(f.deps, f.input('s1'), signals());
    const second = await runSlice(f.deps, f.input('s1'), signals({ again: true }));
    expect(second).toMatchObject({ counts: first.counts, claimed: 4 });
    expect(f.asked).toHaveLength(4);
  });

  it('takes up the claim of a try that died', async () => {
    await f.store.claimSlice(ID, { ...f.input('s1'), id: 's1', limit: 4 });
    const end = await runSlice(f.deps, f.input('s1'), signals({ again: true }));
    expect(end).toMatchObject({ counts: { applied: 4 }, claimed: 4 });
    expect(f.asked).toEqual([t(1), t(2), t(3), t(4)]);
  });

  it('finds out behind a closed gate what a try that died has done, and starts nothing', async () => {
    await f.store.claimSlice(ID, { ...f.input('s1'), id: 's1', limit: 4 });
    f.found.set(t(1), { kind: 'held' });
    f.found.set(t(3), applied);
    f.found.set(t(4), { kind: 'held', left: { from: '1', current: '2' } });
    const closing = { reason: 'wrong', by: 'op', operator: true, terminal: true };
    await f.store.closeGate(ID, closing, null, 0);
    const end = await runSlice(f.deps, f.input('s1'), signals({ again: true }));
    expect(end).toMatchObject({ counts: { applied: 1 }, claimed: 4, gateClosed: true });
    expect(f.asked).toEqual([]);
    expect(await states()).toEqual({ applied: 1, pending: 12 });
    expect(await f.store.getTarget(ID, t(4))).toMatchObject({ state: 'pending', from: '1', version: '2' });
    expect(await f.store.getTarget(ID, t(2))).toMatchObject({ state: 'pending', from: null });
  });

  it('says that no target is to be had', async () => {
    await runSlice(f.deps, f.input('s1', { maxTargets: 12 }), signals());
    expect(await runSlice(f.deps, f.input('s2'), signals())).toMatchObject({ counts: {}, claimed: 0 });
  });

  it('of an older epoch changes nothing', async () => {
    await f.store.takeOver(ID);
    const end = await runSlice(f.deps, f.input('s1'), signals());
    expect(end).toMatchObject({ counts: {}, gateClosed: true });
    expect(f.asked).toEqual([]);
    const fenced = { kind: 'WriteFenced', rolloutId: ID, epoch: 1, what: 'outcomes' };
    expect(f.events.filter(({ kind }) => kind === 'WriteFenced')).toEqual([fenced]);
  });

  it('that is fenced off in the middle starts nothing more', async () => {
    f.engine.apply = async (target) => {
      if (target.id === t(1)) {
        await f.store.takeOver(ID);
        await f.deps.clock.sleep(60);
      }
      return applied;
    };
    const end = await runSlice(f.deps, f.input('s1'), signals());
    expect(end.gateClosed).toBe(true);
    expect(f.asked).toEqual([t(1)]);
    expect(await states()).toEqual({ pending: 13 });
  });

  it('takes an engine that throws for a failure of that target, not of the slice', async () => {
    f.engine.apply = async (target) => {
      if (target.id === t(1)) throw new TypeError('a bug');
      return applied;
    };
    expect((await runSlice(f.deps, f.input('s1'), signals())).counts).toEqual({ failed: 1, applied: 3 });
    expect(f.events).toContainEqual(expect.objectContaining({ kind: 'DaemonNotice', level: 'error' }));
  });

  it('writes results within a second, while a slow target is at work', async () => {
    f.engine.apply = async (target) => {
      if (target.id === t(2)) {
        await f.deps.clock.sleep(1_300);
        expect(await f.store.getTarget(ID, t(1))).toMatchObject({ state: 'applied' });
      }
      return applied;
    };
    await runSlice(f.deps, f.input('s1', { maxTargets: 2 }), signals());
    expect(await states()).toEqual({ applied: 2, pending: 11 });
  });
});
