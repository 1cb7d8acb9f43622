import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { FaultPoint } from '../../../src/shared/fault-points.ts';
import { endWithUs } from '../../support/at-end.ts';
import { freePort } from '../../support/child-process.ts';
import { endServerOf, recordProcess } from '../../support/process-records.ts';
import { throwAwayFolder } from '../../support/temporary-folder.ts';

const BIN = path.resolve(import.meta.dirname, '../../../bin/flotilla.js');
const READY_MS = 60_000;

/** `flotilla serve` as a process on a state folder of its own, to be killed and started again. */
export interface FlotillaProcess {
  readonly name: string;
  readonly address: string;
  readonly stateDir: string;
  readonly temporaryDir: string;
  /** The end of what it has written, over all its lives. */
  log(): string;
  isAlive(): boolean;
  /** Of its present life, or the last one. */
  pid(): number | undefined;
  isReady(): Promise<boolean>;
  /** @param killAt it ends itself there: a fault point, and the how many-th time it is reached */
  spawn(killAt?: `${FaultPoint}:${number}`): void;
  signal(name: NodeJS.Signals): void;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again where it ends meanwhile. @throws with its log when it takes longer than a minute */
  untilReady(): Promise<void>;
  /** Ends it and its own Temporal server, and removes its folder. */
  stop(): Promise<void>;
}

export async function makeFlotillaProcess(
  name: string,
  options: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> },
): Promise<FlotillaProcess> {
  const folder = throwAwayFolder(`rig-${name}`);
  const [stateDir, temporaryDir] = [path.join(folder, 'state'), path.join(folder, 'tmp')];
  fs.mkdirSync(temporaryDir);
  const logFile = path.join(folder, 'daemon.log');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  // Neither the settings nor the passwords of whoever runs the rig.
  const clean = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(FLOTILLA|TEMPORAL)_/.test(key)));
  let child: ChildProcess | undefined;
  const isAlive = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;

  const made: FlotillaProcess = {
    name,
    address,
    stateDir,
    temporaryDir,
    log: () => fs.readFileSync(logFile, 'utf8').slice(-4_000),
    isAlive,
    pid: () => child?.pid,
    isReady: () =>
      fetch(`${address}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    spawn(killAt) {
      if (isAlive()) return;
      const out = fs.openSync(logFile, 'a');
      const args = [BIN, 'serve', '--state-dir', stateDir, '--listen', `127.0.0.1:${port}`, ...options.args];
      const fault = killAt === undefined ? {} : { FLOTILLA_TEST_KILL_AT: killAt };
      child = spawn(process.execPath, args, {
        cwd: folder,
        env: { ...clean, NO_COLOR: '1', TMPDIR: temporaryDir, ...options.env, ...fault },
        stdio: ['ignore', out, out],
      });
      fs.closeSync(out);
      if (child.pid !== undefined) child.once('exit', recordProcess(child.pid));
    },
    signal(signal) {
      child?.kill(signal);
    },
    async kill() {
      const ending = child;
      if (ending === undefined || !isAlive()) return;
      const exit = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill('SIGKILL');
      await exit;
    },
    async untilReady() {
      const deadline = Date.now() + READY_MS;
      while (!(await made.isReady())) {
        if (Date.now() > deadline) throw new Error(`${name} is not ready: ${made.log()}`);
        // As a service manager does: it ends itself where a server that it needs is not there yet.
        made.spawn();
        await sleep(25);
      }
    },
    async stop() {
      await made.kill();
      end();
      forget();
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  const end = (): void => {
    child?.kill('SIGKILL');
    // Where it had one of its own: that outlives it.
    endServerOf(stateDir);
  };
  const forget = endWithUs(end);
  return made;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
