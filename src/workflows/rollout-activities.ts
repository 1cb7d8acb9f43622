import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { RolloutActivities } from '../activities/types.ts';
import { ENGINE_QUEUE, ORCHESTRATION_QUEUE } from '../shared/workflow-names.ts';

/**
 * The recovery time after a kill -9 of a worker, and the only rescue of a task that was lost on delivery (temporal.md 12.4, 12.6). With the
 * retry below within the 5 s that are promised. Heartbeats go out every second: three may be late on a starved machine.
 */
const HEARTBEAT_TIMEOUT = '4 seconds';

/** The first retry comes soon: what has failed is a process that was killed, or a store that is back in a moment. */
const RETRY = { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' } as const;

/** Work on databases: hours are legal, attempts unlimited since only infrastructure fails an attempt (targets have outcomes). */
export const engine = proxyActivities<Pick<RolloutActivities, 'applySlice' | 'findJoiners'>>({
  taskQueue: ENGINE_QUEUE,
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  // scheduleToClose stays unset: it would go on while no engine worker is up.
  startToCloseTimeout: '24 hours',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: RETRY,
});

/** Short reads and writes of the store; idempotent, so tried until the store is back. */
export const store = proxyActivities<Omit<RolloutActivities, 'applySlice' | 'findJoiners'>>({
  taskQueue: ORCHESTRATION_QUEUE,
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  startToCloseTimeout: '10 minutes',
  retry: RETRY,
});
