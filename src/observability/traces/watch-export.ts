import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { EventSink } from '../../shared/events.ts';

/** Of ExportResultCode in @opentelemetry/core. */
const SUCCESS = 0;

/**
 * Counts what becomes of spans: the SDK keeps that to itself. What is taken and not handed to the exporter yet waits in the processor's queue, so
 * the queue is never asked to take more than it holds.
 */
export function watchExport(
  exporter: SpanExporter,
  maxQueue: number,
  events: EventSink,
): {
  readonly exporter: SpanExporter;
  /** Whether there is room for one more; where not, it counts as dropped. */
  readonly take: () => boolean;
} {
  let waiting = 0;
  let isFailing = false;
  const tell = (error: Error | undefined): void => {
    if ((error !== undefined) === isFailing) return;
    isFailing = error !== undefined;
    // Once, not for each batch.
    events.emit(
      isFailing
        ? { kind: 'DaemonNotice', level: 'warn', message: `traces cannot be exported: ${error?.message ?? ''}` }
        : { kind: 'DaemonNotice', level: 'info', message: 'traces are exported again' },
    );
  };
  return {
    take() {
      if (waiting >= maxQueue) {
        events.emit({ kind: 'SpansEnded', result: 'dropped', count: 1 });
        return false;
      }
      waiting += 1;
      return true;
    },
    exporter: {
      export(spans, done) {
        waiting -= spans.length;
        exporter.export(spans, (result) => {
          const isGood = result.code === SUCCESS;
          events.emit({ kind: 'SpansEnded', result: isGood ? 'exported' : 'failed', count: spans.length });
          tell(isGood ? undefined : (result.error ?? new Error('the collector refused them')));
          done(result);
        });
      },
      shutdown: () => exporter.shutdown(),
      forceFlush: async () => exporter.forceFlush?.(),
    },
  };
}
