import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/rollout/decide.ts';
import { afterVainDrain, canHandOver, isDrainDue, RUN_LIMITS } from '../../../src/rollout/hand-over.ts';
import type { RolloutProgress } from '../../../src/rollout/progress.ts';
import { record, startRollout } from '../../../src/rollout/record.ts';
import type { RunSlice } from '../../../src/rollout/types.ts';

const T0 = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

/** A group on so many hosts, each with a slice in flight; the first slice has told how long a target takes. */
function underway(hosts: number, msPerTarget: number): RolloutProgress {
  let state = startRollout({
    groups: [
      {
        name: 'rest',
        hosts: Array.from({ length: hosts }, (_, i) => ({ host: `h${i}`, pending: 1_000 })),
        failed: 0,
        parallel: hosts,
        perHost: 1,
        maxFailures: null,
        budgetMode: 'STRICT',
        onFailure: 'PAUSE',
        approval: false,
        bakeMs: 0,
        maxTargetsPerSlice: 50,
        state: 'running',
      },
    ],
    backoffMs: [],
    nowMs: T0,
    gateOpen: true,
  });
  const carryOut = (): void => {
    for (const command of decide(state)) state = record(state, { kind: 'CommandIssued', command, atMs: T0 });
  };
  carryOut();
  const counts = { applied: 4 };
  const sliceId = state.slices[0]?.id ?? '';
  state = record(state, {
    kind: 'SliceFinished',
    ...{ sliceId, counts, claimed: 4, gateClosed: false, msPerTarget, atMs: T0 },
  });
  carryOut();
  return state;
}

describe('when a run hands over', () => {
  test('it drains before what is in flight would take it past 2,000 events', () => {
    for (const hosts of [1, 4, 40, 200]) {
      const state = underway(hosts, 10);
      expect(state.slices).toHaveLength(hosts);
      let events = 0;
      while (!isDrainDue(state, { events, ms: HOUR_MS }, RUN_LIMITS)) events += 1;
      // Each of them comes back with five events at the most.
      expect(events + 5 * hosts).toBe(1_800);
    }
  });

  test('it does not drain where that is in vain, or too often', () => {
    const isDue = (msPerTarget: number, ms: number): boolean =>
      isDrainDue(underway(4, msPerTarget), { events: 5_000, ms }, RUN_LIMITS);
    expect([isDue(3_000, HOUR_MS), isDue(3_001, HOUR_MS)]).toEqual([true, false]);
    expect([isDue(10, 60_000), isDue(10, 59_999)]).toEqual([true, false]);
  });

  test('it tries again when it is twice as long, so a few times at the most', () => {
    const state = underway(4, 10);
    let limits = RUN_LIMITS;
    const tries: number[] = [];
    for (let events = 0; events < 16_000; events += 1) {
      if (!isDrainDue(state, { events, ms: HOUR_MS }, limits)) continue;
      tries.push(events);
      limits = afterVainDrain(limits, events);
    }
    expect(tries).toEqual([1_780, 3_540, 7_060, 14_100]);
  });

  test('it hands over only when nothing is out whose answer would be lost', () => {
    const state = underway(2, 10);
    expect(canHandOver(state)).toBe(false);
    expect(canHandOver({ ...state, slices: [] })).toBe(true);
    expect(canHandOver({ ...state, slices: [], gate: { ...state.gate, request: { kind: 'close' } } })).toBe(false);
  });
});

describe('how long a slice of many lanes is', () => {
  const sizeOf = (pending: number, msPerTarget: number): number => {
    const state = underway(1, msPerTarget);
    const groups = state.groups.map((group) => ({
      ...group,
      ...{ parallel: 16, perHost: 16, lanesPerSlice: 8, maxTargetsPerSlice: 5_000 },
      hosts: [{ host: 'h0', pending, deferred: 0, slices: 0, lanes: 0, reserved: 0 }],
    }));
    const [command] = decide({ ...state, groups, slices: [] }) as readonly RunSlice[];
    return command?.maxMs ?? 0;
  };

  test('as half of what its host has left, so that few events do for many targets and the last slices are short', () => {
    // 16 lanes, 160 ms a target: a hundred a second.
    expect([10_000, 1_000, 400, 200, 100].map((pending) => sizeOf(pending, 160))).toEqual([
      5_000, 5_000, 2_000, 1_000, 1_000,
    ]);
  });

  test('short where nobody knows yet how long a target takes', () => {
    expect(sizeOf(10_000, 0)).toBe(1_000);
  });
});
