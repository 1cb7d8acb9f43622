import { beforeEach, describe, expect, it } from 'vitest';
import { createHeldStarts } from '../../../src/app/held-starts.ts';
import { throttles } from '../../../src/app/start-policies/throttles.ts';
import type { Throttle } from '../../../src/config/types.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/index.ts';
import { urlOf } from './slice-fixture.ts';

const common = { everyMs: 1_000, timeoutMs: 2_000, mask: (text: string) => text.replaceAll('hidden', '(sensitive)') };
const queue = (more: Partial<Extract<Throttle, { kind: 'sql' }>> = {}): Throttle => ({
  kind: 'sql',
  name: 'queue',
  query: 'SELECT n FROM queue',
  ...common,
  ...more,
});
const web: Throttle = {
  kind: 'http',
  name: 'web',
  ...common,
  url: { redacted: 'http://ready/ok', reveal: () => 'http://u:hidden@ready/ok' },
};

describe('throttles', () => {
  let nowMs = 1_000_000;
  let asked: string[] = [];
  let answer: () => Promise<unknown> = async () => 0;
  let status = 200;
  const never = new Promise<never>(() => undefined);
  /** A time-out that comes at once where the test says so. */
  let isLate = false;
  const clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: () => (isLate ? Promise.resolve() : never),
  };
  const policyOf = () =>
    throttles({
      clock,
      limits: DEFAULT_LIMITS,
      engine: {
        query: async (url) => {
          asked.push(url.host);
          return { columns: ['n'], rows: [[await answer()]] };
        },
        replicaLag: async () => ({ unknown: 'not asked for here' }),
        runningThreads: async () => ({ unknown: 'not asked for here' }),
      },
      httpStatus: async () => status,
    });
  const ask = (
    policy: ReturnType<typeof policyOf>,
    all: readonly Throttle[],
    host = 'db-1:5432',
    group = 'all',
    lifted: readonly string[] = [],
  ) =>
    policy({
      ...{ project: 'p', env: 'e', rolloutId: 'r', target: 't', group, labels: {}, windows: [], overridden: false },
      ...{ maxPerHour: undefined, starts: true, url: urlOf('t', host), throttles: all, lifted },
    });
  beforeEach(() => {
    asked = [];
    answer = async () => 0;
    status = 200;
    isLate = false;
  });

  it('are asked once a while for all targets of a host, also at once, and for each host', async () => {
    const policy = policyOf();
    await Promise.all([ask(policy, [queue()]), ask(policy, [queue()]), ask(policy, [queue()], 'db-2:5432')]);
    expect(asked.toSorted()).toEqual(['db-1:5432', 'db-2:5432']);
    nowMs += 999;
    await ask(policy, [queue()]);
    expect(asked).toHaveLength(2);
    nowMs += 1;
    await ask(policy, [queue()]);
    expect(asked).toHaveLength(3);
  });

  it.each([
    [0, undefined, undefined],
    [false, undefined, undefined],
    ['off', undefined, undefined],
    [1, undefined, 'its query gives 1'],
    [true, undefined, 'its query gives true'],
    ['maybe', undefined, 'its query gives neither true nor false'],
    [null, undefined, 'its query gives no value'],
    [5, 5, undefined],
    ['5.5', 5, 'its query gives 5.5, max 5'],
    ['many', 5, 'its query gives no number'],
    [undefined, 5, 'its query gives no value'],
  ])('a query that gives %j with max %j: %j', async (value, max, reason) => {
    answer = async () => value;
    const hold = await ask(policyOf(), [queue(max === undefined ? {} : { max })]);
    expect(hold?.reason).toBe(reason === undefined ? undefined : `throttle "queue": ${reason}`);
    if (reason !== undefined) expect(hold).toMatchObject({ policy: 'sql', scope: 'host' });
  });

  it('hold where there is no answer, and show nothing that is secret', async () => {
    answer = () => Promise.reject(new Error('no user "hidden"'));
    const hold = await ask(policyOf(), [queue()]);
    expect(hold?.reason).toBe('throttle "queue": not known: no user "(sensitive)"');
    answer = () => never;
    isLate = true;
    expect((await ask(policyOf(), [queue()]))?.reason).toBe('throttle "queue": no answer within 2s');
  });

  it('any one holds: of several that for all goes first, and each is said', async () => {
    const policy = policyOf();
    status = 503;
    answer = async () => 7;
    expect(await ask(policy, [queue({ max: 3 }), web])).toMatchObject({
      policy: 'http',
      scope: 'group',
      reason: 'throttle "web": http://ready/ok answers 503; throttle "queue": its query gives 7, max 3',
    });
    const inOther = { ...web, group: 'other' };
    expect(await ask(policy, [inOther])).toBeUndefined();
    expect(await ask(policy, [inOther], 'db-1:5432', 'other')).toMatchObject({ policy: 'http' });
    expect(await ask(policy, [queue({ max: 3 }), web], 'db-1:5432', 'all', ['web'])).toMatchObject({ policy: 'sql' });
    expect(await ask(policy, [queue({ max: 3 }), web], 'db-1:5432', 'all', ['queue', 'web'])).toBeUndefined();
    // In a fixed place it concerns all, whatever their host.
    expect(await ask(policy, [queue({ max: 3, url: urlOf('m', 'mon:5432') })])).toMatchObject({ scope: 'group' });
  });

  it('are asked less often the longer they hold, and change their words rarely', async () => {
    const policy = policyOf();
    answer = async () => 11;
    const first = await ask(policy, [queue({ max: 3 })]);
    expect(first?.untilMs).toBe(nowMs + 1_000);
    nowMs += 20_000;
    answer = async () => 12;
    const later = await ask(policy, [queue({ max: 3 })]);
    expect(later).toMatchObject({ reason: first?.reason, untilMs: nowMs + 5_000 });
    nowMs += 50_000;
    expect(await ask(policy, [queue({ max: 3 })])).toMatchObject({
      reason: 'throttle "queue": its query gives 12, max 3',
      untilMs: nowMs + 10_000,
    });
    answer = async () => 3;
    nowMs += 1_000;
    expect(await ask(policy, [queue({ max: 3 })])).toBeUndefined();
    answer = async () => 4;
    nowMs += 1_000;
    expect((await ask(policy, [queue({ max: 3 })]))?.untilMs).toBe(nowMs + 1_000);
  });
});

describe('what is held', () => {
  const place = { rolloutId: 'r', group: 'all', host: 'a' };
  const hold = { policy: 'sql', reason: 'x', untilMs: 0, scope: 'host' } as const;

  it('is new once, is timed, and is over with the first start or when nobody asks any more', () => {
    let nowMs = 0;
    const held = createHeldStarts({ monotonicMs: () => nowMs });
    expect(held.note(place, hold, 1_000)).toEqual({ isNew: true, heldMs: 0 });
    nowMs = 1_200;
    expect(held.note(place, hold, 2_000)).toEqual({ isNew: false, heldMs: 1_200 });
    held.note({ ...place, host: 'b' }, hold, 60_000);
    held.note(place, { ...hold, policy: 'freeze', scope: 'group' }, 60_000);
    expect(held.throttled()).toEqual([{ reason: 'sql', group: 'all', count: 2 }]);
    expect([...held.countByPolicy()]).toEqual([
      ['sql', 2],
      ['freeze', 1],
    ]);
    nowMs = 2_000;
    expect(held.release(place)).toEqual([
      { policy: 'sql', host: 'a', totalMs: 2_000, heldMs: 800 },
      { policy: 'freeze', totalMs: 800, heldMs: 800 },
    ]);
    expect(held.release(place)).toEqual([]);
    nowMs = 70_000;
    expect(held.throttled()).toEqual([]);
    expect(held.countByPolicy().size).toBe(0);
  });
});
