import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSlice } from '../../../src/app/run-slice.ts';
import { hourlyCap } from '../../../src/app/start-policies/hourly-cap.ts';
import { realClock, type SliceFixture, sliceFixture, urlOf } from './slice-fixture.ts';

const ID = 'caps000001';

describe('a cap on targets an hour', () => {
  let f: SliceFixture;
  beforeEach(async () => {
    f = await sliceFixture(ID);
  });
  afterEach(() => f.close());
  const never = new AbortController().signal;
  const signals = { stop: never, cancel: never, again: false };
  const ask = (everywhere: number, maxPerHour: number | undefined, target: string, starts = true) =>
    hourlyCap(
      { store: f.store, clock: realClock },
      everywhere,
    )({
      ...{ project: 'p', env: 'prod', rolloutId: ID, group: 'rest', target, labels: {}, windows: [] },
      ...{ url: urlOf(target), throttles: [], lifted: [] },
      ...{ overridden: true, maxPerHour, starts },
    });

  it.each([
    [2, undefined],
    [2, 9],
    [9, 2],
    [0, 2],
  ])('the smaller one counts: %j of the daemon, %j of the deployment', async (everywhere, maxPerHour) => {
    for (const target of ['a', 'b', 'a']) expect(await ask(everywhere, maxPerHour, target)).toBeUndefined();
    const hold = await ask(everywhere, maxPerHour, 'c');
    expect(hold).toMatchObject({ policy: 'targets_per_hour', reason: 'no more than 2 targets an hour' });
    expect(hold?.untilMs).toBeGreaterThan(Date.now() + 3_500_000);
    expect(await ask(0, undefined, 'c')).toBeUndefined();
  });

  it('neither counts nor holds before it is known whether there is anything to do', async () => {
    for (const target of ['a', 'b']) expect(await ask(1, undefined, target, false)).toBeUndefined();
    expect(await ask(1, undefined, 'a')).toBeUndefined();
    expect(await ask(1, undefined, 'b', false)).toBeUndefined();
    expect(await ask(1, undefined, 'b')).toBeDefined();
  });

  it('holds where the store does not answer: what cannot be counted is not started', async () => {
    const store = { startUnderCap: () => Promise.reject(new Error('gone')) };
    const policy = hourlyCap({ store, clock: realClock }, 1);
    const question = { project: 'p', env: 'e', rolloutId: ID, target: 'a', group: 'g', labels: {}, windows: [] };
    const hold = await policy({
      ...question,
      url: urlOf('a'),
      throttles: [],
      lifted: [],
      overridden: false,
      maxPerHour: undefined,
      starts: true,
    });
    expect(hold?.untilMs).toBeLessThan(Date.now() + 60_000);
  });

  it('is kept by lanes that start at once', async () => {
    const deps = { ...f.deps, policies: [hourlyCap(f.deps, 3)] };
    const end = await runSlice(deps, f.input('s1', { maxTargets: 12, lanes: 6 }), signals);
    expect(end).toMatchObject({ counts: { applied: 3 }, wait: { reason: 'no more than 3 targets an hour' } });
    expect(f.asked).toHaveLength(3);
    expect(await runSlice(deps, f.input('s2'), signals)).toMatchObject({ counts: {}, wait: {} });
    expect(f.asked).toHaveLength(3);
  });
});
