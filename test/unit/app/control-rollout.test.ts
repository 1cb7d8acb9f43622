import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { abortRollout, pauseRollout, resumeRollout, setLimits } from '../../../src/app/control-rollout.ts';
import { createDelivery } from '../../../src/app/deliver-messages.ts';
import { findRollout } from '../../../src/app/find-rollout.ts';
import { prepareRollout } from '../../../src/app/prepare-rollout.ts';
import { recoverRollouts } from '../../../src/app/recover-rollouts.ts';
import { retryTargets } from '../../../src/app/retry-targets.ts';
import { viewRollout } from '../../../src/app/rollout-view.ts';
import { runSlice } from '../../../src/app/run-slice.ts';
import { saveStatus } from '../../../src/app/save-status.ts';
import { skipTargets } from '../../../src/app/skip-targets.ts';
import type { RolloutStatus } from '../../../src/rollout/types.ts';
import { AppError } from '../../../src/shared/errors.ts';
import { type ControlFixture, controlFixture, olga } from './control-fixture.ts';
import { HOST } from './slice-fixture.ts';

const ID = 'verbs00001';
const t = (i: number): string => `t${i}@${HOST}`;
const status = (state: RolloutStatus['state'], cause: string | null = null): RolloutStatus => ({
  state,
  cause,
  nextVerbs: state === 'paused' || state === 'failed' ? ['retry'] : [],
  groups: [],
  inFlight: 0,
});

describe('verbs', () => {
  let f: ControlFixture;
  beforeEach(async () => {
    f = await controlFixture(ID);
    await saveStatus(f.deps, ID, 1, status('running'));
  });
  afterEach(() => f.close());
  const view = async () => viewRollout(f.deps, await findRollout(f.deps.store, ID));
  const failSome = async (): Promise<void> => {
    await f.deps.store.claimSlice(ID, { ...f.slices.input('s1'), id: 's1', limit: 2 });
    const error = { class: 'permanent', code: '42P01', message: 'no orders', fingerprint: 'x' } as const;
    const results = [1, 2].map((i) => ({ id: t(i), state: 'failed' as const, version: '1', durationMs: 1, error }));
    const end = { release: true, event: null };
    await f.deps.store.finishSlice(ID, { id: 's1', epoch: 1, nextPass: 2 }, results, end, 1);
  };

  it('pause: closed at the acknowledgement, which comes 65 ms after it, and told to the workflow', async () => {
    const began = performance.now();
    const seen = await pauseRollout(f.deps, ID, { actor: olga, reason: 'lunch' });
    expect(performance.now() - began).toBeGreaterThanOrEqual(65);
    expect(seen).toMatchObject({
      state: 'paused',
      cause: 'paused by olga: lunch',
      next: `flotilla rollout resume ${ID}`,
    });
    expect(await f.deps.store.gate(ID)).toMatchObject({ state: 'closed', operator: true, pauseSeq: 1 });
    await expect.poll(() => f.told).toMatchObject([{ verb: 'pause', by: 'olga', reason: 'lunch', pauseSeq: 1 }]);
    await expect.poll(() => f.deps.store.undeliveredCommands()).toEqual([]);
    const trail = await f.deps.store.events(ID, 0, 20);
    expect(trail).toContainEqual(expect.objectContaining({ kind: 'PauseRequested', actor: 'olga', reason: 'lunch' }));
    expect(f.slices.events).toContainEqual(expect.objectContaining({ kind: 'ControlAccepted', verb: 'pause' }));
  });

  it('pause: is draining while a target is held, and no late status makes it running again', async () => {
    await f.deps.store.claimSlice(ID, { ...f.slices.input('s1'), id: 's1', limit: 1 });
    expect((await pauseRollout(f.deps, ID, { actor: olga })).state).toBe('draining');
    await saveStatus(f.deps, ID, 1, status('running'));
    expect((await view()).state).toBe('draining');
  });

  it('pause: holds though Temporal is down, and is told when it is back', async () => {
    f.temporal.isDown = true;
    expect((await pauseRollout(f.deps, ID, { actor: olga })).state).toBe('paused');
    expect(f.told).toEqual([]);
    expect(await f.deps.store.undeliveredCommands()).toHaveLength(1);
    f.temporal.isDown = false;
    await expect.poll(() => f.told, { timeout: 3_000 }).toMatchObject([{ verb: 'pause', pauseSeq: 1 }]);
  });

  it('pause: is told by the next process where this one died before', async () => {
    await f.deps.store.putCommand(
      ID,
      { id: 'c1', verb: 'pause', payload: { by: 'olga', reason: 'r', pauseSeq: 1 } },
      1,
    );
    await recoverRollouts({ ...f.deps, delivery: createDelivery(f.deps) });
    await expect.poll(() => f.told).toEqual([{ id: 'c1', verb: 'pause', by: 'olga', reason: 'r', pauseSeq: 1 }]);
    expect(f.started).toEqual([ID]);
    await expect.poll(() => f.deps.store.undeliveredCommands()).toEqual([]);
  });

  it('pause --now: says so in the gate, and answers when nothing is in flight any more', async () => {
    await f.deps.store.claimSlice(ID, { ...f.slices.input('s1'), id: 's1', limit: 2 });
    let answered = false;
    const pausing = pauseRollout(f.deps, ID, { actor: olga, reason: 'stop', now: true }).finally(() => {
      answered = true;
    });
    await expect.poll(() => f.deps.store.gate(ID)).toMatchObject({ state: 'closed', operator: true, cancels: true });
    // It is acknowledged long before.
    await expect.poll(() => f.slices.events).toContainEqual(expect.objectContaining({ kind: 'ControlAccepted' }));
    await f.deps.clock.sleep(100);
    expect(answered).toBe(false);
    const end = { release: true, event: null };
    await f.deps.store.finishSlice(ID, { id: 's1', epoch: 1, nextPass: 2 }, [], end, 1);
    expect(await pausing).toMatchObject({ state: 'paused', cause: 'paused by olga: stop', counts: { pending: 13 } });
    const trail = await f.deps.store.events(ID, 0, 20);
    expect(trail).toContainEqual(expect.objectContaining({ kind: 'PauseRequested', data: { now: true } }));
    expect(trail.at(-1)).toMatchObject({ kind: 'InFlightEnded', actor: 'olga' });
  });

  it('pause --now: does not wait for what goes on, because somebody has resumed', async () => {
    await f.deps.store.claimSlice(ID, { ...f.slices.input('s1'), id: 's1', limit: 2 });
    const pausing = pauseRollout(f.deps, ID, { actor: olga, now: true });
    await expect.poll(() => f.deps.store.gate(ID)).toMatchObject({ cancels: true });
    await f.deps.store.openGate(ID, { epoch: 1, knownPauseSeq: 1 });
    expect(await pausing).toMatchObject({ state: 'running', counts: { running: 2 } });
    expect((await f.deps.store.events(ID, 0, 20)).map(({ kind }) => kind)).not.toContain('InFlightEnded');
  });

  it('pause: survives a new run of the workflow', async () => {
    await pauseRollout(f.deps, ID, { actor: olga, reason: 'lunch' });
    const prepared = await prepareRollout({ ...f.deps, settings: { backoffMs: [] } }, ID);
    expect(prepared.input).toMatchObject({ pauseSeq: 1, gateOpen: false, pause: { by: 'olga', reason: 'lunch' } });
  });

  it('resume: never overtakes the pause before it', async () => {
    f.temporal.onSend = async (message) => {
      if (message.verb === 'pause') await f.deps.clock.sleep(200);
      if (message.verb === 'resume') await f.deps.store.openGate(ID, { epoch: 1, knownPauseSeq: 1 });
    };
    await pauseRollout(f.deps, ID, { actor: olga });
    const seen = await resumeRollout(f.deps, ID, { actor: olga });
    expect(f.told.map(({ verb }) => verb)).toEqual(['pause', 'resume']);
    expect(seen.state).toBe('running');
  });

  it('resume: is refused where nothing is paused', async () => {
    await expect(resumeRollout(f.deps, ID, { actor: olga })).rejects.toMatchObject({ code: 'ROLLOUT_STATE' });
    expect(f.told).toEqual([]);
  });

  it('abort: closes for good; nothing brings the rollout back', async () => {
    expect(await abortRollout(f.deps, ID, { actor: olga, reason: 'wrong' })).toMatchObject({
      state: 'draining',
      cause: 'aborted by olga: wrong',
    });
    expect(await f.deps.store.openGate(ID, { epoch: 1, knownPauseSeq: 1 })).toMatchObject({ state: 'closed' });
    await expect(resumeRollout(f.deps, ID, { actor: olga })).rejects.toMatchObject({ code: 'ROLLOUT_OVER' });
    await failSome();
    await expect(retryTargets(f.deps, ID, { actor: olga })).rejects.toMatchObject({ code: 'ROLLOUT_OVER' });
    await saveStatus(f.deps, ID, 1, status('aborted'));
    for (const verb of [pauseRollout, abortRollout, resumeRollout]) {
      await expect(verb(f.deps, ID, { actor: olga })).rejects.toMatchObject({ code: 'ROLLOUT_OVER' });
    }
    await expect(retryTargets(f.deps, ID, { actor: olga })).rejects.toMatchObject({ code: 'ROLLOUT_OVER' });
  });

  it('what the workflow refuses is refused, and leaves no trace in the audit trail', async () => {
    f.temporal.refuses = new AppError('ROLLOUT_STATE', 'not now');
    const before = (await findRollout(f.deps.store, ID)).lastEvent;
    const limits = { actor: olga, group: 'rest', parallel: 9 };
    await expect(setLimits(f.deps, ID, limits)).rejects.toMatchObject({ code: 'ROLLOUT_STATE' });
    expect((await findRollout(f.deps.store, ID)).lastEvent).toBe(before);
    f.temporal.refuses = undefined;
    await setLimits(f.deps, ID, limits);
    expect(f.told).toMatchObject([{ verb: 'setLimits', group: 'rest', parallel: 9 }]);
    expect((await f.deps.store.events(ID, before, 5))[0]).toMatchObject({ kind: 'SetLimitsRequested', actor: 'olga' });
  });

  it('set: names a wrong group and a wrong number', async () => {
    await expect(setLimits(f.deps, ID, { actor: olga, group: 'nope' })).rejects.toMatchObject({
      code: 'GROUP_NOT_FOUND',
      message: expect.stringContaining('"canary"'),
    });
    await expect(setLimits(f.deps, ID, { actor: olga, group: 'rest', parallel: 0 })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });

  it('retry: of a live rollout is told; without anything failed it is refused', async () => {
    await expect(retryTargets(f.deps, ID, { actor: olga })).rejects.toMatchObject({ code: 'ROLLOUT_STATE' });
    await expect(retryTargets(f.deps, ID, { actor: olga, targets: ['nobody'] })).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    await failSome();
    await retryTargets(f.deps, ID, { actor: olga, targets: [t(1)] });
    expect(f.told).toMatchObject([{ verb: 'retry', targets: [t(1)] }]);
  });

  it('retry: takes a failed rollout up again, with its failures pending and its groups where they were', async () => {
    await runSlice(f.slices.deps, f.slices.input('s0', { group: 'canary' }), {
      stop: f.slices.never,
      cancel: f.slices.never,
      again: false,
    });
    await failSome();
    const group = { bakeUntilMs: null, parallel: 4, perHost: null, maxFailures: null };
    const groups = [
      { ...group, name: 'canary', state: 'done' as const },
      { ...group, name: 'rest', state: 'running' as const },
    ];
    await saveStatus(f.deps, ID, 1, { ...status('running'), groups });
    await saveStatus(f.deps, ID, 1, { ...status('failed', 'x'), groups: [{ ...group, name: 'rest', state: 'done' }] });
    expect(await view()).toMatchObject({ state: 'failed', next: `flotilla rollout retry ${ID} --failed` });
    expect((await retryTargets(f.deps, ID, { actor: olga })).state).toBe('preparing');
    expect(f.started).toEqual([ID]);
    const { epoch, input } = await prepareRollout({ ...f.deps, settings: { backoffMs: [] } }, ID);
    expect(epoch).toBe(2);
    expect(input.pause).toBeUndefined();
    expect(input.groups.map(({ name, state, failed }) => [name, state, failed])).toEqual([
      ['canary', 'done', 0],
      ['rest', 'running', 0],
    ]);
    expect(input.groups[1]?.hosts).toEqual([{ host: HOST, pending: 12 }]);
  });

  it('skip: wants a reason, a target that is there, and one that can be skipped', async () => {
    const skip = (targets: string[], reason: string) => skipTargets(f.deps, ID, { actor: olga, targets, reason });
    await expect(skip([t(1)], ' ')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(skip(['nobody'], 'r')).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    await f.deps.store.claimSlice(ID, { ...f.slices.input('s9'), id: 's9', limit: 1 });
    await expect(skip([t(1)], 'r')).rejects.toMatchObject({
      code: 'ROLLOUT_STATE',
      message: expect.stringContaining('running'),
    });
    await skip([t(2)], 'leaves us');
    expect(f.told).toMatchObject([{ verb: 'skip', targets: [t(2)], reason: 'leaves us', by: 'olga' }]);
  });

  it('take the beginning of an id; several that fit are named', async () => {
    expect((await findRollout(f.deps.store, 'VERBS')).id).toBe(ID);
    await expect(findRollout(f.deps.store, 'nope')).rejects.toMatchObject({ code: 'ROLLOUT_NOT_FOUND' });
    await expect(findRollout(f.deps.store, '')).rejects.toMatchObject({ code: 'ROLLOUT_NOT_FOUND' });
  });
});
