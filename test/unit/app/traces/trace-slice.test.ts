import { afterEach, expect, it } from 'vitest';
import { runSlice } from '../../../../src/app/run-slice.ts';
import { groupSpanId, sliceSpanId } from '../../../../src/app/traces/span-ids.ts';
import type { FinishedSpan, SpanSink } from '../../../../src/shared/spans.ts';
import type { TraceContext } from '../../../../src/shared/trace-context.ts';
import { applied, failure, HOST, type SliceFixture, sliceFixture, urlOf } from '../slice-fixture.ts';

const TRACE: TraceContext = { traceId: 'a'.repeat(32), parentSpanId: null, sampled: true, state: 'ci=7' };
let fixture: SliceFixture;
afterEach(() => fixture.close());

async function traced(ratio: number, trace: TraceContext | null = TRACE) {
  fixture = await sliceFixture('slices0001', trace);
  const spans: FinishedSpan[] = [];
  let groupReads = 0;
  const traces: SpanSink = { ratio, end: (span) => spans.push(span) };
  const store = new Proxy(fixture.store, {
    get(target, name, receiver) {
      if (name === 'groups') groupReads += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  const deps = { ...fixture.deps, store, traces };
  const run = async (more: Parameters<SliceFixture['input']>[1] = {}) =>
    runSlice(deps, fixture.input('s1', more), { stop: fixture.never, cancel: fixture.never, again: false });
  const targets = () =>
    spans.filter(({ name }) => name === 'target').map(({ attributes }) => attributes['flotilla.target']);
  return { run, spans, targets, deps, groupReads: () => groupReads };
}

it('at a share of 0 keeps what fails, below the slice, and the slice below its group', async () => {
  const { run, spans, targets } = await traced(0);
  fixture.engine.apply = async ({ id }) => (id.startsWith('t2@') ? failure('permanent', '42P01') : applied);
  await run();
  expect(targets()).toEqual([`t2@${HOST}`]);
  const rollout = { id: 'slices0001', lives: 1, direction: 'up' as const };
  const [target, slice] = spans;
  expect(target).toMatchObject({
    traceId: TRACE.traceId,
    traceState: 'ci=7',
    parentSpanId: sliceSpanId(rollout, 's1'),
    error: 'message of 42P01',
    attributes: { 'db.system.name': 'postgresql', 'db.namespace': 't2', 'server.address': 'db-1', 'server.port': 5432 },
  });
  expect(slice).toMatchObject({
    name: 'slice',
    spanId: sliceSpanId(rollout, 's1'),
    parentSpanId: groupSpanId(rollout, 'rest'),
    attributes: { 'flotilla.targets.applied': 3, 'flotilla.targets.failed': 1 },
  });
  // Who reads the log finds the trace, and of a failure its span.
  const migrated = fixture.events.filter((event) => event.kind === 'TargetMigrated');
  expect(migrated.find(({ result }) => result === 'failed')?.span).toEqual({
    traceId: TRACE.traceId,
    spanId: target?.spanId,
  });
  expect(JSON.stringify(spans)).not.toContain('s3cret');
});

it('at a share of 1 keeps all; of a caller that keeps no trace what fails only', async () => {
  const all = await traced(1);
  await all.run();
  expect(all.targets()).toHaveLength(4);
  await fixture.close();
  const none = await traced(1, { ...TRACE, sampled: false });
  await none.run();
  expect(none.targets()).toEqual([]);
});

it('keeps canaries at any share', async () => {
  const { run, targets } = await traced(0);
  await run({ group: 'canary', maxTargets: 1 });
  expect(targets()).toEqual([`t0@${HOST}`]);
});

it('shows a failure that was found before anything was tried', async () => {
  const { run, spans, targets } = await traced(0);
  fixture.project.set(`t1@${HOST}`, urlOf('elsewhere'));
  await run();
  expect(targets()).toEqual([`t1@${HOST}`]);
  expect(spans[0]).toMatchObject({ attributes: { 'flotilla.outcome': 'failed', 'error.type': 'TARGET_CHANGED' } });
});

it('of a try that is broken off is a span beside the one of the slice', async () => {
  const { run, spans, deps } = await traced(0);
  await expect(
    runSlice(
      {
        ...deps,
        resolver: {
          ...deps.resolver,
          resolve: () => Promise.reject(new Error('no project')),
        },
      },
      fixture.input('s1'),
      { stop: fixture.never, cancel: fixture.never, again: false },
    ),
  ).rejects.toThrow('no project');
  await run();
  expect(spans.map(({ name, error }) => [name, error])).toEqual([
    ['slice', 'no project'],
    ['slice', undefined],
  ]);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(2);
});

it('asks and makes nothing for a rollout without a trace', async () => {
  const { run, spans, groupReads } = await traced(1, null);
  await run();
  expect(spans).toEqual([]);
  expect(groupReads()).toBe(0);
  expect(fixture.events.filter((event) => 'span' in event)).toEqual([]);
});
