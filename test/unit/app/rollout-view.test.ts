import { describe, expect, it } from 'vitest';
import { visibleState } from '../../../src/app/rollout-view.ts';
import type { Gate } from '../../../src/store/types.ts';

const row = (state: Parameters<typeof visibleState>[0]['state'], cause: string | null = null) => ({
  id: 'r1',
  state,
  cause,
  next: null,
});
const gate = (more: Partial<Gate> = {}): Gate => ({
  epoch: 1,
  state: 'closed',
  pauseSeq: 1,
  operator: true,
  terminal: false,
  reason: 'lunch',
  by: 'olga',
  cancels: false,
  ...more,
});

describe('the visible state', () => {
  it('is draining, then paused, as soon as an operator has closed the gate', () => {
    expect(visibleState(row('running'), gate(), { running: 2, pending: 3 })).toEqual({
      state: 'draining',
      cause: 'paused by olga: lunch',
      next: 'flotilla rollout resume r1',
    });
    expect(visibleState(row('running'), gate(), { pending: 3 }).state).toBe('paused');
    for (const state of ['baking', 'awaiting_approval', 'preparing'] as const) {
      expect(visibleState(row(state), gate(), { pending: 3 }).state).toBe('paused');
    }
  });

  it("is the workflow's own where the workflow has closed the gate", () => {
    expect(visibleState(row('running'), gate({ operator: false }), {}).state).toBe('running');
    expect(visibleState(row('running'), gate({ state: 'open' }), {}).state).toBe('running');
    expect(visibleState(row('paused', 'budget'), gate(), {})).toMatchObject({ state: 'paused', cause: 'budget' });
    expect(visibleState(row('awaiting_approval'), gate({ operator: false }), {}).state).toBe('awaiting_approval');
  });

  it('is draining between an abort and its end, and final afterwards', () => {
    const aborted = gate({ terminal: true });
    expect(visibleState(row('paused', 'x'), aborted, {})).toMatchObject({
      state: 'draining',
      cause: 'aborted by olga: lunch',
      next: null,
    });
    expect(visibleState(row('aborted', 'x'), aborted, {}).state).toBe('aborted');
  });
});
