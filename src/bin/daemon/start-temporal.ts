import os from 'node:os';
import path from 'node:path';
import type { Connection } from '@temporalio/client';
import type { EventSink } from '../../shared/events.ts';
import { connectClient } from '../../temporal/connect.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../temporal/embedded/embedded-server.ts';
import { findTemporalBinary } from '../../temporal/embedded/find-binary.ts';
import { ensureSearchAttributes, setRetention } from '../../temporal/prepare-namespace.ts';
import { EMBEDDED_NAMESPACE, type TemporalAddress } from '../../temporal/target.ts';

export interface TemporalLink {
  readonly target: TemporalAddress;
  readonly connection: Connection;
  readonly hasSearchAttributes: boolean;
  /** undefined where the server is somebody else's. */
  readonly embedded: EmbeddedServer | undefined;
}

/** `$XDG_CACHE_HOME/flotilla`, else `~/.cache/flotilla`. */
const cacheFolderOf = (env: NodeJS.ProcessEnv): string =>
  path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'flotilla');

/**
 * A connection to the configured server, or to one of our own that is found running or started.
 * @throws AppError TEMPORAL_NOT_FOUND, TEMPORAL_UNAVAILABLE; a server that it started is ended then
 */
export async function startTemporal(options: {
  readonly existing: TemporalAddress | undefined;
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly events: EventSink;
}): Promise<TemporalLink> {
  const { existing, events, env } = options;
  const notice = (message: string): void => events.emit({ kind: 'DaemonNotice', level: 'info', message });
  const embedded =
    existing === undefined
      ? await startEmbeddedServer({
          stateDir: options.stateDir,
          namespace: EMBEDDED_NAMESPACE,
          env,
          events,
          findBinary: () =>
            findTemporalBinary({
              env,
              cacheDir: cacheFolderOf(env),
              platform: `${process.platform}-${process.arch}`,
              notice,
            }),
        })
      : undefined;
  const target = existing ?? {
    address: embedded?.address ?? '',
    namespace: EMBEDDED_NAMESPACE,
  };
  try {
    // Somebody else's server must be there: who is told wants to know within 5 s, all else included. Our own has just begun to listen.
    const connection = await connectClient(target, embedded === undefined ? 2_000 : 15_000);
    if (embedded !== undefined) await setRetention(connection, target.namespace);
    return {
      target,
      connection,
      embedded,
      hasSearchAttributes: await ensureSearchAttributes(connection, target.namespace),
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}
