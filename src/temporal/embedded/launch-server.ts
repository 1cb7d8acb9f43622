import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { endProcess, isAlive, processIdentity } from '../process-identity.ts';
import type { TemporalBinary } from './find-binary.ts';
import { accepts, freePort } from './free-port.ts';
import { type ServerRecord, writeServerRecord } from './server-record.ts';

/** Measured: 1.0 to 1.7 s on two cores; a busy machine gets the rest. */
const UP_MS = 30_000;
const LOG_LIMIT = 16 * 1024 * 1024;

/** Search attributes that rollouts carry; none names a tenant. */
export const SEARCH_ATTRIBUTES = ['FlotillaRollout', 'FlotillaProject', 'FlotillaEnv'] as const;

export interface LaunchOptions {
  readonly stateDir: string;
  readonly binary: TemporalBinary;
  readonly namespace: string;
  /** The server inherits it whole; its arguments hold no secret. */
  readonly env: NodeJS.ProcessEnv;
  /** The port it had before, so that whoever is connected finds it again. */
  readonly port?: number;
}

/** Arguments of the official command line, `temporal server start-dev` of 1.5.1 and later. */
function argumentsOf(options: LaunchOptions, port: number, database: string): readonly string[] {
  return [
    'server',
    'start-dev',
    '--headless',
    ...['--ip', '127.0.0.1', '--port', String(port)],
    ...['--db-filename', database, '--log-level', 'warn', '--namespace', options.namespace],
    // Without WAL the server needs 40 % more CPU; NORMAL loses nothing on kill -9 (measured on 1.9.1).
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    // One partition a queue: a separate engine queue costs a third less CPU, and empty polls do not hide tasks.
    ...['--dynamic-config-value', 'matching.numTaskqueueReadPartitions=1'],
    ...['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'],
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** The log grows while a daemon lives for months: at each start a long one is set aside, one old one is kept. */
function openLog(dir: string): { readonly file: string; readonly fd: number } {
  const file = path.join(dir, 'server.log');
  if (fs.existsSync(file) && fs.statSync(file).size > LOG_LIMIT) fs.renameSync(file, `${file}.1`);
  return { file, fd: fs.openSync(file, 'a', 0o600) };
}

/**
 * Starts the server in a process group of its own, so that what kills the daemon's group leaves it running, and waits until it accepts
 * connections.
 * @returns the record as written, and a promise of its end
 * @throws AppError TEMPORAL_UNAVAILABLE with the tail of its log
 */
export async function launchServer(
  options: LaunchOptions,
): Promise<{ readonly record: ServerRecord; readonly ended: Promise<void> }> {
  const dir = path.join(options.stateDir, 'temporal');
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  const port = options.port ?? (await freePort());
  const database = path.join(dir, `${options.binary.version.replace(/[^\w.-]/g, '_')}.db`);
  const log = openLog(dir);
  const from = fs.fstatSync(log.fd).size;
  const child = spawn(options.binary.path, [...argumentsOf(options, port, database)], {
    cwd: dir,
    detached: true,
    // Go returns memory early instead of growing to twice what it needs: costs nothing, measured.
    env: { GOMEMLIMIT: '256MiB', ...options.env },
    stdio: ['ignore', log.fd, log.fd],
  });
  fs.closeSync(log.fd);
  let over: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      over = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      over = `it ended with ${signal ?? `code ${code}`}`;
      resolve();
    });
  });
  child.unref();
  const pid = child.pid;
  const identity = pid === undefined ? undefined : processIdentity(pid);
  if (pid === undefined || identity === undefined) {
    await ended;
    throw failed(over ?? 'it could not be started', log.file, from);
  }
  const record: ServerRecord = { pid, identity, port, version: options.binary.version, namespace: options.namespace };
  // Before it is up: a daemon that dies now must find it again.
  writeServerRecord(options.stateDir, record);

  const deadline = performance.now() + UP_MS;
  while (!(await accepts(port))) {
    if (over !== undefined || !isAlive(record)) throw failed(over ?? 'it ended at once', log.file, from);
    if (performance.now() > deadline) {
      await endProcess(record, 'SIGTERM', 2_000);
      throw failed(`it did not answer within ${UP_MS / 1000} s`, log.file, from);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { record, ended };
}

function failed(why: string, log: string, from: number): AppError {
  const tail = fs
    .readFileSync(log)
    .subarray(from)
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(-3)
    .join(' | ')
    .slice(-500);
  return new AppError(
    'TEMPORAL_UNAVAILABLE',
    `the embedded Temporal server could not be started: ${why}${tail === '' ? '' : `: ${tail}`}`,
    { next: `read "${log}"` },
  );
}
