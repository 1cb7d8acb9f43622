import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenRequest, Step } from '../../src/engine/run/ports.ts';
import { DEFAULT_LIMITS, type MigrationTarget, type Revision } from '../../src/engine/run/types.ts';
import type { DatabaseUrl } from '../../src/engine/url/database-url.ts';
import type { Clock } from '../../src/shared/clock.ts';

/** The real clock. */
export const clock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

export const openRequest = (
  url: DatabaseUrl,
  more: Partial<Omit<OpenRequest, 'target'> & MigrationTarget> = {},
): OpenRequest => ({
  target: { id: 't', url, ...(more.revisionsSchema === undefined ? {} : { revisionsSchema: more.revisionsSchema }) },
  limits: more.limits ?? DEFAULT_LIMITS,
  sessionName: more.sessionName ?? 'flotilla test',
  signal: more.signal,
});

export const revision = (version: string, more: Partial<Revision> = {}): Revision => ({
  version,
  description: `d${version}`,
  type: 2,
  applied: 0,
  total: 2,
  executedAt: new Date('2024-05-06T07:08:09.120Z'),
  executionTime: 1234567n,
  error: '',
  errorStmt: '',
  hash: 'aGFzaA==',
  partialHashes: ['h1:x'],
  operatorVersion: 'Flotilla test',
  ...more,
});

export const lockOf = (scope: 'atlas' | 'target', waitMs = 0) => ({ scope, name: 'atlas_migrate_execute', waitMs });

/** From the row before the statement to the one after it. */
export const stepTo = (version: string, applied = 1): Step => ({
  before: revision(version, { applied: applied - 1 }),
  after: revision(version, { applied }),
});
