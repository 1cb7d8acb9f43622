import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetError } from '../../../src/shared/states.ts';
import type { Store, TargetResult } from '../../../src/store/types.ts';
import { created, newRollout } from './new-rollout.ts';

const NOW = 1_700_000_001_000;
const event = { kind: 'Tested', actor: 'test', data: {} };
const missingTable: TargetError = {
  class: 'permanent',
  code: '42P01',
  message: 'relation "orders" does not exist',
  fingerprint: 'relation ? does not exist',
};
const applied = (id: string): TargetResult => ({ id, state: 'applied', version: '2', durationMs: 1.5 });
const failed = (id: string): TargetResult => ({
  id,
  state: 'failed',
  version: '1',
  durationMs: 2,
  error: missingTable,
});
const deferred = (id: string): TargetResult => ({
  ...failed(id),
  state: 'deferred',
  error: { ...missingTable, class: 'transient', code: '08006', message: 'gone', fingerprint: 'gone' },
});

/** What every back end of the store must do. `open` opens the same store again on each call. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`store on ${name}`, () => {
    let store: Store;
    let ids = 0;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => {
      await store.close();
    });

    /** A rollout with an open gate at epoch 1. */
    const make = async (options: Parameters<typeof newRollout>[1] = {}): Promise<{ id: string; epoch: number }> => {
      const id = `r${ids++}abcdefg`;
      expect(await store.createRollout(newRollout(id, options), created)).toEqual({ kind: 'created' });
      const epoch = await store.takeOver(id);
      expect(await store.openGate(id, { epoch, knownPauseSeq: 0 })).toMatchObject({ state: 'open' });
      return { id, epoch };
    };
    const slice = (
      epoch: number,
      id: string,
      more: { group?: string; limit?: number; pass?: number; more?: boolean } = {},
    ) => ({
      id,
      epoch,
      group: more.group ?? 'rest',
      host: 'db-1:5432',
      limit: more.limit ?? 3,
      pass: more.pass ?? 1,
      ...(more.more === undefined ? {} : { more: more.more }),
    });
    const finish = (id: string, epoch: number, sliceId: string, results: readonly TargetResult[], release = true) =>
      store.finishSlice(id, { id: sliceId, epoch, nextPass: 2 }, results, { release, event: null }, NOW);

    it('keeps an artifact under its digest, also when it is written twice', async () => {
      await store.putArtifact('sha256:a', '{"x":1}', 0);
      await store.putArtifact('sha256:a', '{"x":1}', 0);
      expect(await store.getArtifact('sha256:a')).toBe('{"x":1}');
      expect(await store.getArtifact('sha256:none')).toBeUndefined();
    });

    it('freezes a rollout with its groups, counts, gate and first event', async () => {
      const input = newRollout('fresh00001');
      expect(await store.createRollout(input, created)).toEqual({ kind: 'created' });
      const row = await store.getRollout('fresh00001');
      expect(row).toEqual({
        ...input.row,
        joined: 0,
        state: 'preparing',
        cause: null,
        next: null,
        direction: 'up',
        skipChecks: false,
        epoch: 0,
        freezeOverride: null,
        liftedThrottles: [],
        lives: 1,
        startedAtMs: null,
        finishedAtMs: null,
        lastEvent: 1,
      });
      const groups = await store.groups('fresh00001');
      expect(groups).toEqual(
        input.groups.map((group) => ({
          ...group,
          state: 'waiting',
          bakeUntilMs: null,
          startedAtMs: null,
          finishedAtMs: null,
        })),
      );
      expect(await store.counts('fresh00001')).toEqual([
        { group: 'canary', host: 'db-1:5432', state: 'pending', count: 1 },
        { group: 'canary', host: 'db-2:5432', state: 'pending', count: 1 },
        { group: 'rest', host: 'db-1:5432', state: 'pending', count: 4 },
        { group: 'rest', host: 'db-2:5432', state: 'pending', count: 4 },
      ]);
      expect(await store.totals('fresh00001')).toEqual({ pending: 10 });
      expect(await store.gate('fresh00001')).toMatchObject({ state: 'closed', epoch: 0, pauseSeq: 0, operator: false });
      expect(await store.events('fresh00001', 0, 10)).toMatchObject([
        { seq: 1, kind: 'RolloutCreated', actor: 'olga', reason: 'release 7', data: { targets: 10 } },
      ]);
    });

    it('gives one rollout for one idempotency key, however many ask at once', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.createRollout(newRollout(`same${i}`, { key: 'ci-1', project: 'one' }), created),
        ),
      );
      expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      const winner = `same${results.findIndex(({ kind }) => kind === 'created')}`;
      for (const result of results.filter(({ kind }) => kind !== 'created')) {
        expect(result).toEqual({ kind: 'exists', id: winner, sameArguments: true });
      }
      expect(await store.createRollout(newRollout('other', { key: 'ci-1', args: 'x' }), created)).toMatchObject({
        kind: 'exists',
        sameArguments: false,
      });
      expect(await store.findByKey('ci-1')).toEqual({ id: winner, argumentsDigest: 'sha256:arguments' });
      expect(await store.findByKey('ci-2')).toBeUndefined();
      expect(await store.getTarget('other', 't0@db-1:5432')).toBeUndefined();
      const losers = Array.from({ length: 20 }, (_, i) => `same${i}`).filter((id) => id !== winner);
      for (const id of losers) expect((await store.listTargets(id, { limit: 1 })).items).toEqual([]);
    });

    it('allows one live rollout of an env, and the next when it is over', async () => {
      const { id, epoch } = await make({ project: 'busy' });
      expect(await store.createRollout(newRollout('second', { project: 'busy' }), created)).toEqual({
        kind: 'live',
        id,
      });
      const status = { state: 'succeeded' as const, cause: null, next: null, groups: [] };
      expect(await store.saveStatus(id, epoch, status, NOW)).toBe(true);
      expect(await store.createRollout(newRollout('second', { project: 'busy' }), created)).toEqual({
        kind: 'created',
      });
    });

    it('claims in order, the same again for the same slice, and what it finished no more', async () => {
      const { id, epoch } = await make();
      const first = await store.claimSlice(id, slice(epoch, 's1'));
      expect(first.map((target) => target.id)).toEqual(['t1@db-1:5432', 't2@db-1:5432', 't3@db-1:5432']);
      expect(await store.claimSlice(id, slice(epoch, 's1'))).toEqual(first);
      expect((await store.claimSlice(id, slice(epoch, 's2'))).map((target) => target.id)).toEqual(['t4@db-1:5432']);
      expect(await store.claimSlice(id, slice(epoch, 's3'))).toEqual([]);
      await finish(id, epoch, 's1', [applied('t1@db-1:5432')], false);
      expect((await store.claimSlice(id, slice(epoch, 's1'))).map((target) => target.id)).toEqual([
        't2@db-1:5432',
        't3@db-1:5432',
      ]);
      expect(await store.totals(id)).toEqual({ applied: 1, pending: 6, running: 3 });
    });

    it('claims more for a slice that works on, and nothing once it has ended', async () => {
      const { id, epoch } = await make();
      const ids = (targets: readonly { readonly id: string }[]): readonly string[] =>
        targets.map((target) => target.id);
      await store.claimSlice(id, slice(epoch, 's1', { limit: 2 }));
      const more = await store.claimSlice(id, slice(epoch, 's1', { limit: 1, more: true }));
      expect(ids(more)).toEqual(['t3@db-1:5432']);
      // Another try of the activity finds all that is held.
      expect(ids(await store.claimSlice(id, slice(epoch, 's1')))).toEqual([
        't1@db-1:5432',
        't2@db-1:5432',
        't3@db-1:5432',
      ]);
      // What the slice itself has deferred waits for the next pass.
      await finish(id, epoch, 's1', [deferred('t1@db-1:5432')], false);
      const last = await store.claimSlice(id, slice(epoch, 's1', { limit: 9, more: true }));
      expect(ids(last)).toEqual(['t4@db-1:5432']);
      expect(await store.totals(id)).toEqual({ deferred: 1, pending: 6, running: 3 });
      expect(await finish(id, epoch, 's1', [applied('t4@db-1:5432')])).toMatchObject({ released: 2 });
      expect(await store.claimSlice(id, slice(epoch, 's1', { more: true }))).toEqual([]);
    });

    it('turns a rollout downwards: what it touched is claimed by a run downwards, and nothing else', async () => {
      const { id, epoch } = await make();
      const from = '1';
      await store.claimSlice(id, slice(epoch, 's1', { limit: 3 }));
      const results = [
        { ...applied('t1@db-1:5432'), from },
        { ...failed('t2@db-1:5432'), from },
        failed('t3@db-1:5432'),
      ];
      await finish(id, epoch, 's1', results);
      const span = { dialect: 'postgres', from, count: 1 };
      const spans = await store.revertSpans(id, {});
      expect(spans.toSorted((a, b) => Number(a.to) - Number(b.to))).toEqual([
        { ...span, to: '1' },
        { ...span, to: '2' },
      ]);
      const [t1, t2] = ['t1@db-1:5432', 't2@db-1:5432'];
      expect(await store.revertSpans(id, { targets: [t1, 'unknown'] })).toEqual([{ ...span, to: '2' }]);
      expect(await store.revertSpans(id, { targets: [t2], group: 'canary' })).toEqual([]);
      const command = { id: 'c1', skipChecks: false, mustBeOver: true };
      expect(await store.beginRevert(id, command, event, NOW)).toEqual({ kind: 'live', id });
      expect(await store.beginRevert(id, { ...command, mustBeOver: false, group: 'canary' }, event, NOW)).toEqual({
        kind: 'nothing',
      });
      const begun = { kind: 'begun', targets: 2 };
      expect(await store.beginRevert(id, { ...command, mustBeOver: false }, event, NOW)).toEqual(begun);
      expect(await store.beginRevert(id, { ...command, mustBeOver: false }, event, NOW)).toEqual(begun);
      expect(await store.getRollout(id)).toMatchObject({ state: 'reverting', direction: 'down' });
      expect(await store.revertCounts(id)).toEqual([{ group: 'rest', host: 'db-1:5432', state: 'pending', count: 2 }]);
      // The one that failed before anything was known of it stays failed.
      expect(await store.totals(id)).toEqual({ pending: 9, failed: 1 });
      const next = await store.takeOver(id);
      expect(await store.openGate(id, { epoch: next, knownPauseSeq: 0 })).toMatchObject({ state: 'open' });
      const claimed = await store.claimSlice(id, { ...slice(next, 's1', { limit: 9 }), down: true });
      expect(claimed).toMatchObject([
        { id: 't1@db-1:5432', version: '2', fromVersion: '1' },
        { id: 't2@db-1:5432', version: '1', fromVersion: '1' },
      ]);
      const back = (target: string): TargetResult => ({ id: target, state: 'reverted', version: '1', durationMs: 1 });
      await finish(id, next, 's1', [back('t1@db-1:5432'), failed('t2@db-1:5432')]);
      expect(await store.totals(id)).toEqual({ pending: 7, failed: 2, reverted: 1 });
      // A retry on the way down is for what is to be taken back.
      const moved = await store.reopenTargets(id, 'r1', {}, event, NOW);
      expect(moved).toEqual([{ group: 'rest', host: 'db-1:5432', from: 'failed', count: 1 }]);
    });

    it('keeps a pause that has not reached the run which turns round, and no earlier one', async () => {
      const { id, epoch } = await make();
      const pause = { reason: 'incident', by: 'olga', operator: true, terminal: false };
      const stopped = { reason: 'budget', by: 'flotilla', operator: false, terminal: true };
      const turn = async (name: string, knownPauseSeq: number) => {
        await store.closeGate(id, stopped, null, NOW);
        const command = { id: name, skipChecks: false, mustBeOver: false, knownPauseSeq };
        await store.beginRevert(id, command, event, NOW);
        return store.gate(id);
      };
      await store.claimSlice(id, slice(epoch, 's1', { limit: 1 }));
      await finish(id, epoch, 's1', [{ ...applied('t1@db-1:5432'), from: '1' }]);
      await store.closeGate(id, pause, null, NOW);
      expect(await turn('c1', 0)).toMatchObject({ state: 'closed', operator: true, terminal: false, by: 'olga' });
      expect(await turn('c2', 1)).toMatchObject({ state: 'closed', operator: false, terminal: false });
    });

    it('keeps of a target that goes back what was left of it, so that it can be taken back', async () => {
      const { id, epoch } = await make();
      await store.claimSlice(id, slice(epoch, 's1', { limit: 3 }));
      const left = [{ id: 't2@db-1:5432', from: '1', version: '2' }];
      const s1 = { id: 's1', epoch, nextPass: 2 };
      const end = await store.finishSlice(id, s1, [], { release: true, event: null, left }, NOW);
      expect(end).toMatchObject({ counts: {}, released: 3 });
      expect(await store.totals(id)).toEqual({ pending: 10 });
      expect(await store.getTarget(id, 't2@db-1:5432')).toMatchObject({
        state: 'pending',
        from: '1',
        version: '2',
        attempts: 1,
      });
      expect(await store.getTarget(id, 't1@db-1:5432')).toMatchObject({ from: null, version: null, attempts: 0 });
      const span = { dialect: 'postgres', from: '1', to: '2', count: 1 };
      expect(await store.revertSpans(id, {})).toEqual([span]);
      expect(await store.revertSpans(id, { group: 'canary' })).toEqual([]);
      // Where it came from is what the first try has found.
      await store.claimSlice(id, slice(epoch, 's2', { limit: 3 }));
      await finish(id, epoch, 's2', [{ ...applied('t2@db-1:5432'), from: '2' }]);
      expect(await store.getTarget(id, 't2@db-1:5432')).toMatchObject({ state: 'applied', from: '1' });
    });

    it('takes back what is to be tried again, too', async () => {
      const { id, epoch } = await make();
      await store.claimSlice(id, slice(epoch, 's1', { limit: 3 }));
      const from = '1';
      const results = [
        { ...deferred('t1@db-1:5432'), from },
        { ...failed('t2@db-1:5432'), from },
        deferred('t3@db-1:5432'),
      ];
      await finish(id, epoch, 's1', results);
      await store.reopenTargets(id, 'r1', {}, event, NOW);
      expect(await store.totals(id)).toEqual({ deferred: 2, pending: 8 });
      const command = { id: 'c1', skipChecks: false, mustBeOver: false };
      expect(await store.beginRevert(id, command, event, NOW)).toEqual({ kind: 'begun', targets: 2 });
      expect(await store.totals(id)).toEqual({ deferred: 1, pending: 9 });
      expect(await store.revertCounts(id)).toEqual([{ group: 'rest', host: 'db-1:5432', state: 'pending', count: 2 }]);
    });

    it('goes on with what an aborted way back has left, and with nothing that was never applied', async () => {
      const { id, epoch } = await make();
      await store.claimSlice(id, slice(epoch, 's1', { limit: 3 }));
      const [t1, t2, t3] = ['t1@db-1:5432', 't2@db-1:5432', 't3@db-1:5432'];
      await finish(
        id,
        epoch,
        's1',
        [t1, t2, t3].map((target) => ({ ...applied(target), from: '1' })),
      );
      const command = { skipChecks: false, mustBeOver: false };
      await store.beginRevert(id, { ...command, id: 'c1' }, event, NOW);
      const next = await store.takeOver(id);
      await store.openGate(id, { epoch: next, knownPauseSeq: 0 });
      await store.claimSlice(id, { ...slice(next, 's2', { limit: 2 }), down: true });
      const back = { id: t1, state: 'reverted', version: '1', durationMs: 1 } as const;
      await finish(id, next, 's2', [back, { ...deferred(t2), version: '2' }]);
      const left = { dialect: 'postgres', from: '1', to: '2', count: 2 };
      expect(await store.revertSpans(id, {})).toEqual([left]);
      expect(await store.revertSpans(id, { targets: [t1, t2] })).toEqual([{ ...left, count: 1 }]);
      expect(await store.beginRevert(id, { ...command, id: 'c2' }, event, NOW)).toEqual({ kind: 'begun', targets: 2 });
      expect(await store.totals(id)).toEqual({ pending: 9, reverted: 1 });
      expect(await store.revertCounts(id)).toEqual([
        { group: 'rest', host: 'db-1:5432', state: 'pending', count: 2 },
        { group: 'rest', host: 'db-1:5432', state: 'reverted', count: 1 },
      ]);
    });

    it('finishes a slice once: totals over all its tries, the rest is pending again', async () => {
      const { id, epoch } = await make();
      await store.claimSlice(id, slice(epoch, 's1', { limit: 4 }));
      expect(await finish(id, epoch, 's1', [applied('t1@db-1:5432'), failed('t2@db-1:5432')], false)).toEqual({
        accepted: true,
        counts: { applied: 1, failed: 1 },
        released: 0,
      });
      const end = { accepted: true, counts: { applied: 2, failed: 1 }, released: 1 };
      // A result that was written before, and one of a target that is not the slice's, count for nothing.
      const results = [applied('t1@db-1:5432'), applied('t3@db-1:5432'), applied('t1@db-2:5432')];
      expect(await finish(id, epoch, 's1', results)).toEqual(end);
      expect(await finish(id, epoch, 's1', [applied('t4@db-1:5432')])).toEqual(end);
      expect(await store.claimSlice(id, slice(epoch, 's1'))).toEqual([]);
      expect(await store.totals(id)).toEqual({ applied: 2, failed: 1, pending: 7 });
      expect(await store.getTarget(id, 't2@db-1:5432')).toMatchObject({
        state: 'failed',
        attempts: 1,
        version: '1',
        error: missingTable,
        durationMs: 2,
      });
    });

    it('gives a deferred target to a later pass only', async () => {
      const { id, epoch } = await make({ perHost: 2 });
      await store.claimSlice(id, slice(epoch, 's1'));
      await finish(id, epoch, 's1', [deferred('t1@db-1:5432')]);
      expect(await store.totals(id)).toEqual({ deferred: 1, pending: 3 });
      expect(await store.causes(id, 5)).toMatchObject([{ fingerprint: 'gone', count: 1 }]);
      expect(await store.claimSlice(id, slice(epoch, 's2', { pass: 1 }))).toEqual([]);
      expect(await store.claimSlice(id, slice(epoch, 's3', { pass: 2 }))).toMatchObject([
        { id: 't1@db-1:5432', attempts: 1 },
      ]);
      expect(await store.totals(id)).toEqual({ running: 1, pending: 3 });
      await finish(id, epoch, 's3', [applied('t1@db-1:5432')]);
      expect(await store.causes(id, 5)).toEqual([]);
    });

    it('fences off an older epoch: no claim, no result, no status, no open gate', async () => {
      const { id, epoch } = await make();
      await store.claimSlice(id, slice(epoch, 's1'));
      const next = await store.takeOver(id);
      expect(next).toBe(epoch + 1);
      expect(await store.totals(id)).toEqual({ pending: 10 });
      expect(await finish(id, epoch, 's1', [applied('t1@db-1:5432')])).toMatchObject({ accepted: false });
      expect(await store.claimSlice(id, slice(epoch, 's2'))).toEqual([]);
      expect(await store.saveStatus(id, epoch, { state: 'running', cause: null, next: null, groups: [] }, NOW)).toBe(
        false,
      );
      await store.closeGate(id, { reason: 'x', by: 'y', operator: false, terminal: false }, null, NOW);
      expect(await store.openGate(id, { epoch, knownPauseSeq: 0 })).toMatchObject({ state: 'closed' });
      expect(await store.totals(id)).toEqual({ pending: 10 });
    });

    it.each([true, false])('lets targets join that it does not know, once a command; taken: %s', async (take) => {
      const { id, epoch } = await make({ perHost: 2 });
      const limits = { parallel: 3, perHost: 1, maxFailures: 2, budgetMode: 'SOFT', onFailure: 'ABORT' } as const;
      const joiner = (name: string, host: string) => ({
        id: name,
        host,
        dialect: 'postgres',
        redactedUrl: `postgres://app@${host}/${name}`,
        labels: { tier: 'new' },
      });
      const join = (command: string, names: readonly (readonly [string, string])[], at = epoch) =>
        store.joinTargets(
          id,
          { id: command, epoch: at, take },
          limits,
          names.map(([name, host]) => joiner(name, host)),
          event,
          NOW,
        );
      const state = take ? 'pending' : 'joined';
      const old = ['t0@db-1:5432', 'db-1:5432'] as const;
      const first = [old, ['new-1', 'db-1:5432'], ['new-2', 'db-3:5432'], ['new-3', 'db-3:5432']] as const;
      const joined = [
        { host: 'db-1:5432', count: 1 },
        { host: 'db-3:5432', count: 2 },
      ];
      expect(await join('look-1', first, epoch - 1)).toEqual([]);
      expect(await join('look-1', first)).toEqual(joined);
      // The same command again answers the same, whatever the env has by then.
      expect(await join('look-1', [...first, ['new-4', 'db-1:5432']])).toEqual(joined);
      expect(await join('look-2', first)).toEqual([]);
      expect(await join('look-3', [...first, ['new-4', 'db-1:5432']])).toEqual([{ host: 'db-1:5432', count: 1 }]);
      const group = (await store.groups(id)).at(-1);
      expect(group).toMatchObject({ name: 'joined', index: 2, size: 4, ...limits, approval: false, bakeMs: 0 });
      expect(group?.state).toBe(take ? 'waiting' : 'done');
      expect(await store.getRollout(id)).toMatchObject({ targets: 4, joined: 4, joiners: 'LEAVE' });
      expect(await store.totals(id)).toEqual(take ? { pending: 8 } : { pending: 4, joined: 4 });
      expect((await store.counts(id)).filter((one) => one.group === 'joined')).toEqual([
        { group: 'joined', host: 'db-1:5432', state, count: 2 },
        { group: 'joined', host: 'db-3:5432', state, count: 2 },
      ]);
      const { items } = await store.listTargets(id, { group: 'joined', limit: 10 });
      expect(items.map((one) => [one.id, one.state, one.labels.tier])).toEqual(
        ['new-1', 'new-2', 'new-3', 'new-4'].map((name) => [name, state, 'new']),
      );
      const events = (await store.events(id, 0, 100)).filter(({ data }) => data.joined !== undefined);
      expect(events.map(({ data }) => [data.joined, data.taken, data.targets])).toEqual([
        [3, take, ['new-1', 'new-2', 'new-3']],
        [1, take, ['new-4']],
      ]);
      const claim = await store.claimSlice(id, {
        ...slice(epoch, 's1', { group: 'joined' }),
        host: 'db-3:5432',
      });
      expect(claim.map((one) => one.id)).toEqual(take ? ['new-2', 'new-3'] : []);
      expect(await store.verifyEvents(id)).toBeUndefined();
    });

    it('prunes what ended before a time, whole, and nothing that lives or that is the newest of its env', async () => {
      const DAY = 86_400_000;
      const end = async (id: string, epoch: number, atMs: number): Promise<void> => {
        expect(await store.saveStatus(id, epoch, { state: 'failed', cause: null, next: null, groups: [] }, atMs)).toBe(
          true,
        );
      };
      const of = (n: number) => ({ project: 'pruned', perHost: 2, createdAtMs: 1_000 * DAY + n });
      const old = await make(of(1));
      await store.claimSlice(old.id, slice(old.epoch, 's1'));
      await store.putCommand(old.id, { id: `c-${old.id}`, verb: 'pause', payload: {} }, NOW);
      await end(old.id, old.epoch, 1_001 * DAY);
      const revived = await make(of(2));
      await end(revived.id, revived.epoch, 1_001 * DAY);
      const young = await make({ ...of(3), project: 'pruned-2' });
      await end(young.id, young.epoch, 1_010 * DAY);
      await make({ ...of(4), project: 'pruned-2' });
      const newest = await make(of(5));
      await end(newest.id, newest.epoch, 1_001 * DAY);
      expect(await store.reviveRollout(revived.id, event, 1_002 * DAY)).toEqual({ kind: 'revived' });

      const cut = { endedBeforeMs: 1_005 * DAY, dryRun: true };
      const expected = {
        id: old.id,
        project: 'pruned',
        env: 'prod',
        state: 'failed',
        finishedAtMs: 1_001 * DAY,
        targets: 4,
      };
      expect((await store.pruneRollouts(cut, 1_011 * DAY)).rollouts).toEqual([expected]);
      expect(await store.getRollout(old.id)).toBeDefined();

      const really = { ...cut, dryRun: false };
      expect((await store.pruneRollouts(really, 1_011 * DAY)).rollouts).toEqual([expected]);
      expect((await store.pruneRollouts(really, 1_011 * DAY)).rollouts).toEqual([]);
      expect(await store.getRollout(old.id)).toBeUndefined();
      expect(await store.gate(old.id)).toBeUndefined();
      expect(await store.groups(old.id)).toEqual([]);
      expect(await store.counts(old.id)).toEqual([]);
      expect(await store.events(old.id, 0, 10)).toEqual([]);
      expect((await store.listTargets(old.id, { limit: 10 })).items).toEqual([]);
      expect((await store.undeliveredCommands()).filter(({ rolloutId }) => rolloutId === old.id)).toEqual([]);
      for (const { id } of [revived, young, newest]) {
        expect(await store.getRollout(id), id).toMatchObject({ id });
        expect((await store.listTargets(id, { limit: 10 })).items.length, id).toBeGreaterThan(0);
        expect(await store.verifyEvents(id), id).toBeUndefined();
      }
    });

    it('prunes artifacts that no rollout needs, but none that was written within a day', async () => {
      const DAY = 86_400_000;
      const digestsOf = async (...digests: readonly string[]) =>
        Promise.all(digests.map(async (digest) => (await store.getArtifact(digest)) !== undefined));
      await store.putArtifact('sha256:directory', 'needed by every rollout of these tests', DAY);
      await store.putArtifact('sha256:loose', 'x', 10 * DAY);
      await store.putArtifact('sha256:again', 'y', 10 * DAY);
      await store.putArtifact('sha256:again', 'y', 12 * DAY);
      await make();
      const { artifacts } = await store.pruneRollouts({ endedBeforeMs: 0, dryRun: true }, 12.5 * DAY);
      expect(await digestsOf('sha256:loose')).toEqual([true]);
      expect(await store.pruneRollouts({ endedBeforeMs: 0, dryRun: false }, 12.5 * DAY)).toEqual({
        rollouts: [],
        artifacts,
      });
      expect(await digestsOf('sha256:directory', 'sha256:loose', 'sha256:again')).toEqual([true, false, true]);
      // The word under the store's key is no artifact of anybody: the store still opens.
      await (await open()).close();
    });

    it('lets nobody join a rollout that is over', async () => {
      const { id, epoch } = await make({ perHost: 2 });
      await store.saveStatus(id, epoch, { state: 'succeeded', cause: null, next: null, groups: [] }, NOW);
      const limits = { parallel: 1, perHost: null, maxFailures: 0, budgetMode: 'STRICT', onFailure: 'PAUSE' } as const;
      const late = { id: 'late', host: 'h', dialect: 'postgres', redactedUrl: 'postgres://h/late', labels: {} };
      expect(await store.joinTargets(id, { id: 'x', epoch, take: true }, limits, [late], event, NOW)).toEqual([]);
      expect(await store.totals(id)).toEqual({ pending: 4 });
    });

    it('makes what is deferred pending again for a new run', async () => {
      const { id, epoch } = await make();
      await store.claimSlice(id, slice(epoch, 's1'));
      await finish(id, epoch, 's1', [deferred('t1@db-1:5432')]);
      const next = await store.takeOver(id);
      expect(await store.totals(id)).toEqual({ pending: 10 });
      expect(await store.claimSlice(id, slice(next, 's1', { limit: 1 }))).toMatchObject([{ id: 't1@db-1:5432' }]);
    });

    it('never lets a late open undo a pause, nor any open an abort', async () => {
      const { id, epoch } = await make();
      const paused = await store.closeGate(
        id,
        { reason: 'lunch', by: 'olga', operator: true, terminal: false },
        event,
        NOW,
      );
      expect(paused).toEqual({
        epoch,
        state: 'closed',
        pauseSeq: 1,
        operator: true,
        terminal: false,
        reason: 'lunch',
        by: 'olga',
        cancels: false,
      });
      expect(await store.gate(id)).toEqual(paused);
      expect(await store.openGate(id, { epoch, knownPauseSeq: 0 })).toMatchObject({ state: 'closed' });
      const own = { reason: 'core', by: 'flotilla', operator: false, terminal: false };
      expect(await store.closeGate(id, own, null, NOW)).toMatchObject({ reason: 'lunch', by: 'olga', pauseSeq: 1 });
      expect(await store.openGate(id, { epoch, knownPauseSeq: 1 })).toMatchObject({ state: 'open', reason: null });
      await store.closeGate(id, { reason: 'no', by: 'olga', operator: true, terminal: true }, null, NOW);
      expect(await store.openGate(id, { epoch, knownPauseSeq: 2 })).toMatchObject({ state: 'closed', terminal: true });
    });

    it('says that what is in flight is to be cancelled until the gate is opened, whoever closes it meanwhile', async () => {
      const { id, epoch } = await make();
      const closing = { reason: 'stop', by: 'olga', operator: true, terminal: false };
      expect(await store.closeGate(id, closing, null, NOW)).toMatchObject({ cancels: false });
      expect(await store.closeGate(id, { ...closing, cancel: true }, null, NOW)).toMatchObject({ cancels: true });
      await store.closeGate(id, closing, null, NOW);
      await store.closeGate(id, { ...closing, by: 'flotilla', operator: false }, null, NOW);
      expect(await store.gate(id)).toMatchObject({ state: 'closed', pauseSeq: 3, cancels: true });
      // A late open leaves it as it is.
      expect(await store.openGate(id, { epoch, knownPauseSeq: 2 })).toMatchObject({ state: 'closed', cancels: true });
      expect(await store.openGate(id, { epoch, knownPauseSeq: 3 })).toMatchObject({ state: 'open', cancels: false });
      expect(await store.gate(id)).toMatchObject({ state: 'open', cancels: false });
    });

    it('retries and skips once a command, and says what moved', async () => {
      const { id, epoch } = await make();
      await store.claimSlice(id, slice(epoch, 's1', { limit: 4 }));
      await finish(id, epoch, 's1', [failed('t1@db-1:5432'), failed('t2@db-1:5432'), deferred('t3@db-1:5432')]);
      const moved = [{ group: 'rest', host: 'db-1:5432', from: 'failed', count: 2 }];
      expect(await store.reopenTargets(id, 'c1', {}, event, NOW)).toEqual(moved);
      expect(await store.reopenTargets(id, 'c1', {}, event, NOW)).toEqual(moved);
      expect(await store.reopenTargets(id, 'c2', {}, event, NOW)).toEqual([]);
      expect(await store.getTarget(id, 't1@db-1:5432')).toMatchObject({ state: 'pending', attempts: 0 });
      expect(await store.totals(id)).toEqual({ deferred: 1, pending: 9 });

      await store.claimSlice(id, slice(epoch, 's2', { limit: 1 }));
      const named = ['t1@db-1:5432', 't2@db-1:5432', 't3@db-1:5432', 'nobody'];
      expect(await store.skipTargets(id, 'c3', named, 'leaves us', event, NOW)).toEqual([
        { group: 'rest', host: 'db-1:5432', from: 'pending', count: 1 },
        { group: 'rest', host: 'db-1:5432', from: 'deferred', count: 1 },
      ]);
      expect(await store.getTarget(id, 't2@db-1:5432')).toMatchObject({ state: 'skipped', reason: 'leaves us' });
      expect(await store.totals(id)).toEqual({ skipped: 2, running: 1, pending: 7 });
      expect(await store.reopenTargets(id, 'c4', { targets: ['t2@db-1:5432'] }, event, NOW)).toEqual([]);
    });

    it('reopens the named targets or those of a group only', async () => {
      const { id, epoch } = await make();
      await store.claimSlice(id, slice(epoch, 's1', { group: 'canary' }));
      await finish(id, epoch, 's1', [failed('t0@db-1:5432')]);
      await store.claimSlice(id, slice(epoch, 's2'));
      await finish(id, epoch, 's2', [failed('t1@db-1:5432'), failed('t2@db-1:5432')]);
      expect(await store.reopenTargets(id, 'c1', { targets: ['t2@db-1:5432'] }, event, NOW)).toMatchObject([
        { count: 1 },
      ]);
      expect(await store.reopenTargets(id, 'c2', { group: 'canary' }, event, NOW)).toEqual([
        { group: 'canary', host: 'db-1:5432', from: 'failed', count: 1 },
      ]);
      expect(await store.totals(id)).toEqual({ failed: 1, pending: 9 });
    });

    it('clusters causes by fingerprint and group, most first, with ten samples', async () => {
      const { id, epoch } = await make({ perHost: 14, hosts: ['db-1:5432'] });
      const claimed = await store.claimSlice(id, slice(epoch, 's1', { limit: 13 }));
      const results = claimed.map((target, i) => (i === 0 ? deferred(target.id) : failed(target.id)));
      await finish(id, epoch, 's1', results);
      const causes = await store.causes(id, 5);
      expect(causes).toMatchObject([
        { code: '42P01', class: 'permanent', count: 12, group: 'rest', message: missingTable.message },
        { code: '08006', class: 'transient', count: 1, targets: ['t1@db-1:5432'] },
      ]);
      expect(causes[0]?.targets).toHaveLength(10);
      expect(await store.causes(id, 1)).toHaveLength(1);
    });

    it('writes the visible state, says what changed, and keeps a final one', async () => {
      const { id, epoch } = await make();
      const group = { name: 'canary', bakeUntilMs: null, maxFailures: 0, parallel: 4, perHost: null };
      const running = { state: 'running' as const, cause: null, next: null };
      const one = { ...running, groups: [{ ...group, state: 'running' as const }] };
      expect(await store.saveStatus(id, epoch, one, NOW)).toBe(true);
      expect(await store.saveStatus(id, epoch, one, NOW + 5)).toBe(true);
      expect(await store.getRollout(id)).toMatchObject({ state: 'running', startedAtMs: NOW, finishedAtMs: null });
      const done = { state: 'failed' as const, cause: 'why', next: 'do' };
      await store.saveStatus(id, epoch, { ...done, groups: [{ ...group, state: 'done' }] }, NOW + 9);
      expect(await store.getRollout(id)).toMatchObject({ ...done, finishedAtMs: NOW + 9 });
      expect((await store.groups(id))[0]).toMatchObject({ state: 'done', startedAtMs: NOW, finishedAtMs: NOW + 9 });
      expect(await store.saveStatus(id, epoch, { ...running, groups: [] }, NOW + 10)).toBe(false);
      expect(await store.saveStatus(id, epoch, { ...done, groups: [] }, NOW + 10)).toBe(true);
      expect((await store.events(id, 1, 10)).map(({ kind, data }) => [kind, data.to])).toEqual([
        ['GroupStateChanged', 'running'],
        ['RolloutStateChanged', 'running'],
        ['GroupStateChanged', 'done'],
        ['RolloutStateChanged', 'failed'],
      ]);
      expect((await store.liveRollouts()).map((row) => row.id)).not.toContain(id);
      expect(await store.stateChanges(id)).toEqual([
        { atMs: NOW, to: 'running' },
        { atMs: NOW + 9, to: 'failed' },
      ]);
    });

    it('counts by group, however many hosts there are', async () => {
      const { id, epoch } = await make();
      const claimed = await store.claimSlice(id, slice(epoch, 's1', { limit: 2 }));
      await finish(
        id,
        epoch,
        's1',
        claimed.slice(0, 1).map(({ id: target }) => applied(target)),
      );
      const counts = await store.groupCounts(id);
      const byGroup = new Map<string, number>();
      for (const { group, state, count } of await store.counts(id))
        byGroup.set(`${group} ${state}`, count + (byGroup.get(`${group} ${state}`) ?? 0));
      expect(new Map(counts.map(({ group, state, count }) => [`${group} ${state}`, count]))).toEqual(byGroup);
      expect(counts.length).toBeLessThan((await store.counts(id)).length);
    });

    it('takes a failed rollout up again unless another one is live', async () => {
      const { id, epoch } = await make({ project: 'again' });
      expect(await store.reviveRollout(id, event, NOW)).toEqual({ kind: 'refused', state: 'preparing' });
      const status = { state: 'failed' as const, cause: 'x', next: null, groups: [] };
      await store.saveStatus(id, epoch, status, NOW);
      expect(await store.reviveRollout(id, event, NOW)).toEqual({ kind: 'revived' });
      expect(await store.getRollout(id)).toMatchObject({ state: 'preparing', finishedAtMs: null, cause: null });
      await store.saveStatus(id, epoch, status, NOW);
      await store.createRollout(newRollout('againtwo', { project: 'again' }), created);
      expect(await store.reviveRollout(id, event, NOW)).toEqual({ kind: 'live', id: 'againtwo' });
    });

    it('chains its events, and notices a change', async () => {
      const { id } = await make();
      const views = [];
      for (const n of [1, 2, 3]) {
        views.push(await store.appendEvent(id, { kind: 'N', actor: 'a', reason: 'r', data: { n, a: { b: 1 } } }, NOW));
      }
      const all = await store.events(id, 0, 100);
      expect(all.slice(-3)).toEqual(views);
      expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
      expect(new Set(all.map(({ hash }) => hash)).size).toBe(4);
      expect(await store.events(id, 2, 1)).toEqual([all[2]]);
      expect(await store.verifyEvents(id)).toBeUndefined();
      expect((await store.getRollout(id))?.lastEvent).toBe(4);
    });

    it('appends events in turn when many are written at once', async () => {
      const { id } = await make();
      await Promise.all(Array.from({ length: 25 }, (_, i) => store.appendEvent(id, { ...event, data: { i } }, NOW)));
      expect((await store.events(id, 0, 100)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: 26 }, (_, i) => i + 1),
      );
      expect(await store.verifyEvents(id)).toBeUndefined();
    });

    it('claims each target once when many slices claim at once', async () => {
      const { id, epoch } = await make({ perHost: 40, hosts: ['db-1:5432'] });
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, i) => store.claimSlice(id, slice(epoch, `s${i}`, { limit: 5 }))),
      );
      const all = claims.flat().map((target) => target.id);
      expect(new Set(all).size).toBe(all.length);
      await Promise.all(
        claims.map((part, i) =>
          finish(
            id,
            epoch,
            `s${i}`,
            part.map((target) => applied(target.id)),
          ),
        ),
      );
      const left = 40 - all.length;
      expect(await store.totals(id)).toEqual({ applied: all.length, pending: left });
    });

    it('pages through targets and filters them', async () => {
      const { id, epoch } = await make({ perHost: 6 });
      await store.claimSlice(id, slice(epoch, 's1'));
      await finish(id, epoch, 's1', [failed('t1@db-1:5432')]);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listTargets(id, { limit: 5, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.items.map((item) => item.id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toHaveLength(12);
      expect(new Set(seen).size).toBe(12);
      expect(seen.slice(0, 3)).toEqual(['t0@db-1:5432', 't0@db-2:5432', 't1@db-1:5432']);
      const idsOf = async (filter: object) =>
        (await store.listTargets(id, { limit: 50, ...filter })).items.map((item) => item.id);
      expect(await idsOf({ states: ['failed', 'running'] })).toEqual(['t1@db-1:5432']);
      expect(await idsOf({ group: 'canary', host: 'db-2:5432' })).toEqual(['t0@db-2:5432']);
      expect(await idsOf({ idContains: 't5' })).toEqual(['t5@db-1:5432', 't5@db-2:5432']);
      expect(await idsOf({ idContains: '%' })).toEqual([]);
      await expect(store.listTargets(id, { limit: 5, cursor: 'nonsense' })).rejects.toMatchObject({
        code: 'INPUT_INVALID',
      });
    });

    it('lists rollouts newest first, by project and state, and finds them by prefix', async () => {
      for (const [i, id] of ['pa1', 'pa2', 'pb1'].entries()) {
        const input = newRollout(id, { project: `list-${id}`, createdAtMs: 1_800_000_000_000 + i, perHost: 1 });
        await store.createRollout(input, created);
      }
      const first = await store.listRollouts({ limit: 2 });
      expect(first.items.map((row) => row.id)).toEqual(['pb1', 'pa2']);
      const second = await store.listRollouts({ limit: 1, cursor: first.nextCursor ?? '' });
      expect(second.items.map((row) => row.id)).toEqual(['pa1']);
      expect((await store.listRollouts({ limit: 9, project: 'list-pa2' })).items.map((row) => row.id)).toEqual(['pa2']);
      expect((await store.listRollouts({ limit: 9, project: 'list-pa2', states: ['failed'] })).items).toEqual([]);
      expect(await store.findRollouts('pa')).toEqual(['pa1', 'pa2']);
      expect(await store.findRollouts('pa1')).toEqual(['pa1']);
      expect(await store.findRollouts('zz')).toEqual([]);
    });

    it('keeps targets in quarantine until they are released', async () => {
      const target = (name: string, env = 'prod') => ({
        project: 'ward',
        env,
        target: name,
        reason: 'poison',
        by: 'olga',
      });
      const { by, ...view } = { ...target('b'), since: new Date(NOW).toISOString() };
      expect(await store.quarantine(target('b'), NOW)).toEqual({ kind: 'put', view: { ...view, by } });
      // The first reason stays.
      expect(await store.quarantine({ ...target('b'), reason: 'again' }, NOW + 5)).toMatchObject({
        kind: 'known',
        view,
      });
      for (const name of ['a', 'c']) await store.quarantine(target(name), NOW);
      await store.quarantine(target('a', 'test'), NOW);
      const list = async (filter: object) =>
        (await store.listQuarantine({ project: 'ward', limit: 9, ...filter })).items;
      expect((await list({ env: 'prod' })).map((one) => one.target)).toEqual(['a', 'b', 'c']);
      const first = await store.listQuarantine({ project: 'ward', limit: 2 });
      const second = await store.listQuarantine({ project: 'ward', limit: 2, cursor: first.nextCursor ?? '' });
      expect([...first.items, ...second.items].map((one) => `${one.env} ${one.target}`)).toEqual([
        'prod a',
        'prod b',
        'prod c',
        'test a',
      ]);
      expect(second.nextCursor).toBeUndefined();
      expect(await store.releaseQuarantine({ ...target('b'), by: 'kim' }, NOW + 9)).toMatchObject(view);
      expect(await store.releaseQuarantine(target('b'), NOW + 9)).toBeUndefined();
      expect((await list({ env: 'prod' })).map((one) => one.target)).toEqual(['a', 'c']);
      expect(await store.quarantine({ ...target('b'), reason: 'sick again' }, NOW + 10)).toMatchObject({ kind: 'put' });
    });

    it('leaves targets in quarantine out of a new rollout, and counts them', async () => {
      const rollout = newRollout('ward000001', { perHost: 2 });
      const targets = [...rollout.targets].map((one, i) => (i === 2 ? { ...one, quarantined: 'poison' } : one));
      await store.createRollout({ ...rollout, targets }, created);
      const epoch = await store.takeOver('ward000001');
      expect(await store.totals('ward000001')).toEqual({ pending: 3, quarantined: 1 });
      expect(await store.getTarget('ward000001', 't1@db-1:5432')).toMatchObject({
        state: 'quarantined',
        reason: 'poison',
      });
      expect(await store.claimSlice('ward000001', slice(epoch, 's1'))).toEqual([]);
    });

    it('keeps the trace that a rollout is part of, also for who reads it later', async () => {
      const trace = { traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16), sampled: false, state: 'ci=7' };
      await store.createRollout(newRollout('traced0001', { trace }), created);
      await store.createRollout(newRollout('traced0002'), created);
      const live = await store.liveRollouts();
      const traces = ['traced0001', 'traced0002'].map((id) => live.find((row) => row.id === id)?.trace);
      expect(traces).toEqual([trace, null]);
    });

    it('keeps which throttles were lifted, by whom and why, each once', async () => {
      const { id } = await make();
      const lift = (throttle: string, by: string) =>
        store.liftThrottle(id, { throttle, by, reason: `${by} says so` }, NOW);
      await Promise.all([lift('lag', 'olga'), lift('queue', 'kim')]);
      await lift('lag', 'zoe');
      expect((await store.getRollout(id))?.liftedThrottles.toSorted()).toEqual(['lag', 'queue']);
      const trail = (await store.events(id, 0, 99)).filter(({ kind }) => kind === 'ThrottleLifted');
      expect(trail).toHaveLength(2);
      expect(trail).toContainEqual(
        expect.objectContaining({ actor: 'olga', reason: 'olga says so', data: { throttle: 'lag' } }),
      );
      expect(await store.verifyEvents(id)).toBeUndefined();
    });

    it('overrides freezes once a second person has confirmed it', async () => {
      const { id } = await make();
      const ask = (by: string, more: object = {}) =>
        store.overrideFreeze(id, { by, reason: `${by} says so`, ...more }, NOW);
      const trail = async () => (await store.events(id, 0, 99)).filter(({ kind }) => kind.startsWith('FreezeOverrid'));
      const request = { reason: 'olga says so', requestedBy: 'olga', requestedAtMs: NOW };
      const open = { ...request, approvedBy: null, approvedAtMs: null };
      expect(await ask('olga')).toEqual({ kind: 'requested', override: open });
      expect(await ask('olga')).toEqual({ kind: 'same_person', override: open });
      expect((await store.getRollout(id))?.freezeOverride).toEqual(open);
      const override = { ...request, approvedBy: 'kim', approvedAtMs: NOW };
      expect(await ask('kim')).toEqual({ kind: 'overridden', override });
      expect(await ask('zoe')).toEqual({ kind: 'known', override });
      expect((await store.getRollout(id))?.freezeOverride).toEqual(override);
      expect(await trail()).toMatchObject([
        { kind: 'FreezeOverrideRequested', actor: 'olga', reason: 'olga says so', data: {} },
        {
          kind: 'FreezeOverridden',
          actor: 'kim',
          reason: 'kim says so',
          data: { requestedBy: 'olga', approvedBy: 'kim' },
        },
      ]);
      expect(await store.verifyEvents(id)).toBeUndefined();
    });

    it('of two who ask for an override at once one asks, and the other confirms', async () => {
      const { id } = await make();
      const ask = (by: string) => store.overrideFreeze(id, { by, reason: 'outage' }, NOW);
      const kinds = (await Promise.all([ask('olga'), ask('kim'), ask('olga')])).map(({ kind }) => kind);
      const row = await store.getRollout(id);
      expect(new Set([row?.freezeOverride?.requestedBy, row?.freezeOverride?.approvedBy])).toEqual(
        new Set(['olga', 'kim']),
      );
      expect(kinds.filter((kind) => kind === 'requested' || kind === 'overridden').toSorted()).toEqual([
        'overridden',
        'requested',
      ]);
    });

    it('lets a request that nobody confirms within an hour be a request of nobody', async () => {
      const { id } = await make();
      const ask = (by: string, atMs: number) => store.overrideFreeze(id, { by, reason: 'outage' }, atMs);
      expect(await ask('olga', NOW)).toMatchObject({ kind: 'requested' });
      const late = NOW + 3_600_001;
      expect(await ask('kim', late)).toMatchObject({ kind: 'requested', override: { requestedBy: 'kim' } });
      expect(await ask('olga', late + 3_600_000)).toMatchObject({
        kind: 'overridden',
        override: { requestedBy: 'kim', approvedBy: 'olga' },
      });
    });

    it('takes an override along with the creation, with the second person named', async () => {
      const rollout = newRollout('glass00001');
      const override = { by: 'olga', reason: 'outage', approvedBy: 'kim' };
      await store.createRollout({ ...rollout, override }, created);
      expect((await store.getRollout('glass00001'))?.freezeOverride).toMatchObject({
        requestedBy: 'olga',
        approvedBy: 'kim',
      });
      const kinds = (await store.events('glass00001', 0, 9)).map(({ kind }) => kind);
      expect(kinds).toEqual(['RolloutCreated', 'FreezeOverrideRequested', 'FreezeOverridden']);
    });

    it('lets so many targets of an env start in any hour, counted once each, over its rollouts', async () => {
      const ask = (rolloutId: string, target: string, nowMs: number, more: object = {}) =>
        store.startUnderCap({ project: 'cap', env: 'prod', rolloutId, target, max: 2, ...more }, nowMs);
      const hour = 3_600_000;
      expect(await ask('cap1', 'a', NOW)).toBeUndefined();
      expect(await ask('cap1', 'b', NOW + 10)).toBeUndefined();
      expect(await ask('cap1', 'c', NOW + 20)).toBe(NOW + hour);
      expect(await ask('cap1', 'c', NOW + 20, { max: 1 })).toBe(NOW + 10 + hour);
      expect(await ask('cap2', 'c', NOW + 20)).toBe(NOW + hour);
      // Tried again, or asked once more by the same rollout.
      expect(await ask('cap1', 'a', NOW + 30)).toBeUndefined();
      expect(await ask('cap2', 'a', NOW + 30, { env: 'test' })).toBeUndefined();
      expect(await ask('cap2', 'a', NOW + 30)).toBe(NOW + hour);
      expect(await ask('cap2', 'c', NOW + hour)).toBeUndefined();
      expect(await ask('cap2', 'd', NOW + hour)).toBe(NOW + 10 + hour);
      // The first start is an hour ago: it would be a second one.
      expect(await ask('cap1', 'a', NOW + hour)).toBe(NOW + 10 + hour);
      expect(await ask('cap1', 'a', NOW + 10 + hour)).toBeUndefined();
    });

    it('keeps the cap exactly where many ask at once', async () => {
      const start = { project: 'rush', env: 'prod', max: 5 };
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.startUnderCap({ ...start, rolloutId: `rush${i % 2}`, target: `t${i}` }, NOW + i),
        ),
      );
      expect(answers.filter((untilMs) => untilMs === undefined)).toHaveLength(5);
    });

    it('tells what other processes have in flight, the newest word of each, and forgets the silent', async () => {
      const { id } = await make();
      const flight = (target: string, sinceMs: number) => ({ target, host: 'db-1:5432', group: 'rest', sinceMs });
      const told = (holder: string, sinceMs = NOW) => store.flightsElsewhere(id, holder, sinceMs);
      await store.reportFlights('p1', [{ rolloutId: id, flights: [flight('a', 5), flight('b', 1)] }], NOW);
      await store.reportFlights(
        'p2',
        [{ rolloutId: id, flights: [{ ...flight('c', 3), statement: 'select 1' }] }],
        NOW,
      );
      expect((await told('p3')).map(({ target }) => target)).toEqual(['b', 'c', 'a']);
      expect(await told('p1')).toEqual([{ ...flight('c', 3), statement: 'select 1' }]);
      await store.reportFlights('p1', [{ rolloutId: id, flights: [flight('d', 9)] }], NOW + 10);
      expect((await told('p3')).map(({ target }) => target)).toEqual(['c', 'd']);
      expect((await told('p3', NOW + 1)).map(({ target }) => target)).toEqual(['d']);
      await store.reportFlights('p1', [], NOW + 20);
      expect((await told('p3')).map(({ target }) => target)).toEqual(['c']);
    });

    it('keeps commands until they are delivered', async () => {
      const { id } = await make();
      await store.putCommand(id, { id: 'cmd-1', verb: 'pause', payload: { reason: 'x' } }, NOW);
      await store.putCommand(id, { id: 'cmd-1', verb: 'pause', payload: { reason: 'x' } }, NOW);
      await store.putCommand(id, { id: 'cmd-2', verb: 'abort', payload: {} }, NOW + 1);
      expect(await store.undeliveredCommands()).toEqual([
        { rolloutId: id, id: 'cmd-1', verb: 'pause', payload: { reason: 'x' } },
        { rolloutId: id, id: 'cmd-2', verb: 'abort', payload: {} },
      ]);
      await store.commandDelivered('cmd-1');
      expect((await store.undeliveredCommands()).map((command) => command.id)).toEqual(['cmd-2']);
      await store.commandDelivered('cmd-2');
    });

    it('finds everything again when it is opened a second time', async () => {
      const { id } = await make();
      const other = await open();
      expect(await other.getRollout(id)).toEqual(await store.getRollout(id));
      expect(await other.gate(id)).toMatchObject({ state: 'open' });
      expect(await other.check()).toEqual([]);
      await other.close();
    });
  });
}
