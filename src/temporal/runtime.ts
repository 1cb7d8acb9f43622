import { type LogLevel, Runtime } from '@temporalio/worker';

/** Where the SDK's log lines go. */
export type RuntimeLog = (
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

/**
 * Installs the SDK's runtime, once per process and before any worker connection: its logs go to ours, its metrics to a loopback port.
 * It traps no signals: what ends the daemon is decided in one place.
 */
export function installRuntime(options: { readonly log: RuntimeLog; readonly metricsPort: number }): void {
  const at =
    (level: Lowercase<LogLevel>) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      options.log(level, message, fields);
  const level = (name: LogLevel): Lowercase<LogLevel> => LEVELS[name];
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (name, message, fields) => at(level(name))(message, fields),
      trace: at('trace'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
    },
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      metrics: {
        // All three flags: the names that Temporal's documentation and dashboards use.
        prometheus: {
          bindAddress: `127.0.0.1:${options.metricsPort}`,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
          // Fewer than the SDK's own: there is a series a bucket for each type and operation.
          histogramBucketOverrides: {
            temporal_request_latency: [0.1, 1],
            temporal_activity_execution_latency: [0.1, 1, 10],
            // An alert asks whether it is more than 30 s.
            temporal_activity_schedule_to_start_latency: [0.1, 1, 10, 30, 60],
          },
        },
      },
    },
  });
}

const LEVELS: Readonly<Record<LogLevel, Lowercase<LogLevel>>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** The SDK's metrics in Prometheus' text format; empty where they cannot be had. */
export async function readRuntimeMetrics(metricsPort: number): Promise<string> {
  try {
    const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { signal: AbortSignal.timeout(1_000) });
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}
