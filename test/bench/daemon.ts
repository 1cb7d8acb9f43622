import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { freePort } from '../support/child-process.ts';

/** What is installed is measured: from sources a daemon compiles itself at its start, which takes twice the memory. */
export function buildProgram(): string {
  const root = path.resolve(import.meta.dirname, '../..');
  // Below the root, so that node_modules is found, and not dist/ itself, which every other command would then run.
  const folder = path.join(root, '.cache/bench');
  fs.mkdirSync(path.join(folder, 'bin'), { recursive: true });
  for (const file of ['package.json', 'bin/flotilla.js'])
    fs.copyFileSync(path.join(root, file), path.join(folder, file));
  execFileSync(process.execPath, [path.join(root, 'scripts/build.ts'), path.join(folder, 'dist')], {
    stdio: 'inherit',
  });
  return path.join(folder, 'bin/flotilla.js');
}

/** A process of ours, ready. */
export interface BenchProcess {
  readonly address: string;
  readonly pid: number;
  post<T>(path: string, body: unknown): Promise<T>;
  get<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

export interface BenchDaemon extends BenchProcess {
  /** Of the Temporal server that it started. */
  readonly temporalPid: number;
  readonly temporalAddress: string;
}

/** A daemon of all roles on a state folder of its own, with a Temporal server of its own. */
export async function startDaemon(
  flotilla: string,
  dir: string,
  project: string,
  env: Readonly<Record<string, string>>,
): Promise<BenchDaemon> {
  const daemon = await startRole(flotilla, dir, project, { env, args: [] });
  const server = JSON.parse(fs.readFileSync(path.join(dir, 'state', 'temporal', 'server.json'), 'utf8')) as {
    pid: number;
    port: number;
  };
  return { ...daemon, temporalPid: server.pid, temporalAddress: `127.0.0.1:${server.port}` };
}

/** `flotilla serve` with its files below `dir`, ready. */
export async function startRole(
  flotilla: string,
  dir: string,
  project: string,
  more: { readonly env: Readonly<Record<string, string>>; readonly args: readonly string[] },
): Promise<BenchProcess> {
  fs.mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const log = path.join(dir, 'daemon.log');
  const out = fs.openSync(log, 'a');
  const own = [
    '--state-dir',
    path.join(dir, 'state'),
    '--listen',
    `127.0.0.1:${port}`,
    '--project',
    `bench=${project}`,
  ];
  const child: ChildProcess = spawn(process.execPath, [flotilla, 'serve', ...own, ...more.args], {
    env: { ...process.env, ...more.env },
    cwd: dir,
    stdio: ['ignore', out, out],
  });
  fs.closeSync(out);
  const address = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + 60_000;
  while (
    !(await fetch(`${address}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`the daemon is not ready: ${fs.readFileSync(log, 'utf8').slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const call = async <T>(url: string, init?: RequestInit): Promise<T> => {
    const answer = await fetch(`${address}/api/v1${url}`, init);
    const body = (await answer.json()) as T & { detail?: string };
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${body.detail}`);
    return body;
  };
  return {
    address,
    pid: child.pid ?? 0,
    get: (url) => call(url),
    post: (url, body) =>
      call(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
