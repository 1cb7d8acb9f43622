import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { freePort, type ServerProcess, startServer, untilReady } from '../support/child-process.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';

const BIN = path.join(import.meta.dirname, '../../bin/flotilla.js');

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

export interface Place {
  /** A fresh folder. */
  readonly folder: string;
  /** Writes a file below it, and its folders. */
  write(name: string, text: string): string;
  /** The real command, in the folder. Interrupted after `interruptMs`. */
  flotilla(args: string, env?: NodeJS.ProcessEnv, interruptMs?: number): Promise<Said>;
  /** `flotilla serve` on a free port, until the end of the test file; its address, once it is ready. */
  serve(args: string, env?: NodeJS.ProcessEnv): Promise<string>;
  close(): Promise<void>;
}

/** The command as a person has it: a process of its own, only what is told in its environment. */
export function commandPlace(): Place {
  const folder = throwAwayFolder('command');
  const daemons: ServerProcess[] = [];
  const { FLOTILLA_ADDR: _addr, FLOTILLA_TOKEN: _token, TEMPORAL_ADDRESS: _temporal, ...inherited } = process.env;
  return {
    folder,
    write(name, text) {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
      return file;
    },
    flotilla: (args, env = {}, interruptMs) =>
      new Promise((resolve) => {
        const began = performance.now();
        const child = spawn(process.execPath, [BIN, ...args.split(' ')], {
          cwd: folder,
          env: { ...inherited, ...env },
        });
        let [out, err] = ['', ''];
        child.stdout.on('data', (chunk: Buffer) => {
          out += chunk.toString();
        });
        child.stderr.on('data', (chunk: Buffer) => {
          err += chunk.toString();
        });
        const interrupt = interruptMs === undefined ? undefined : setTimeout(() => child.kill('SIGINT'), interruptMs);
        const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
        child.on('close', (code) => {
          clearTimeout(interrupt);
          clearTimeout(late);
          resolve({ code, out, err, ms: performance.now() - began });
        });
      }),
    async serve(args, env = {}) {
      const address = `127.0.0.1:${await freePort()}`;
      const log = path.join(folder, 'serve.log');
      const daemon = startServer(process.execPath, [BIN, 'serve', '--listen', address, ...args.split(' ')], {
        cwd: folder,
        log,
        env: { ...inherited, ...env },
      });
      daemons.push(daemon);
      await untilReady(
        daemon,
        async () => {
          if (!(await fetch(`http://${address}/readyz`)).ok) throw new Error('not ready');
        },
        { what: 'flotilla serve', log },
      );
      return `http://${address}`;
    },
    async close() {
      await Promise.all(daemons.map((daemon) => daemon.stop('SIGTERM', 20_000)));
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
