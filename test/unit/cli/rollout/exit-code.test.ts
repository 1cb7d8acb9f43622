import { expect, it } from 'vitest';
import { exitCodeOf } from '../../../../src/cli/rollout/exit-code.ts';
import { ROLLOUT_STATES } from '../../../../src/shared/states.ts';

it('exit codes are those that CI scripts rely on', () => {
  expect(Object.fromEntries(ROLLOUT_STATES.map((state) => [state, exitCodeOf(state)]))).toEqual({
    preparing: undefined,
    running: undefined,
    draining: undefined,
    paused: 2,
    awaiting_approval: 2,
    baking: undefined,
    succeeded: 0,
    failed: 3,
    aborted: 4,
    reverting: undefined,
    reverted: 4,
  });
});
