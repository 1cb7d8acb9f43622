import { randomUUID } from 'node:crypto';
import { readTraceSettings } from '../../config/daemon/trace-settings.ts';
import type { Clock } from '../../shared/clock.ts';
import type { EventSink } from '../../shared/events.ts';
import type { SpanSink } from '../../shared/spans.ts';
import type { Closers } from './closers.ts';

/** Nothing waits longer for a collector at the end. */
const CLOSE_MS = 3_000;

/**
 * Where spans go, as the environment says; the OpenTelemetry SDK is loaded only where traces are wanted.
 * @returns undefined: no traces are kept
 * @throws AppError CONFIG_INVALID
 */
export async function openSpanSink(
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly version: string;
    readonly events: EventSink;
    readonly clock: Clock;
  },
  closers: Closers,
): Promise<SpanSink | undefined> {
  const { env, version, events, clock } = options;
  const settings = readTraceSettings(env);
  if (settings === undefined) return undefined;
  const { openTraces } = await import('../../observability/traces/open-traces.ts');
  const traces = await openTraces({ ...settings, version, instance: randomUUID(), events });
  closers.add(() => Promise.race([traces.close(), clock.sleep(CLOSE_MS)]));
  return traces;
}
