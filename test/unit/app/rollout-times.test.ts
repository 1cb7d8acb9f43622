import { expect, it } from 'vitest';
import { rolloutTimes } from '../../../src/app/rollout-times.ts';

it('adds up where the time of a rollout went', () => {
  const times = rolloutTimes(1_000, [
    { atMs: 1_500, to: 'running' },
    { atMs: 2_500, to: 'baking' },
    { atMs: 4_500, to: 'awaiting_approval' },
    { atMs: 8_500, to: 'running' },
    { atMs: 8_600, to: 'draining' },
    { atMs: 8_700, to: 'paused' },
    { atMs: 16_700, to: 'failed' },
  ]);
  expect(times).toEqual({ durationMs: 15_700, workingMs: 1_700, pausedMs: 8_000, approvalMs: 4_000 });
});

it('takes no time back where the clocks of two processes differ', () => {
  expect(rolloutTimes(1_000, [{ atMs: 900, to: 'succeeded' }]).durationMs).toBe(0);
});
