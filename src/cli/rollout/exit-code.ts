import type { RolloutState } from '../../shared/states.ts';

/** Exit codes of `start --wait` and `status --wait` (DESIGN.md section 8); 1 is any error. */
export const EXIT = { succeeded: 0, error: 1, waitsForPerson: 2, failed: 3, aborted: 4, timedOut: 5 } as const;

/** The exit code of a state in which the rollout has ended or waits for a person; undefined while it goes on by itself. */
export function exitCodeOf(state: RolloutState): number | undefined {
  switch (state) {
    case 'succeeded':
      return EXIT.succeeded;
    case 'paused':
    case 'awaiting_approval':
      return EXIT.waitsForPerson;
    case 'failed':
      return EXIT.failed;
    case 'aborted':
    case 'reverted':
      return EXIT.aborted;
    case 'preparing':
    case 'running':
    case 'draining':
    case 'baking':
    case 'reverting':
      return undefined;
  }
}
