import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/open-store.ts';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { STORE_KEY } from '../../support/store-key.ts';
import { hostPlacesContract } from './host-places-contract.ts';
import { created, newRollout } from './new-rollout.ts';
import { storeContract } from './store-contract.ts';

const reason = await skipReason(postgresServer);
if (reason === undefined) {
  const server = await postgresServer();
  const name = `store_${process.pid}_${Date.now()}`;
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const open = () => openStore({ url: server.urlOf(name), key: STORE_KEY }, Date.now());
  storeContract('Postgres', open);
  hostPlacesContract('Postgres', open);

  it('gives places though a frozen process is in the middle of taking some', async () => {
    const store = await open();
    const frozen = new pg.Client({ connectionString: server.urlOf(name) });
    frozen.on('error', () => undefined);
    await frozen.connect();
    try {
      // As takeHostPlaces begins; then nobody asks the next question.
      await frozen.query(
        "BEGIN; SELECT set_config('idle_in_transaction_session_timeout', '1000ms', true), pg_advisory_xact_lock(7214307)",
      );
      const asked = { host: 'frozen', most: 8, running: 0, wanted: 1, kept: 0, borne: 0 };
      expect(await store.takeHostPlaces('a', 1_000, [asked])).toMatchObject([{ places: 8 }]);
    } finally {
      await frozen.end().catch(() => undefined);
      await store.close();
    }
  }, 10_000);

  it('closes a gate that a frozen worker holds in the middle of a transaction', async () => {
    const store = await openStore({ url: server.urlOf(name), key: STORE_KEY }, Date.now());
    // What SIGSTOP leaves: the row is locked, and nobody asks the next question.
    const frozen = new pg.Client({ connectionString: server.urlOf(name), application_name: 'flotilla store' });
    frozen.on('error', () => undefined);
    await frozen.connect();
    try {
      await store.createRollout(newRollout('frozen'), created);
      await frozen.query("BEGIN; SELECT * FROM gates WHERE rollout_id = 'frozen' FOR SHARE");
      const closing = { reason: 'lunch', by: 'olga', operator: true, terminal: false };
      expect(await store.closeGate('frozen', closing, null, Date.now())).toMatchObject({ state: 'closed', by: 'olga' });
      await expect(frozen.query('COMMIT')).rejects.toThrow();
    } finally {
      await frozen.end().catch(() => undefined);
      await store.close();
    }
  }, 10_000);
} else {
  describe('store on Postgres', () => it.skip(reason, () => undefined));
}
