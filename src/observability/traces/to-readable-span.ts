import { createTraceState, type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { FinishedSpan } from '../../shared/spans.ts';
import { redactText } from '../redact-text.ts';

/** What a message of a database may hold is what the log shows; a page of it tells no more than its beginning. */
const MAX_TEXT = 1_000;

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT };

/** A finished span in the form that the SDK's processors and exporters take. Secrets of URLs are taken out of every text, as in the log. */
export function toReadableSpan(span: FinishedSpan, resource: Resource, version: string): ReadableSpan {
  const { traceId, spanId, parentSpanId, traceState } = span;
  const state = traceState === null ? {} : { traceState: createTraceState(traceState) };
  // What is handed over is to be exported: that was decided before.
  const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, ...state };
  const endMs = Math.max(span.startMs, span.endMs);
  const attributes = Object.entries(span.attributes).map(([name, value]) => [
    name,
    typeof value === 'string' ? safeText(value) : value,
  ]);
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context,
    ...(parentSpanId === null
      ? {}
      : { parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: TraceFlags.SAMPLED } }),
    startTime: toHrTime(span.startMs),
    endTime: toHrTime(endMs),
    duration: toHrTime(endMs - span.startMs),
    status:
      span.error === undefined
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: safeText(span.error) },
    attributes: Object.fromEntries(attributes),
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'flotilla', version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const safeText = (text: string): string => {
  const safe = redactText(text);
  return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}…` : safe;
};

/** Seconds and nanoseconds. */
const toHrTime = (ms: number): HrTime => {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
};
