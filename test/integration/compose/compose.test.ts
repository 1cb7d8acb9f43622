import { execFile } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusPrograms } from '../../support/prometheus.ts';
import { skipReason } from '../../support/servers.ts';
import { type Fleet, makeFleet } from '../fleet/fleet.ts';
import { canaryThenRest } from '../fleet/groups.ts';
import { findWrongs, takeCensus } from '../fleet/oracle.ts';
import { type Stack, startStackByHand } from './by-hand.ts';
import { readCompose } from './compose-file.ts';

const BIN = path.resolve(import.meta.dirname, '../../../bin/flotilla.js');
/** Two scrapes of the file's own interval, and room for a busy machine. */
const SCRAPED_MS = 60_000;

const reason = await skipReason(prometheusPrograms);

describe.skipIf(reason !== undefined)('the services of deploy/compose, started by hand from its files', () => {
  let fleet: Fleet;
  let stack: Stack;
  beforeAll(async () => {
    fleet = await makeFleet('schemas', { tiers: { canary: 2, rest: 18 }, groups: canaryThenRest(4) });
    stack = await startStackByHand(fleet);
  });
  afterAll(async () => {
    await stack?.stop();
    await fleet?.stop();
  });

  // Not spawnSync: the second host of the fleet is a port of this process.
  const flotilla = (token: string, ...words: readonly string[]) =>
    new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
      const env = { ...process.env, NO_COLOR: '1', FLOTILLA_ADDR: stack.address, FLOTILLA_TOKEN: token };
      execFile(process.execPath, [BIN, ...words], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  const start = ['rollout', 'start', '--project', 'shop', '--env', 'prod', '--wait'];

  it('let nobody in without a token', async () => {
    expect(await flotilla('not-a-token', ...start)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('token'),
    });
  });

  it('bring a rollout to its end over three roles', async () => {
    const before = await takeCensus(fleet);
    const said = await flotilla(stack.operatorToken, ...start);
    expect([said.code, said.stderr], `${said.stdout}\n${stack.log()}`).toEqual([0, '']);
    expect(await findWrongs(fleet, before, () => 'applied')).toEqual([]);
  });

  it('are scraped by Prometheus, which has all its rules', async () => {
    const ask = async (url: string): Promise<ReturnType<JSON['parse']>> =>
      JSON.parse(await (await fetch(`${stack.prometheus}/api/v1/${url}`)).text()).data;
    const values = async (query: string): Promise<readonly string[]> =>
      (await ask(`query?query=${encodeURIComponent(query)}`)).result.map(
        (one: { value: [number, string] }) => one.value[1],
      );
    const deadline = Date.now() + SCRAPED_MS;
    const seen = async () => ({
      up: await values('sum(up{job="flotilla"})'),
      migrations: await values('sum(flotilla_tenant_migrations_total{result="applied"})'),
    });
    const all = { up: ['3'], migrations: [String(fleet.tenants.length)] };
    let last = await seen();
    while (JSON.stringify(last) !== JSON.stringify(all) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      last = await seen();
    }
    expect(last, JSON.stringify(await ask('targets?state=active'))).toEqual(all);
    const { groups } = (await ask('rules')) as { groups: readonly { name: string; rules: readonly unknown[] }[] };
    expect(groups.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['flotilla.recording', 'flotilla.rollouts', 'flotilla.fleet', 'flotilla.daemon']),
    );
  });
});

it('compose.yaml asks for the secrets that it has no default for', () => {
  expect(() => readCompose({ POSTGRES_PASSWORD: 'x' })).toThrow('FLOTILLA_STORE_KEY');
  expect(() => readCompose({ FLOTILLA_STORE_KEY: 'x' })).toThrow('POSTGRES_PASSWORD');
});
