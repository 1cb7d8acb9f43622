import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { endWithUs } from '../../support/at-end.ts';
import { freePort } from '../../support/child-process.ts';
import { endServerOf, recordProcess } from '../../support/process-records.ts';
import { temporalBinary } from '../../support/temporal-server.ts';
import { throwAwayFolder } from '../../support/temporary-folder.ts';
import type { Fleet } from './fleet.ts';

const flotilla = path.resolve(import.meta.dirname, '../../../bin/flotilla.js');

/** What the tests rely on of `rollout get`, docs/api.md. */
export interface Rollout {
  readonly id: string;
  readonly state: string;
  readonly cause?: string;
  readonly next?: string;
  readonly targets: number;
  readonly joined?: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly groups: readonly {
    readonly name: string;
    readonly state: string;
    readonly size: number;
    readonly counts: Readonly<Record<string, number>>;
  }[];
  readonly inFlight: readonly { readonly target: string }[];
  readonly causes: readonly { readonly count: number; readonly message: string; readonly targets: readonly string[] }[];
}

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly text: string;
  readonly body: T;
}

/** `flotilla serve` as a process, on a folder of its own that outlives it. */
export interface Daemon {
  /** `http://127.0.0.1:<port>`. */
  readonly address: string;
  readonly stateDir: string;
  /** Where the daemon and its commands put temporary files: nothing else does. */
  readonly temporaryDir: string;
  readonly temporalPort: number;
  /** Locks on SQLite files that are files themselves, as Atlas makes them. */
  lockFiles(): readonly string[];
  /** Everything that it has written to its streams, over all its lives. */
  log(): string;
  temporalPid(): number;
  ask<T>(
    url: string,
    init?: { readonly body?: unknown; readonly headers?: Record<string, string> },
  ): Promise<Answer<T>>;
  /** A command of the command line; it knows where the daemon is, and no password. */
  cli(...args: readonly string[]): Promise<Said>;
  /** `rollout start` by the command line; the id. */
  start(project: string, ...flags: readonly string[]): Promise<string>;
  /** A verb by the command line, which has to succeed. */
  tell(verb: string, id: string, ...flags: readonly string[]): Promise<void>;
  rollout(id: string): Promise<Rollout>;
  /** Polls until it holds. @throws with where the rollout stands, when time is over or it will get nowhere by itself */
  until(id: string, what: string, holds: (rollout: Rollout) => boolean): Promise<Rollout>;
  reach(id: string, state: string): Promise<Rollout>;
  /** kill -9 of the daemon alone: its Temporal server lives on. */
  kill(): Promise<void>;
  /** Starts it again on the same folder and port. @param program another build of `bin/flotilla.js` */
  serve(program?: string): Promise<void>;
  /** SIGTERM; gives what it ended with. */
  end(): Promise<number | string | null>;
  /** Ends whatever still runs, and removes the folder. */
  stop(): Promise<void>;
}

const WAIT_MS = 90_000;
const AT_REST = new Set(['paused', 'awaiting_approval', 'succeeded', 'failed', 'aborted', 'reverted']);
/** @param stateFolder in place of a folder of the daemon's own; it stays where it is */
export async function startDaemon(
  projects: Readonly<Record<string, Pick<Fleet, 'project' | 'env'>>>,
  env: Readonly<Record<string, string>> = {},
  stateFolder?: string,
): Promise<Daemon> {
  const folder = throwAwayFolder('daemon');
  const [stateDir, temporaryDir] = [stateFolder ?? path.join(folder, 'state'), path.join(folder, 'tmp')];
  fs.mkdirSync(temporaryDir);
  const readLocks = (): string[] => fs.readdirSync(temporaryDir).filter((name) => name.endsWith('.lock'));
  /** As `stop` found them, before it took the folder away. */
  let locksLeft: readonly string[] | undefined;
  const logFile = path.join(folder, 'daemon.log');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  // Neither the settings nor the passwords of whoever runs the tests.
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(FLOTILLA|TEMPORAL|OTEL)_/.test(name)),
  );
  const common = { ...clean, NO_COLOR: '1', TMPDIR: temporaryDir };
  const secrets = Object.assign({}, ...Object.values(projects).map((fleet) => fleet.env));
  const temporalRecord = (): { readonly pid: number; readonly port: number } | undefined => {
    const file = path.join(stateDir, 'temporal', 'server.json');
    return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
  };
  let child: ChildProcess | undefined;

  const serve = async (program = flotilla): Promise<void> => {
    const out = fs.openSync(logFile, 'a');
    const words = Object.entries(projects).flatMap(([name, { project }]) => ['--project', `${name}=${project}`]);
    const started = spawn(
      process.execPath,
      [program, 'serve', '--state-dir', stateDir, '--listen', `127.0.0.1:${port}`, ...words],
      {
        cwd: folder,
        env: { ...common, FLOTILLA_TEMPORAL_BIN: temporalBinary(), ...secrets, ...env },
        stdio: ['ignore', out, out],
      },
    );
    fs.closeSync(out);
    child = started;
    if (started.pid !== undefined) started.once('exit', recordProcess(started.pid));
    const deadline = Date.now() + 60_000;
    while (!(await isReady(address))) {
      if (started.exitCode !== null || Date.now() > deadline)
        throw new Error(`the daemon is not ready: ${fs.readFileSync(logFile, 'utf8').slice(-2000)}`);
      await sleep(50);
    }
  };

  const signalChild = async (name: NodeJS.Signals): Promise<number | string | null> => {
    const ending = child;
    child = undefined;
    if (ending === undefined) return null;
    if (ending.exitCode === null && ending.signalCode === null) {
      const exit = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill(name);
      await exit;
    }
    return ending.exitCode ?? ending.signalCode;
  };

  const daemon: Daemon = {
    address,
    stateDir,
    temporaryDir,
    get temporalPort() {
      return temporalRecord()?.port ?? 0;
    },
    lockFiles: () => locksLeft ?? readLocks(),
    log: () => fs.readFileSync(logFile, 'utf8'),
    temporalPid: () => temporalRecord()?.pid ?? 0,
    async ask<T>(url: string, init: { readonly body?: unknown; readonly headers?: Record<string, string> } = {}) {
      const response = await fetch(`${address}${url}`, {
        ...(init.body === undefined ? {} : { method: 'POST', body: JSON.stringify(init.body) }),
        headers: { ...(init.body === undefined ? {} : { 'content-type': 'application/json' }), ...init.headers },
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return { status: response.status, text, body: (isJson ? JSON.parse(text) : undefined) as T };
    },
    cli: (...args) => run(args, { ...common, FLOTILLA_ADDR: address }, folder),
    async start(project, ...flags) {
      const said = await daemon.cli('rollout', 'start', '--project', project, '--env', 'prod', ...flags, '-o', 'json');
      if (said.code !== 0) throw new Error(`rollout start: exit code ${said.code}: ${said.stderr}`);
      return (JSON.parse(said.stdout) as Rollout).id;
    },
    async tell(verb, id, ...flags) {
      const said = await daemon.cli('rollout', verb, id, ...flags);
      if (said.code !== 0) throw new Error(`rollout ${verb}: exit code ${said.code}: ${said.stderr}`);
    },
    async rollout(id) {
      const { status, text, body } = await daemon.ask<Rollout>(`/api/v1/rollouts/${id}`);
      if (status !== 200) throw new Error(`GET of the rollout: ${status} ${text}`);
      return body;
    },
    async until(id, what, holds) {
      const deadline = Date.now() + WAIT_MS;
      for (;;) {
        const seen = await daemon.rollout(id);
        if (holds(seen)) return seen;
        if (AT_REST.has(seen.state) || Date.now() > deadline) {
          const { state, cause, counts } = seen;
          throw new Error(
            `the rollout is not ${what}: ${JSON.stringify({ state, cause, counts })}\n${daemon.log().slice(-2000)}`,
          );
        }
        await sleep(60);
      }
    },
    reach: (id, state) => daemon.until(id, state, (rollout) => rollout.state === state),
    async kill() {
      await signalChild('SIGKILL');
    },
    serve,
    end: () => signalChild('SIGTERM'),
    async stop() {
      await signalChild('SIGTERM');
      // Left over where the daemon was killed, or did not end its server.
      killAll();
      forget();
      locksLeft = readLocks();
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  const killAll = (): void => {
    child?.kill('SIGKILL');
    // After it: it would start its server again.
    endServerOf(stateDir);
  };
  const forget = endWithUs(killAll);
  try {
    await serve();
    return daemon;
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const isReady = (address: string): Promise<boolean> =>
  fetch(`${address}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

function run(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [flotilla, ...args], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...said }));
  });
}
