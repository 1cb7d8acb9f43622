import { describe, expect, it } from 'vitest';
import { waitOf } from '../../../src/app/start-policies/start-policy.ts';
import { timeWindows } from '../../../src/app/start-policies/time-windows.ts';
import type { AllowedTimes, Freeze, StartWindow } from '../../../src/shared/start-windows.ts';

const NEW_YORK = 'America/New_York';
const freeze: Freeze = {
  kind: 'freeze',
  name: 'sale',
  labels: {},
  zone: NEW_YORK,
  fromMs: Date.parse('2026-11-27T05:00:00Z'),
  toMs: Date.parse('2026-11-30T11:00:00Z'),
};
const nights: AllowedTimes = {
  kind: 'allow',
  labels: {},
  zone: 'Europe/Berlin',
  days: ['mon', 'fri'],
  fromMinute: 22 * 60,
  toMinute: 5 * 60,
};

const ask = (
  windows: readonly StartWindow[],
  now: string,
  target: { group?: string; labels?: Record<string, string> } = {},
) =>
  timeWindows(
    { nowMs: () => Date.parse(now) },
    [],
  )({ group: 'rest', labels: {}, overridden: false, windows, ...target });

describe('a freeze', () => {
  it.each([
    ['2026-11-27T04:59:59.999Z', undefined],
    ['2026-11-27T05:00:00.000Z', 'freeze "sale" until 2026-11-30 06:00 America/New_York'],
    ['2026-11-30T10:59:59.999Z', 'freeze "sale" until 2026-11-30 06:00 America/New_York'],
    ['2026-11-30T11:00:00.000Z', undefined],
  ])('at %s: %s', (now, reason) => {
    expect(ask([freeze], now)?.reason).toBe(reason);
  });

  it('concerns its group and the targets with all of its labels', () => {
    const now = '2026-11-28T00:00:00Z';
    expect(ask([{ ...freeze, group: 'canary' }], now)).toBeUndefined();
    expect(ask([{ ...freeze, group: 'rest' }], now)?.policy).toBe('freeze');
    const gold = { ...freeze, labels: { tier: 'gold', region: 'us' } };
    expect(ask([gold], now, { labels: { tier: 'gold' } })).toBeUndefined();
    expect(ask([gold], now, { labels: { tier: 'gold', region: 'us', more: 'x' } })?.policy).toBe('freeze');
  });

  it('holds also where a time is allowed; of several the last to end is named', () => {
    const always: AllowedTimes = { ...nights, days: ['fri', 'sat'], fromMinute: 0, toMinute: 1440 };
    const longer = { ...freeze, name: 'longer', toMs: freeze.toMs + 1 };
    expect(ask([always, freeze, longer], '2026-11-28T00:00:00Z')?.reason).toContain('"longer"');
  });
});

it('a freeze of the daemon holds whatever the project file says', () => {
  const policy = timeWindows({ nowMs: () => freeze.fromMs }, [freeze]);
  expect(policy({ group: 'rest', labels: {}, overridden: false, windows: [] })?.policy).toBe('freeze');
});

it('nothing holds a rollout for which two people have overridden it', () => {
  const never: AllowedTimes = { ...nights, days: [] };
  const question = { group: 'rest', labels: {}, windows: [never, { ...never, group: 'rest' }] };
  const policy = timeWindows({ nowMs: () => freeze.fromMs }, [freeze]);
  expect(policy({ ...question, overridden: false })).toBeDefined();
  expect(policy({ ...question, overridden: true })).toBeUndefined();
});

describe('allowed times', () => {
  // Berlin is at +01:00; 27 November 2026 is a Friday.
  it.each([
    ['2026-11-27T20:59:00Z', 'outside of the allowed times until 2026-11-27 22:00 Europe/Berlin'],
    ['2026-11-27T21:00:00Z', undefined],
    ['2026-11-28T03:59:59Z', undefined],
    ['2026-11-28T04:00:00Z', 'outside of the allowed times until 2026-11-30 22:00 Europe/Berlin'],
    // Sunday night does not begin on an allowed day.
    ['2026-11-30T02:00:00Z', 'outside of the allowed times until 2026-11-30 22:00 Europe/Berlin'],
    ['2026-12-01T04:30:00Z', 'outside of the allowed times until 2026-12-04 22:00 Europe/Berlin'],
  ])('at %s: %s', (now, reason) => {
    expect(ask([nights], now)?.reason).toBe(reason);
  });

  it('one of a level is enough; what a group allows narrows what its deployment allows', () => {
    const noon: AllowedTimes = { ...nights, fromMinute: 720, toMinute: 780 };
    const now = '2026-11-27T11:30:00Z';
    expect(ask([nights, noon], now)).toBeUndefined();
    expect(ask([noon, { ...nights, group: 'rest' }], now)?.policy).toBe('allowed_times');
    expect(ask([noon, { ...nights, group: 'canary' }], now)).toBeUndefined();
    expect(ask([{ ...nights, labels: { tier: 'gold' } }], now)).toBeUndefined();
  });

  it('that the clocks skip begin when the clocks have jumped, and times that are shown twice count twice', () => {
    const daily = { ...nights, zone: NEW_YORK, days: ['sun'] } as const;
    // 02:30 to 04:00 on 8 March: the clocks jump from 02:00 to 03:00 at 07:00 UTC.
    const skipped = { ...daily, fromMinute: 150, toMinute: 240 };
    expect(ask([skipped], '2026-03-08T06:59:59Z')?.policy).toBe('allowed_times');
    expect(ask([skipped], '2026-03-08T07:00:00Z')).toBeUndefined();
    expect(ask([skipped], '2026-03-08T08:00:00Z')?.policy).toBe('allowed_times');
    // 01:00 to 01:30 on 1 November.
    const doubled = { ...daily, fromMinute: 60, toMinute: 90 };
    const allowed = ['05:15', '05:45', '06:15', '06:45'].map((at) => ask([doubled], `2026-11-01T${at}:00Z`));
    expect(allowed.map((hold) => hold === undefined)).toEqual([true, false, true, false]);
    expect(new Date(allowed[1]?.untilMs ?? 0).toISOString()).toBe('2026-11-01T06:00:00.000Z');
    // A time that lies wholly in the jump comes on the next Sunday.
    const never = { ...daily, fromMinute: 130, toMinute: 150 };
    expect(ask([never], '2026-03-08T06:00:00Z')?.reason).toContain('2026-03-15 02:10');
  });

  it('follow the clock when it jumps, either way', () => {
    let now = '2026-11-27T21:30:00Z';
    const policy = timeWindows({ nowMs: () => Date.parse(now) }, []);
    const question = { group: 'rest', labels: {}, overridden: false, windows: [nights] };
    expect(policy(question)).toBeUndefined();
    now = '2026-11-27T20:30:00Z';
    expect(policy(question)?.policy).toBe('allowed_times');
    now = '2026-11-27T22:30:00Z';
    expect(policy(question)).toBeUndefined();
  });
});

it('policies are asked again at the end of what holds, not at once and not too late', () => {
  const hold = { policy: 'freeze', reason: '', untilMs: 100_000 } as const;
  expect([0, 99_900, 200_000, -10_000_000].map((now) => waitOf(hold, now))).toEqual([100_000, 1_000, 1_000, 600_000]);
});
