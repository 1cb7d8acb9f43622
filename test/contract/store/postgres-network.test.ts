import { afterAll, describe, expect, it } from 'vitest';
import { readStore } from '../../../src/store/database.ts';
import { openPostgres } from '../../../src/store/open-postgres.ts';
import { createSeal } from '../../../src/store/seal.ts';
import { startTcpProxy } from '../../faults/network/tcp-proxy.ts';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { STORE_KEY } from '../../support/store-key.ts';

const reason = await skipReason(postgresServer);

describe.skipIf(reason !== undefined)('a network that loses the connections of the store without a word', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  it('fails what waits for an answer, and the next one has a connection that works', async () => {
    const server = await postgresServer();
    const proxy = await startTcpProxy(server.port);
    closers.push(() => proxy.stop());
    const url = Object.assign(new URL(server.url), { port: String(proxy.port) });
    const db = openPostgres(url.href, createSeal(STORE_KEY), 500);
    closers.push(() => db.close());
    const ask = () => readStore(db, (reader) => reader.selectNoFrom((x) => x.val('1').as('one')).executeTakeFirst());
    expect(await ask()).toEqual({ one: '1' });
    proxy.setMode({ kind: 'black-hole' });
    const waiting = ask();
    proxy.setMode({ kind: 'pass' });
    await expect(waiting).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('the server has not answered for 0.5 s'),
    });
    expect(await ask()).toEqual({ one: '1' });
  });
});
