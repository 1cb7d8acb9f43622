import type { App } from '../../src/app/app.ts';
import type { Token } from '../../src/http/authenticate.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { FlotillaEvent } from '../../src/shared/events.ts';
import type { EventView, PlanView, QuarantineView, RolloutView, TargetView } from '../../src/shared/wire.ts';

export const ROLLOUT: RolloutView = {
  id: '01jd7kabcd',
  kind: 'versioned',
  project: 'shop',
  env: 'prod',
  state: 'paused',
  cause: 'canary failed',
  next: 'flotilla rollout retry 01jd7kabcd --failed',
  toVersion: '2',
  targets: 3,
  counts: { applied: 2, failed: 1 },
  groups: [
    {
      name: 'canary',
      state: 'paused',
      size: 3,
      counts: { applied: 2, failed: 1 },
      parallel: 1,
      perHost: null,
      maxFailures: 0,
      approval: false,
      bakeMs: 0,
      dependsOn: [],
    },
  ],
  causes: [
    {
      fingerprint: 'f',
      class: 'permanent',
      code: '42P01',
      message: 'no table',
      count: 1,
      targets: ['a'],
      group: 'canary',
    },
  ],
  inFlight: [{ target: 'b', host: 'h:1', group: 'canary', sinceMs: 1 }],
  createdBy: 'olga',
  createdAt: '2026-01-01T00:00:00.000Z',
  directoryDigest: 'd',
  targetSetDigest: 't',
};
export const TARGET: TargetView = {
  id: 'acme/1',
  group: 'canary',
  host: 'h:1',
  state: 'failed',
  version: null,
  from: null,
  labels: { tier: 'gold' },
  url: 'postgres://h:1/acme',
  attempts: 2,
  error: { class: 'permanent', code: '42P01', message: 'm', fingerprint: 'f' },
};
export const PLAN: PlanView = {
  kind: 'versioned',
  project: 'shop',
  env: 'prod',
  targets: 1,
  states: { pending: 1 },
  toVersion: '2',
  groups: [{ name: 'canary', size: 1, targets: ['a'], notes: [] }],
  plans: [
    {
      ...{ from: '1', to: '2', count: 1, files: ['2.sql'], checks: [{ file: '2.sql', count: 2 }] },
      statements: [{ file: '2.sql', sql: 'SELECT 1', lock: 'x' }],
    },
  ],
  notes: ['n'],
};
export const QUARANTINED: QuarantineView = {
  project: 'shop',
  env: 'prod',
  target: 'acme/1',
  reason: 'poison',
  by: 'olga',
  since: '2026-01-01T00:00:00.000Z',
};
export const event = (seq: number): EventView => ({
  seq,
  at: '2026-01-01T00:00:00.000Z',
  rollout: ROLLOUT.id,
  kind: 'RolloutCreated',
  actor: 'olga',
  data: { targets: 3 },
  hash: `h${seq}`,
});

/** A fake of the App port that notes its calls, and the server over it. */
export async function httpFixture(options: { readonly tokens?: readonly Token[]; readonly app?: Partial<App> } = {}) {
  const calls: unknown[][] = [];
  const events: FlotillaEvent[] = [];
  const errors: unknown[] = [];
  const note =
    <T>(name: string, answer: T) =>
    async (...args: unknown[]): Promise<T> => {
      calls.push([name, ...args]);
      return answer;
    };
  const app: App = {
    startRollout: note('startRollout', ROLLOUT),
    planRollout: note('planRollout', PLAN),
    getRollout: note('getRollout', ROLLOUT),
    listRollouts: note('listRollouts', { items: [ROLLOUT], nextCursor: 'c2' }),
    pauseRollout: note('pauseRollout', ROLLOUT),
    resumeRollout: note('resumeRollout', ROLLOUT),
    promoteRollout: note('promoteRollout', ROLLOUT),
    approveRollout: note('approveRollout', ROLLOUT),
    liftThrottle: note('liftThrottle', ROLLOUT),
    overrideFreeze: note('overrideFreeze', ROLLOUT),
    abortRollout: note('abortRollout', ROLLOUT),
    retryTargets: note('retryTargets', ROLLOUT),
    skipTargets: note('skipTargets', ROLLOUT),
    revertRollout: note('revertRollout', ROLLOUT),
    setLimits: note('setLimits', ROLLOUT),
    listTargets: note('listTargets', { items: [TARGET] }),
    getTarget: note('getTarget', TARGET),
    quarantineTarget: note('quarantineTarget', QUARANTINED),
    releaseTarget: note('releaseTarget', QUARANTINED),
    listQuarantine: note('listQuarantine', { items: [QUARANTINED], nextCursor: 'q2' }),
    listEvents: note('listEvents', [event(1), event(2)]),
    checkEvents: note('checkEvents', { rollout: 'x', events: 2, head: 'h2', intact: false, firstBroken: 2 }),
    waitForEvents: note('waitForEvents', undefined),
    recover: note('recover', undefined),
    ...options.app,
  };
  const server = await createHttpServer({
    app,
    facts: { version: '1.2.3', projects: () => ['shop'] },
    tokens: options.tokens ?? [],
    readiness: async () => ({ store: 'ok', temporal: 'ok' }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'flotilla_build_info 1\n' }),
    events: { emit: (one) => events.push(one) },
    logError: (error) => errors.push(error),
  });
  return { server, calls, events, errors };
}
