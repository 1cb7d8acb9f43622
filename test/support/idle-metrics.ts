import type { createMetrics } from '../../src/observability/metrics.ts';

/** What `createMetrics` asks of a process, for one in which nothing goes on. */
export const IDLE: Parameters<typeof createMetrics>[0] = {
  version: '1',
  liveRollouts: async () => [],
  nowMs: () => 0,
  inUse: () => 0,
  throttled: () => [],
  startsHeld: () => new Map(),
  hostPlaces: () => 0,
};
