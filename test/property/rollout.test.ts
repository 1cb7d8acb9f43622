import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Operation, type Try, World, type WorldInput } from './rollout-model.ts';

const RUNS = Number(process.env.FLOTILLA_PROPERTY_RUNS ?? 100_000);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constantFrom<Operation>(
    { kind: 'pause' },
    { kind: 'resume' },
    { kind: 'pause' },
    { kind: 'resume' },
    { kind: 'lostPause' },
    { kind: 'promote' },
    { kind: 'approve' },
    { kind: 'retry' },
    { kind: 'skip' },
    { kind: 'raiseBudget' },
    { kind: 'overrideFreeze' },
    { kind: 'strangerCloses' },
    { kind: 'redeliver' },
    { kind: 'abort' },
    { kind: 'revert' },
  ),
  fc.record({
    kind: fc.constant('join' as const),
    host: fc.nat(2),
    tries: fc.array(fc.constantFrom<Try>('ok', 'fail', 'defer'), { maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('setLimits' as const),
    parallel: fc.integer({ min: 1, max: 4 }),
    perHost: fc.constantFrom(null, 1, 2),
  }),
);

const world: fc.Arbitrary<WorldInput> = fc.record({
  groups: fc.array(
    fc.record({
      parallel: fc.integer({ min: 1, max: 5 }),
      perHost: fc.constantFrom(null, 1, 2),
      maxFailures: fc.constantFrom(null, 0, 1, 2, 3),
      budgetMode: fc.constantFrom('STRICT' as const, 'STRICT' as const, 'SOFT' as const),
      onFailure: fc.constantFrom(
        'PAUSE' as const,
        'PAUSE' as const,
        'ABORT' as const,
        'REVERT_GROUP' as const,
        'REVERT_ALL' as const,
      ),
      approval: fc.boolean(),
      bakeMs: fc.constantFrom(0, 0, 100),
      maxTargetsPerSlice: fc.constantFrom(1, 2, 50),
      lanesPerSlice: fc.constantFrom(1, 1, 2, 4),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  targets: fc.array(
    fc.record({
      group: fc.nat(2),
      host: fc.nat(2),
      tries: fc.array(fc.constantFrom<Try>('ok', 'fail', 'defer'), { maxLength: 3 }),
    }),
    { maxLength: 16 },
  ),
  joiners: fc.constantFrom('TAIL' as const, 'LEAVE' as const, undefined),
  backoffMs: fc.constantFrom([], [10], [10, 20]),
  operations: fc.array(operation, { maxLength: 6 }),
  schedule: fc.array(fc.nat(30), { maxLength: 60, size: 'max' }),
});

test(
  `${RUNS} random orders of events break no promise of a rollout`,
  () => {
    fc.assert(
      fc.property(world, (input) => {
        new World(input).run();
      }),
      { numRuns: RUNS, endOnFailure: false },
    );
  },
  300_000 + 2 * RUNS,
);

test('the random worlds reach every end, and stops by operators, budgets and the gate', () => {
  const seen = new Set<string>();
  for (const input of fc.sample(world, { numRuns: 2_000, seed: 1 })) {
    const made = new World(input);
    made.run();
    seen.add(made.finish ?? '');
    if (made.slicesRun > 3) seen.add('several slices');
    if (made.targets.some(({ group, state }) => group === 'joined' && state === 'applied')) seen.add('joined, applied');
    if (made.targets.some(({ state }) => state === 'joined')) seen.add('joined, left');
  }
  expect([...seen].toSorted()).toEqual([
    'aborted',
    'failed',
    'joined, applied',
    'joined, left',
    'reverted',
    'several slices',
    'succeeded',
  ]);
});
