import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isAlive, type ProcessRecord, processIdentity } from '../../src/temporal/process-identity.ts';
import { skipReason, temporalServer } from '../support/servers.ts';
import { temporalBinary } from '../support/temporal-server.ts';

const urlOf = (file: string): string => pathToFileURL(path.resolve(import.meta.dirname, '..', file)).href;

/** As a run of the rig: a daemon with a Temporal server of its own, and a server that is started directly. Says their numbers. */
const RUN = `
  const { makeFlotillaProcess } = await import('${urlOf('faults/rig/flotilla-process.ts')}');
  const { startServer } = await import('${urlOf('support/child-process.ts')}');
  const { readServerRecord } = await import('${urlOf('../src/temporal/embedded/server-record.ts')}');
  const daemon = await makeFlotillaProcess('left', { args: [], env: { FLOTILLA_TEMPORAL_BIN: process.env.BIN } });
  daemon.spawn();
  await daemon.untilReady();
  const server = startServer('sleep', ['600'], { cwd: daemon.temporaryDir, log: daemon.temporaryDir + '/log' });
  console.log(JSON.stringify([daemon.pid(), readServerRecord(daemon.stateDir).pid, server.pid]));
  setInterval(() => undefined, 1_000);
`;

/** As the next run: it asks for a folder. */
const NEXT = `const { throwAwayFolder } = await import('${urlOf('support/temporary-folder.ts')}'); throwAwayFolder('next');`;

const node = (program: string) =>
  spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, BIN: temporalBinary() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** Runs it until it has said what it has started. */
async function startRun(): Promise<{
  readonly run: ReturnType<typeof node>;
  readonly started: readonly ProcessRecord[];
}> {
  const run = node(RUN);
  const line = await new Promise<string>((resolve, reject) => {
    run.stdout.setEncoding('utf8').once('data', resolve);
    run.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  const started = (JSON.parse(line) as readonly number[]).map((pid) => ({ pid, identity: processIdentity(pid) ?? '' }));
  expect(started.map(isAlive)).toEqual([true, true, true]);
  return { run, started };
}

const ended = (run: ReturnType<typeof node>): Promise<unknown> => new Promise((resolve) => run.once('exit', resolve));

describe.skipIf((await skipReason(temporalServer)) !== undefined)(
  'processes of a run of the rig that is cut off',
  () => {
    it.each(['SIGINT', 'SIGTERM'] as const)(
      'end with it at %s, the Temporal server of its daemon too',
      async (signal) => {
        const { run, started } = await startRun();
        const end = ended(run);
        run.kill(signal);
        await end;
        await expect.poll(() => started.map(isAlive)).toEqual([false, false, false]);
      },
    );

    it('are ended by the next run where it was killed', async () => {
      const { run, started } = await startRun();
      const end = ended(run);
      run.kill('SIGKILL');
      await end;
      expect(started.map(isAlive)).toEqual([true, true, true]);
      await ended(node(NEXT));
      await expect.poll(() => started.map(isAlive)).toEqual([false, false, false]);
    });
  },
);
