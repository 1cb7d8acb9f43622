import pg from 'pg';
import { describe, it } from 'vitest';
import { openStore } from '../../../src/store/open-store.ts';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { STORE_KEY } from '../../support/store-key.ts';
import { storeContract } from './store-contract.ts';

const reason = await skipReason(postgresServer);
if (reason === undefined) {
  const server = await postgresServer();
  const name = `store_${process.pid}_${Date.now()}`;
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  storeContract('Postgres', () => openStore({ url: server.urlOf(name), key: STORE_KEY }, Date.now()));
} else {
  describe('store on Postgres', () => it.skip(reason, () => undefined));
}
