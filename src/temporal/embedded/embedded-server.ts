import { AppError } from '../../shared/errors.ts';
import type { EventSink } from '../../shared/events.ts';
import { endProcess, isAlive } from '../process-identity.ts';
import type { TemporalBinary } from './find-binary.ts';
import { accepts } from './free-port.ts';
import { launchServer } from './launch-server.ts';
import { readServerRecord, removeServerRecord, type ServerRecord } from './server-record.ts';

/** How soon the end of a server that an earlier daemon started is noticed: it is not our child, nobody tells us. */
const WATCH_MS = 250;
/** Waits between attempts to bring it back; a server that stays up for a minute begins anew. */
const BACKOFF_MS = [100, 500, 1_000, 2_000, 5_000] as const;
const STABLE_MS = 60_000;
/** Measured: SIGINT to exit takes 1.1 to 1.3 s. */
const STOP_MS = 8_000;

export interface EmbeddedServer {
  /** host:port; stays the same for the life of this object. */
  readonly address: string;
  readonly namespace: string;
  readonly version: string;
  /** True where a server that an earlier daemon had started was found running. */
  readonly isReused: boolean;
  /** Of the process that runs now; changes when it died and was started again. */
  pid(): number;
  /** Ends the server, and waits for it. */
  stop(): Promise<void>;
  /** Leaves the server running, for the next daemon. */
  release(): void;
}

export interface EmbeddedServerOptions {
  /** The server's files are in its folder `temporal`. One daemon at a time: whoever calls holds the folder's lock. */
  readonly stateDir: string;
  readonly namespace: string;
  readonly env: NodeJS.ProcessEnv;
  /** Asked for only where no server runs yet. */
  readonly findBinary: () => Promise<TemporalBinary>;
  readonly events: EventSink;
}

/**
 * Finds the state folder's Temporal server running, or starts it, and keeps it running: when it dies it is started again, on the same port.
 * @throws AppError TEMPORAL_NOT_FOUND, TEMPORAL_UNAVAILABLE
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const found = await reuse(options);
  const first = found === undefined ? await launchFresh(options) : { record: found, ended: untilGone(found) };
  const watch = keepRunning(options, first);
  return {
    address: `127.0.0.1:${first.record.port}`,
    namespace: options.namespace,
    version: first.record.version,
    isReused: found !== undefined,
    pid: () => watch.current().pid,
    async stop() {
      await watch.stop();
      await endProcess(watch.current(), 'SIGINT', STOP_MS);
      removeServerRecord(options.stateDir);
    },
    release: () => void watch.stop(),
  };
}

interface Running {
  readonly record: ServerRecord;
  readonly ended: Promise<void>;
}

/** A server that lives but does not accept connections may be about to: it gets two seconds, then it is ended. */
async function reuse(options: EmbeddedServerOptions): Promise<ServerRecord | undefined> {
  const record = readServerRecord(options.stateDir);
  if (record === undefined) return undefined;
  const deadline = performance.now() + 2_000;
  while (isAlive(record)) {
    if (record.namespace === options.namespace && (await accepts(record.port))) return record;
    if (record.namespace !== options.namespace || performance.now() > deadline) {
      await endProcess(record, 'SIGINT', STOP_MS);
      break;
    }
    await pause(50);
  }
  return undefined;
}

/** A port that was free may be taken a moment later: another one is tried. */
async function launchFresh(options: EmbeddedServerOptions): Promise<Running> {
  const binary = await options.findBinary();
  try {
    return await launchServer({ ...options, binary });
  } catch (error) {
    if (!(error instanceof AppError) || !/address already in use/i.test(error.message)) throw error;
    return launchServer({ ...options, binary });
  }
}

async function untilGone(record: ServerRecord): Promise<void> {
  while (isAlive(record)) await pause(WATCH_MS);
}

function keepRunning(options: EmbeddedServerOptions, first: Running) {
  let { record } = first;
  let stopping = false;
  const stopped = Promise.withResolvers<void>();
  // What the watcher does at the moment: a stop must not race with a start.
  let launching: Promise<unknown> = Promise.resolve();
  let failures = 0;
  let upSince = performance.now();

  const relaunch = async (): Promise<void> => {
    await Promise.race([pause(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 0), stopped.promise]);
    if (stopping) return;
    try {
      const next = await launchServer({ ...options, binary: await options.findBinary(), port: record.port });
      record = next.record;
      upSince = performance.now();
      options.events.emit({
        kind: 'DaemonNotice',
        level: 'warn',
        message: 'the embedded Temporal server runs again',
        detail: { pid: record.pid },
      });
      follow(next);
    } catch (error) {
      failures += 1;
      notice('error', error instanceof Error ? error.message : String(error));
      await relaunch();
    }
  };

  const notice = (level: 'warn' | 'error', message: string): void =>
    options.events.emit({ kind: 'DaemonNotice', level, message, detail: { pid: record.pid } });

  const follow = ({ ended }: Running): void => {
    void ended.then(() => {
      if (stopping) return;
      failures = performance.now() - upSince > STABLE_MS ? 0 : failures + 1;
      notice('error', 'the embedded Temporal server has ended; it is started again');
      launching = relaunch();
    });
  };
  follow(first);
  return {
    current: () => record,
    async stop(): Promise<void> {
      stopping = true;
      stopped.resolve();
      await launching;
    },
  };
}

/** Does not keep the process alive by itself. */
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
