/** Loaded only where traces are on: it brings the OpenTelemetry SDK with it. */
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { EventSink } from '../../shared/events.ts';
import type { SpanSink } from '../../shared/spans.ts';
import { toReadableSpan } from './to-readable-span.ts';
import { watchExport } from './watch-export.ts';

/** The exporter of each protocol; endpoint, headers, timeout and certificates it reads from `OTEL_EXPORTER_OTLP_*` itself. */
const EXPORTERS = {
  'http/protobuf': async (): Promise<SpanExporter> =>
    new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter(),
  'http/json': async (): Promise<SpanExporter> =>
    new (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter(),
  grpc: async (): Promise<SpanExporter> =>
    new (await import('@opentelemetry/exporter-trace-otlp-grpc')).OTLPTraceExporter(),
};

export interface TraceOptions {
  readonly protocol: keyof typeof EXPORTERS;
  readonly ratio: number;
  /** Spans that may wait for the collector; more are dropped. */
  readonly maxQueue: number;
  readonly maxBatch: number;
  readonly delayMs: number;
  readonly exportTimeoutMs: number;
  readonly version: string;
  /** Tells this process from others of the same service. */
  readonly instance: string;
  readonly events: EventSink;
}

export interface Traces extends SpanSink {
  /** Sends what still waits, and ends. Never rejects; a collector that does not answer is waited for by the exporter's own timeout. */
  close(): Promise<void>;
}

/** Sends finished spans to an OTLP collector, in batches, from a queue that has an end. */
export async function openTraces(options: TraceOptions): Promise<Traces> {
  const { protocol, ratio, maxQueue, maxBatch, delayMs, exportTimeoutMs, version, instance, events } = options;
  const resource = resourceFromAttributes({
    'service.name': 'flotilla',
    'service.version': version,
    'service.instance.id': instance,
  }).merge(detectResources({ detectors: [envDetector] }));
  const watched = watchExport(await EXPORTERS[protocol](), maxQueue, events);
  const processor = new BatchSpanProcessor({
    exporter: watched.exporter,
    maxQueueSize: maxQueue,
    maxExportBatchSize: maxBatch,
    scheduledDelayMillis: delayMs,
    exportTimeoutMillis: exportTimeoutMs,
  });
  return {
    ratio,
    end(span) {
      if (watched.take()) processor.onEnd(toReadableSpan(span, resource, version));
    },
    close: () =>
      processor
        .shutdown()
        // It gives up at the first batch that fails: the others may still get through.
        .catch(() => watched.exporter.shutdown())
        .catch(() => undefined),
  };
}
