import { expect, it } from 'vitest';
import { parseTraceContext, printTraceparent } from '../../../src/shared/trace-context.ts';

const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

it('reads a traceparent of this version and of later ones, with its tracestate', () => {
  const trace = { traceId, parentSpanId: spanId, sampled: true, state: null };
  expect(parseTraceContext(` 00-${traceId}-${spanId}-01\n`, undefined)).toEqual(trace);
  expect(parseTraceContext(`00-${traceId}-${spanId}-00`, 'a=1,b=2')).toEqual({
    ...trace,
    sampled: false,
    state: 'a=1,b=2',
  });
  expect(parseTraceContext(`01-${traceId}-${spanId}-03-what-comes`, '')).toEqual(trace);
  expect(parseTraceContext(`00-${traceId}-${spanId}-01`, `a=${'x'.repeat(511)}`)).toEqual(trace);
  expect(parseTraceContext(`00-${traceId}-${spanId}-01`, 'a=\u0001')).toEqual(trace);
  expect(printTraceparent({ traceId, spanId })).toBe(`00-${traceId}-${spanId}-01`);
});

it.each([
  undefined,
  '',
  'x',
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `ff-${traceId}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
])('takes %s for none', (text) => {
  expect(parseTraceContext(text, 'a=1')).toBeUndefined();
});
