import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { endWithUs } from './at-end.ts';
import { recordProcess } from './process-records.ts';

/** A user that a database server may run as, where we are root: Postgres and MariaDB refuse root. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

const idOf = (flag: '-u' | '-g', name: string): number | undefined => {
  const got = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return got.status === 0 ? Number(got.stdout) : undefined;
};

/** The first of the names that exists, as root; nothing otherwise. */
export function unprivilegedUser(names: readonly string[]): RunAs {
  if (process.getuid?.() !== 0) return {};
  for (const name of [...names, 'nobody']) {
    const [uid, gid] = [idOf('-u', name), idOf('-g', name)];
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error(`running as root, and none of the users ${names.join(', ')} or nobody exists`);
}

/** A port of the loopback address that is free now. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

export interface ServerProcess {
  readonly pid: number;
  /** Exit code, or the signal's name, once it has ended. */
  ended(): number | string | undefined;
  /** Sends the signal and waits for the end; SIGKILL after `killAfterMs`. */
  stop(signal?: NodeJS.Signals, killAfterMs?: number): Promise<void>;
}

/** Starts a server that writes to a log file. */
export function startServer(
  command: string,
  args: readonly string[],
  options: { readonly user?: RunAs; readonly cwd: string; readonly log: string; readonly env?: NodeJS.ProcessEnv },
): ServerProcess {
  const out = fs.openSync(options.log, 'a');
  const child = spawn(command, [...args], {
    ...options.user,
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    stdio: ['ignore', out, out],
  });
  fs.closeSync(out);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  const forgets = [endWithUs(() => process.kill(pid, 'SIGKILL')), recordProcess(pid)];
  let end: number | string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.on('exit', (code, signal) => {
      end = code ?? signal ?? 'ended';
      for (const forget of forgets) forget();
      resolve();
    });
  });
  return {
    pid,
    ended: () => end,
    async stop(signal = 'SIGTERM', killAfterMs = 10_000) {
      if (end !== undefined) return;
      child.kill(signal);
      const late = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Runs a program to its end; throws with the tail of its output where it fails. */
export function runToEnd(
  command: string,
  args: readonly string[],
  options: {
    readonly user?: RunAs;
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly input?: string;
  } = {},
): string {
  const got = spawnSync(command, [...args], {
    ...options.user,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? {} : { input: options.input }),
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (got.status !== 0) {
    const said = `${got.stdout ?? ''}${got.stderr ?? ''}`.trim().slice(-2000);
    throw new Error(
      `${path.basename(command)} ${args[0] ?? ''} failed (${got.error?.message ?? got.signal ?? `exit ${got.status}`}): ${said}`,
    );
  }
  return got.stdout;
}

/** Polls until the check holds; throws with the log's tail when the server has ended or time is over. */
export async function untilReady(
  server: ServerProcess,
  check: () => Promise<unknown>,
  options: { readonly what: string; readonly log: string; readonly timeoutMs?: number },
): Promise<void> {
  const deadline = Date.now() + (options.timeoutMs ?? 60_000);
  let last: unknown;
  while (Date.now() < deadline && server.ended() === undefined) {
    try {
      await check();
      return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await server.stop('SIGKILL');
  throw new Error(
    `${options.what} does not answer (${last instanceof Error ? last.message : String(last)}): ${fs.readFileSync(options.log, 'utf8').slice(-1500)}`,
  );
}
