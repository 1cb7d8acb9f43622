import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { openTraces, type TraceOptions, type Traces } from '../../../../src/observability/traces/open-traces.ts';
import type { FlotillaEvent } from '../../../../src/shared/events.ts';
import type { FinishedSpan } from '../../../../src/shared/spans.ts';
import { decodeOtlp, type ReceivedSpan, spansOf, startOtlpReceiver } from '../../../support/otlp-receiver.ts';

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  vi.unstubAllEnvs();
});

const SPAN: FinishedSpan = {
  name: 'target',
  kind: 'client',
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: 'c'.repeat(16),
  traceState: 'ci=7',
  startMs: 1_700_000_000_000.25,
  endMs: 1_700_000_000_012.5,
  attributes: { 'flotilla.target': 'acme', 'server.port': 5432, 'flotilla.slice.again': true },
  error: 'no way to postgres://app:s3cret@db/acme',
};
const RECEIVED: Omit<ReceivedSpan, 'resource'> = {
  traceId: SPAN.traceId,
  spanId: SPAN.spanId,
  parentSpanId: 'c'.repeat(16),
  traceState: 'ci=7',
  name: 'target',
  kind: 3,
  startMs: SPAN.startMs,
  endMs: SPAN.endMs,
  attributes: SPAN.attributes,
  error: 'no way to postgres://db/acme',
};

async function open(
  endpoint: string,
  more: Partial<TraceOptions> = {},
): Promise<{ readonly traces: Traces; readonly events: FlotillaEvent[]; readonly count: (result: string) => number }> {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  const events: FlotillaEvent[] = [];
  const traces = await openTraces({
    protocol: 'http/protobuf',
    ratio: 1,
    maxQueue: 2048,
    maxBatch: 512,
    delayMs: 10,
    exportTimeoutMs: 30_000,
    version: '1.2.3',
    instance: 'i-1',
    events: { emit: (event) => events.push(event) },
    ...more,
  });
  const count = (result: string): number =>
    events.reduce((sum, event) => sum + (event.kind === 'SpansEnded' && event.result === result ? event.count : 0), 0);
  return { traces, events, count };
}

it.each(['http/protobuf', 'http/json'] as const)(
  'sends whole spans over %s, with the headers and resource of OTEL_*',
  async (protocol) => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=blue');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=prod,service.version=9');
    const receiver = await startOtlpReceiver();
    closers.push(() => receiver.stop());
    const { traces, count } = await open(receiver.endpoint, { protocol });
    traces.end(SPAN);
    await traces.close();
    expect(receiver.headers).toMatchObject({ 'x-tenant': 'blue' });
    expect(receiver.spans).toEqual([
      {
        ...RECEIVED,
        resource: {
          'service.name': 'flotilla',
          'service.version': '9',
          'service.instance.id': 'i-1',
          'deployment.environment.name': 'prod',
        },
      },
    ]);
    expect(count('exported')).toBe(1);
  },
);

it('sends them over gRPC', async () => {
  const received: ReceivedSpan[] = [];
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      expect(headers[':path']).toBe('/opentelemetry.proto.collector.trace.v1.TraceService/Export');
      // Behind a flag for compression and a length of four bytes.
      received.push(...spansOf(decodeOtlp(Buffer.concat(chunks).subarray(5))));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(5));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const { traces, count } = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    protocol: 'grpc',
  });
  traces.end(SPAN);
  await traces.close();
  expect(received).toEqual([{ ...RECEIVED, resource: expect.anything() }]);
  expect(count('exported')).toBe(1);
});

it('keeps no more than fits where the collector does not answer, and counts each span', async () => {
  const receiver = await startOtlpReceiver();
  closers.push(() => receiver.stop());
  receiver.answer = undefined;
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '300');
  const { traces, events, count } = await open(receiver.endpoint, { maxQueue: 300, maxBatch: 100 });
  const total = 20_000;
  for (let i = 0; i < total; i++) traces.end({ ...SPAN, spanId: i.toString(16).padStart(16, '0') });
  // One batch is on its way, the queue is full.
  expect(count('dropped')).toBeGreaterThanOrEqual(total - 400);
  await traces.close();
  expect(count('dropped') + count('failed')).toBe(total);
  expect(count('failed')).toBeLessThanOrEqual(400);
  const notices = events.filter(({ kind }) => kind === 'DaemonNotice');
  expect(notices).toEqual([
    expect.objectContaining({ level: 'warn', message: expect.stringMatching(/^traces cannot be exported/) }),
  ]);
});
