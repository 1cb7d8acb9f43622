import { expect, it } from 'vitest';
import { databaseAttributes, serverAttributes } from '../../../../src/app/traces/database-attributes.ts';
import { groupSpanId, rolloutSpanId } from '../../../../src/app/traces/span-ids.ts';
import { lifeBegan, traceStatus } from '../../../../src/app/traces/trace-rollout.ts';
import type { FinishedSpan } from '../../../../src/shared/spans.ts';
import type { GroupState } from '../../../../src/shared/states.ts';
import type { GroupRow, RolloutRow } from '../../../../src/store/types.ts';
import { newRollout } from '../../../contract/store/new-rollout.ts';
import { urlOf } from '../slice-fixture.ts';

const trace = { traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16), sampled: true, state: null };
const made = newRollout('spans00001', { trace, createdAtMs: 1_000 });
const row: RolloutRow = {
  ...made.row,
  state: 'running',
  cause: null,
  next: null,
  direction: 'up',
  skipChecks: false,
  joined: 0,
  epoch: 1,
  freezeOverride: null,
  liftedThrottles: [],
  lives: 1,
  startedAtMs: 1_100,
  finishedAtMs: null,
  lastEvent: 3,
};
const group = (
  index: number,
  state: GroupState,
  startedAtMs: number | null,
  finishedAtMs: number | null = null,
): GroupRow => {
  const given = made.groups[index];
  if (given === undefined) throw new Error('two groups');
  return { ...given, state, bakeUntilMs: null, startedAtMs, finishedAtMs };
};

async function change(more: Partial<Parameters<typeof traceStatus>[1]>): Promise<readonly FinishedSpan[]> {
  const spans: FinishedSpan[] = [];
  await traceStatus(
    { ratio: 0, end: (span) => spans.push(span) },
    {
      before: row,
      to: 'running',
      cause: null,
      groups: [],
      nowMs: 5_000,
      beganMs: async () => 1_000,
      counts: async () => ({ applied: 9, failed: 1 }),
      ...more,
    },
  );
  return spans;
}

it('has a span for each group that ends, from its true beginning', async () => {
  const spans = await change({
    groups: [
      { row: group(0, 'running', 1_200), to: 'done' },
      { row: group(1, 'waiting', null), to: 'waiting' },
    ],
  });
  expect(spans).toMatchObject([
    {
      name: 'group',
      spanId: groupSpanId(row, 'canary'),
      parentSpanId: rolloutSpanId(row),
      startMs: 1_200,
      endMs: 5_000,
      attributes: { 'flotilla.group': 'canary', 'flotilla.outcome': 'done' },
    },
  ]);
});

it('ends with the rollout, and with what of it is not over by itself', async () => {
  const groups = [
    { row: group(0, 'done', 1_200, 2_000), to: 'done' as const },
    { row: group(1, 'waiting', null), to: 'aborted' as const },
  ];
  const spans = await change({ to: 'failed', cause: 'no table', groups });
  expect(spans).toMatchObject([
    // Begun and ended between two looks at it: after the group before it.
    { name: 'group', startMs: 2_000, endMs: 5_000, error: 'aborted' },
    {
      name: 'rollout',
      parentSpanId: trace.parentSpanId,
      startMs: 1_000,
      error: 'no table',
      attributes: { 'flotilla.outcome': 'failed', 'flotilla.targets.failed': 1 },
    },
  ]);
});

it('says nothing of what goes on, of what was over, and of a rollout without a trace', async () => {
  const groups = [{ row: group(0, 'running', 1_200), to: 'baking' as const }];
  expect(await change({ groups })).toEqual([]);
  const ended = [{ row: group(0, 'done', 1_200, 2_000), to: 'done' as const }];
  expect(await change({ before: { ...row, state: 'failed' }, to: 'failed', groups: ended })).toEqual([]);
  expect(await change({ before: { ...row, trace: null }, to: 'succeeded', groups })).toEqual([]);
});

it('begins each life of a rollout with the first sign of it', () => {
  const failed = [
    { atMs: 1_100, to: 'running' as const },
    { atMs: 2_000, to: 'failed' as const },
  ];
  const groups = [{ startedAtMs: 1_100 }];
  expect(lifeBegan({ createdAtMs: 1_000, lives: 1 }, failed.slice(0, 1), groups)).toBe(1_000);
  const again = [...failed, { atMs: 3_000, to: 'running' as const }];
  expect(lifeBegan({ createdAtMs: 1_000, lives: 2 }, again, groups)).toBe(3_000);
  // A way back changes no state at first, but begins its groups anew.
  expect(lifeBegan({ createdAtMs: 1_000, lives: 2 }, failed, [{ startedAtMs: 3_500 }])).toBe(3_500);
});

it('names databases and servers as OpenTelemetry does', () => {
  expect(serverAttributes('db-1:5432')).toEqual({ 'server.address': 'db-1', 'server.port': 5432 });
  expect(serverAttributes('[::1]:5432')).toEqual({ 'server.address': '::1', 'server.port': 5432 });
  expect(serverAttributes('/run/postgresql')).toEqual({ 'server.address': '/run/postgresql' });
  const schema = { ...urlOf('acme'), schema: 'tenant_7' };
  expect(databaseAttributes(schema)).toMatchObject({ 'db.system.name': 'postgresql', 'db.namespace': 'acme|tenant_7' });
});
