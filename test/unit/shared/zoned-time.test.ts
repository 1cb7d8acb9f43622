import { describe, expect, it } from 'vitest';
import { isTimeZone, toInstants, toLocalMs } from '../../../src/shared/zoned-time.ts';

const instants = (local: string, zone: string): readonly string[] => {
  const { first, second } = toInstants(Date.parse(`${local}Z`), zone);
  return [new Date(first).toISOString().slice(0, 16), new Date(second).toISOString().slice(0, 16)];
};

describe('local times', () => {
  it.each([
    // A plain day, winter and summer.
    ['2026-01-15T12:00', 'America/New_York', '2026-01-15T17:00', '2026-01-15T17:00'],
    ['2026-07-15T12:00', 'America/New_York', '2026-07-15T16:00', '2026-07-15T16:00'],
    // Clocks go forward on 8 March 2026 at 02:00: 02:30 is not shown.
    ['2026-03-08T01:59', 'America/New_York', '2026-03-08T06:59', '2026-03-08T06:59'],
    ['2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30', '2026-03-08T07:30'],
    ['2026-03-08T03:00', 'America/New_York', '2026-03-08T07:00', '2026-03-08T07:00'],
    // Back on 1 November 2026 at 02:00: 01:30 is shown twice.
    ['2026-11-01T00:59', 'America/New_York', '2026-11-01T04:59', '2026-11-01T04:59'],
    ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30', '2026-11-01T06:30'],
    ['2026-11-01T02:00', 'America/New_York', '2026-11-01T07:00', '2026-11-01T07:00'],
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30', '2026-10-25T01:30'],
    // Half an hour of summer time, and a zone that skipped a whole day.
    ['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45', '2026-04-04T15:15'],
    ['2011-12-31T12:00', 'Pacific/Apia', '2011-12-30T22:00', '2011-12-30T22:00'],
    ['2026-11-27T00:00', 'UTC', '2026-11-27T00:00', '2026-11-27T00:00'],
  ])('%s %s', (local, zone, first, second) => {
    expect(instants(local, zone)).toEqual([first, second]);
  });

  it('are what the clocks show', () => {
    expect(new Date(toLocalMs(Date.parse('2026-11-01T06:30:00Z'), 'America/New_York')).toISOString()).toBe(
      '2026-11-01T01:30:00.000Z',
    );
    expect(new Date(toLocalMs(Date.parse('2026-01-01T00:00:00Z'), 'Asia/Kolkata')).toISOString()).toBe(
      '2026-01-01T05:30:00.000Z',
    );
  });
});

it('knows the zones of the IANA list', () => {
  expect(['Europe/Berlin', 'UTC', 'Europe/Berlim', ''].map(isTimeZone)).toEqual([true, true, false, false]);
});
