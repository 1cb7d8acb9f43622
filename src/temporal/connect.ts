import { Connection } from '@temporalio/client';
import { AppError } from '../shared/errors.ts';
import type { TemporalAddress } from './target.ts';

/** grpc-js waits up to two minutes between attempts; a server that was started again is to be found at once. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };

/**
 * A connection for clients, once the server serves.
 * @param waitMs how long to wait for it; an embedded server that has just begun to listen needs some 100 ms more
 * @throws AppError TEMPORAL_UNAVAILABLE
 */
export async function connectClient(target: TemporalAddress, waitMs: number): Promise<Connection> {
  const { namespace: _, ...options } = target;
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      return await Connection.connect({
        ...options,
        channelArgs: RECONNECT,
        connectTimeout: Math.max(500, deadline - performance.now()),
      });
    } catch (error) {
      if (performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      throw new AppError(
        'TEMPORAL_UNAVAILABLE',
        `the Temporal server at "${target.address}" does not answer (${error instanceof Error ? error.message : String(error)})`,
        { next: 'check TEMPORAL_ADDRESS, TLS and API key; unset it to let Flotilla start a server of its own' },
      );
    }
  }
}

/** Does the server answer now? Within `limitMs`. */
export async function isServing(connection: Connection, limitMs: number): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + limitMs, () => connection.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}
