import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseGoDuration, printGoDuration } from '../../../src/shared/go-duration.ts';

it.each([
  ['1h30m', 5_400_000],
  ['200ms', 200],
  ['1.5s', 1_500],
  ['10m', 600_000],
  ['2m3.5s', 123_500],
  ['57.097µs', 0.057097],
  ['0', 0],
  ['-1s', -1_000],
])('reads %s as %d ms', (text, ms) => {
  expect(parseGoDuration(text)).toBeCloseTo(ms, 9);
});

it.each(['', '1', '1x', 's', '1s2', '1 s', '--1s'])('refuses %j', (text) => {
  expect(parseGoDuration(text)).toBeUndefined();
});

it.each([
  [0, '0s'],
  [0.000001, '1ns'],
  [0.057097, '57.097µs'],
  [1.234, '1.234ms'],
  [123_500, '2m3.5s'],
  [5_400_000, '1h30m0s'],
  [60_000, '1m0s'],
  [-1_500, '-1.5s'],
])('prints %d ms as %s', (ms, text) => {
  expect(printGoDuration(ms)).toBe(text);
});

it('reads back what it prints, to the nanosecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e15 }), (ns) => {
      expect(Math.round((parseGoDuration(printGoDuration(ns / 1e6)) ?? Number.NaN) * 1e6)).toBe(ns);
    }),
  );
});
