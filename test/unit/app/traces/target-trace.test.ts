import { expect, it } from 'vitest';
import { statementSpanId } from '../../../../src/app/traces/span-ids.ts';
import { type TargetFrame, TargetTrace } from '../../../../src/app/traces/target-trace.ts';
import type { MigrationFile } from '../../../../src/engine/index.ts';
import type { TargetError } from '../../../../src/shared/states.ts';

const file = { name: '7_x.sql', version: '7' } as MigrationFile; // all that is looked at
const frame = (isSampled: boolean): TargetFrame => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: 'c'.repeat(16),
  traceState: null,
  isSampled,
  attributes: { 'flotilla.target': 'acme' },
  database: { 'db.system.name': 'postgresql', 'db.namespace': 'acme' },
});
const error: TargetError = {
  class: 'permanent',
  code: '42P01',
  message: 'no table',
  fingerprint: 'f',
  statement: 'DROP TABLE x',
};
const run = (trace: TargetTrace, index: number, durationMs?: number, statement = 'DROP TABLE x'): void => {
  trace.note({ kind: 'StatementStarted', file, index, statement, at: new Date(1_000 + index) });
  if (durationMs !== undefined) trace.note({ kind: 'StatementFinished', file, index, statement, durationMs });
};

it('makes a span of each statement, and of the one that failed an error; without its text', () => {
  const trace = new TargetTrace(frame(true), 990);
  run(trace, 0, 5, 'CREATE INDEX CONCURRENTLY i ON t (c)');
  run(trace, 1);
  const spans = trace.finish({ outcome: 'failed', version: '6', error }, 2_000);
  expect(spans).toMatchObject([
    {
      name: 'target',
      startMs: 990,
      endMs: 2_000,
      error: 'no table',
      attributes: { 'flotilla.version': '6', 'error.type': '42P01' },
    },
    { name: 'CREATE INDEX', kind: 'client', startMs: 1_000, endMs: 1_005, attributes: { 'db.namespace': 'acme' } },
    {
      name: 'DROP TABLE',
      startMs: 1_001,
      endMs: 2_000,
      error: 'no table',
      attributes: { 'db.response.status_code': '42P01' },
    },
  ]);
  expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual(['c'.repeat(16), 'b'.repeat(16), 'b'.repeat(16)]);
  expect(spans[1]).not.toHaveProperty('error');
  expect(JSON.stringify(spans)).not.toMatch(/DROP TABLE x|ON t/);
});

it('names in its tags the span that the statement gets', () => {
  const trace = new TargetTrace(frame(true), 0);
  run(trace, 3, 1);
  const [, statement] = trace.finish({ outcome: 'applied', version: '7' }, 2_000);
  expect(trace.tagsOf?.(file, 3)).toEqual({ traceparent: `00-${'a'.repeat(32)}-${statement?.spanId}-01` });
  expect(statement?.spanId).toBe(statementSpanId('b'.repeat(16), '7', 3));
});

it('that is not sampled has nothing to say to the server, and spans where it fails only', () => {
  const good = new TargetTrace(frame(false), 0);
  run(good, 0, 1);
  expect(good.tagsOf).toBeUndefined();
  expect(good.finish({ outcome: 'applied', version: '7' }, 2_000)).toEqual([]);
  const bad = new TargetTrace(frame(false), 0);
  run(bad, 0);
  expect(bad.finish({ outcome: 'deferred', version: null, error }, 2_000).map(({ name }) => name)).toEqual([
    'target',
    'DROP TABLE',
  ]);
});

it('takes a statement that is tried again for one, over all its tries', () => {
  const trace = new TargetTrace(frame(true), 0);
  run(trace, 0);
  run(trace, 0, 1_500);
  const spans = trace.finish({ outcome: 'applied', version: '7' }, 9_000);
  expect(spans).toHaveLength(2);
  expect(spans[1]).toMatchObject({ startMs: 1_000, endMs: 2_500 });
});

it('keeps a hundred statements of a long file, and the one that failed', () => {
  const trace = new TargetTrace(frame(false), 0);
  for (let i = 0; i < 5_000; i++) run(trace, i, 1);
  run(trace, 5_000);
  const spans = trace.finish({ outcome: 'failed', version: null, error }, 9_000);
  expect(spans).toHaveLength(102);
  expect(spans[0]?.attributes).toMatchObject({ 'flotilla.statements.dropped': 4_901 });
  expect(
    spans.filter(({ error }) => error !== undefined).map(({ attributes }) => attributes['flotilla.statement.index']),
  ).toEqual([undefined, 5_000]);
});
