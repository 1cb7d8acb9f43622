import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPayloadCodec } from '../../src/temporal/payload-codec.ts';
import { type GrpcTlsProxy, startGrpcTlsProxy } from '../support/grpc-tls-proxy.ts';
import { startTemporal, type TemporalServer } from '../support/temporal-server.ts';
import { type Daemon, startDaemon } from './fleet/daemon.ts';
import { type Fleet, makeFleet } from './fleet/fleet.ts';
import { findWrongs, takeCensus } from './fleet/oracle.ts';
import { listRuns, readHistories } from './fleet/temporal-history.ts';

const GROUPS = `
  group "canary" {
    match = var.tier == "canary"
  }
  group "Pl4ntedGr0up" {
    parallel = 2
    on_error = CONTINUE
  }`;
const REASON = 'Pl4ntedReas0n';
const COUNT = 16;

const newKey = (): string => randomBytes(32).toString('base64');

/** A Temporal server that asks for a client certificate and an API key, and may not learn what a rollout is about. */
describe('a Temporal server that is not trusted', () => {
  const [oldKey, key] = [newKey(), newKey()];
  let temporal: TemporalServer;
  let proxy: GrpcTlsProxy;
  let fleet: Fleet;
  let daemon: Daemon | undefined;
  /** Of the daemon's next life. */
  const env: Record<string, string> = {};

  beforeAll(async () => {
    temporal = await startTemporal();
    proxy = await startGrpcTlsProxy(temporal.address);
    fleet = await makeFleet('sqlite', { tiers: { canary: 1, rest: COUNT }, groups: GROUPS, slowS: 0.3 });
    Object.assign(env, {
      FLOTILLA_TEMPORAL_ADDRESS: proxy.address,
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_SERVER_NAME: proxy.serverName,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: proxy.ca,
      TEMPORAL_TLS_CLIENT_CERT_PATH: proxy.clientCert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: proxy.clientKey,
      TEMPORAL_API_KEY: proxy.apiKey,
      FLOTILLA_TEMPORAL_CODEC_KEY: oldKey,
    });
  });
  afterAll(async () => {
    await daemon?.stop();
    await fleet?.stop();
    await proxy?.stop();
    await temporal?.stop();
  });

  it.each([
    ['without TLS', { TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: '' }],
    ['without its client certificate', { TEMPORAL_TLS_CLIENT_CERT_PATH: '', TEMPORAL_TLS_CLIENT_KEY_PATH: '' }],
    ['with another API key', { TEMPORAL_API_KEY: 'another' }],
    ['under another name', { TEMPORAL_TLS_SERVER_NAME: 'other.test' }],
  ])('is not reached %s, and the daemon says so', async (_, wrong) => {
    const before = proxy.calls();
    await expect(startDaemon({ shop: fleet }, { ...env, ...wrong })).rejects.toThrow(
      /TEMPORAL_UNAVAILABLE.*does not answer|does not answer/,
    );
    expect(proxy.calls()).toBe(before);
  });

  it('carries a rollout over a killed daemon and a new key, and learns no name, reason or message', async () => {
    const before = await takeCensus(fleet);
    const started = await startDaemon({ shop: fleet }, env);
    daemon = started;
    const id = await started.start('shop');
    await started.until(
      id,
      'in the middle',
      ({ counts, inFlight }) => (counts.applied ?? 0) > 2 && inFlight.length > 0,
    );
    await started.kill();

    env.FLOTILLA_TEMPORAL_CODEC_KEY = `${key},${oldKey}`;
    await started.serve();
    await started.until(id, 'going on', ({ state, inFlight }) => state === 'running' && inFlight.length > 0);
    await started.tell('pause', id, '--reason', REASON);
    const paused = await started.reach(id, 'paused');
    expect(paused.counts.pending).toBeGreaterThan(0);
    await started.end();

    // With keys that do not open what is there, and with none, the daemon does not start: it could only fail the rollout's tasks.
    for (const wrong of [newKey(), '']) {
      env.FLOTILLA_TEMPORAL_CODEC_KEY = wrong;
      await expect(started.serve()).rejects.toThrow(/TEMPORAL_CODEC_KEY_WRONG/);
    }
    env.FLOTILLA_TEMPORAL_CODEC_KEY = `${key},${oldKey}`;
    await started.serve();
    await started.tell('resume', id, '--reason', REASON);
    await started.reach(id, 'succeeded');
    expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
    expect(proxy.calls()).toBeGreaterThan(0);

    const history = await readHistories(Number(temporal.address.split(':')[1]), 'default');
    for (const word of [REASON, 'Pl4ntedGr0up', 'host-a', 'has ended', ...fleet.tenants.map(({ name }) => name)])
      expect(history.includes(word), word).toBe(false);
    // A failure has been there: that of the killed daemon's slice.
    for (const word of ['binary/encrypted', '"type":"WorkerGone"', 'Encoded failure'])
      expect(Buffer.from(history).includes(word) || history.includes(Buffer.from(word).toString('base64')), word).toBe(
        true,
      );

    // Whoever has both keys reads them all: the search would have found them.
    const read = await decryptAll(temporal.address, [key, oldKey]);
    for (const word of [REASON, 'Pl4ntedGr0up', 'host-a', 'has ended']) expect(read, word).toContain(word);
    await expect(decryptAll(temporal.address, [key])).rejects.toMatchObject({ code: 'TEMPORAL_CODEC_KEY_WRONG' });
  });
});

/** What is in the payloads of all histories. */
async function decryptAll(address: string, keys: readonly string[]): Promise<string> {
  const codec = createPayloadCodec(keys.map((key) => Buffer.from(key, 'base64')));
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const texts: string[] = [];
    for (const { workflowId, runId } of await listRuns(connection, 'default')) {
      const payloads: Payload[] = [];
      collect(await client.workflow.getHandle(workflowId, runId).fetchHistory(), payloads);
      for (const { data } of await codec.decode(payloads)) texts.push(Buffer.from(data ?? []).toString('utf8'));
    }
    return texts.join('\n');
  } finally {
    await connection.close();
  }
}

function collect(value: unknown, into: Payload[]): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  if ('metadata' in value && 'data' in value && value.data instanceof Uint8Array) into.push(value as Payload);
  else for (const part of Object.values(value)) collect(part, into);
}
