import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import type { StoreWatch } from '../../../src/store/database.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { STORE_KEY } from '../../support/store-key.ts';
import { hostPlacesContract } from './host-places-contract.ts';
import { created, newRollout } from './new-rollout.ts';
import { storeContract } from './store-contract.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flotilla-store-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const fileOf = (name: string): string => path.join(folder, name);
const open = (name: string) => openStore({ file: fileOf(name), key: STORE_KEY }, Date.now());

storeContract('SQLite', () => open('contract.db'));
hostPlacesContract('SQLite', () => open('contract.db'));

describe('SQLite file', () => {
  it('is in WAL mode', async () => {
    const store = await open('mode.db');
    const raw = new DatabaseSync(fileOf('mode.db'));
    expect(raw.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
    raw.close();
    await store.close();
  });

  it('tells of each write whether it was committed, and how much of the audit trail it held', async () => {
    const writes: Parameters<StoreWatch>[0][] = [];
    const location = { file: fileOf('watched.db'), key: STORE_KEY };
    const store = await openStore(location, Date.now(), (write) => writes.push(write));
    await store.createRollout(newRollout('watched'), created);
    expect(writes.at(-1)).toEqual({ committed: true, auditEntries: 1 });
    const raw = new DatabaseSync(fileOf('watched.db'));
    raw.exec(`create trigger full before insert on events begin select raise(abort, 'disk full'); end`);
    await expect(store.appendEvent('watched', { kind: 'N', actor: 'a', data: {} }, 1)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(writes.at(-1)).toEqual({ committed: false, auditEntries: 1 });
    raw.close();
    await store.close();
  });

  it('freezes 500 targets in one commit, and each 500 more in one more', async () => {
    let commits = 0;
    const location = { file: fileOf('commits.db'), key: STORE_KEY };
    const store = await openStore(location, Date.now(), () => {
      commits += 1;
    });
    for (const [targets, expected] of [
      [3, 1],
      [500, 1],
      [501, 2],
      [1_200, 3],
    ] as const) {
      commits = 0;
      const input = newRollout(`of-${targets}`, { hosts: ['db:5432'], perHost: targets });
      const row = { ...input.row, env: `env-${targets}` };
      expect(await store.createRollout({ ...input, row }, created)).toEqual({ kind: 'created' });
      expect(commits).toBe(expected);
      expect(await store.totals(row.id)).toEqual({ pending: targets });
      const { items } = await store.listTargets(row.id, { limit: 100 });
      expect(items.length).toBe(Math.min(100, targets));
    }
    const raw = new DatabaseSync(fileOf('commits.db'));
    expect(
      raw.prepare('select (select count(*) from targets) t, (select count(*) from staged_rollouts) s').get(),
    ).toEqual({ t: 2_204, s: 0 });
    raw.close();
    await store.close();
  });

  it('of a newer program is refused, untouched', async () => {
    await (await open('newer.db')).close();
    const raw = new DatabaseSync(fileOf('newer.db'));
    raw.exec('update schema_version set version = 99');
    await expect(open('newer.db')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('schema 99'),
    });
    expect(raw.prepare('select version from schema_version').get()).toEqual({ version: 99 });
    raw.close();
  });

  it('that cannot be opened is one readable error', async () => {
    await expect(openStore({ file: fileOf('no/such/folder.db'), key: STORE_KEY }, 0)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('folder.db'),
    });
  });

  it('holds what may be secret under its key only, and is opened by no other', async () => {
    const store = await open('sealed.db');
    await store.putArtifact('sha256:1', 'url = "postgres://u:Pl4nted@h/"', 0);
    const rollout = newRollout('sealed');
    await store.createRollout({ ...rollout, row: { ...rollout.row, vars: { token: 'Pl4nted' } } }, created);
    expect(await store.getArtifact('sha256:1')).toContain('Pl4nted');
    expect((await store.getRollout('sealed'))?.vars).toEqual({ token: 'Pl4nted' });
    await store.close();
    const files = fs.readdirSync(folder).filter((name) => name.startsWith('sealed.db'));
    expect(files).toContain('sealed.db');
    for (const name of files) expect(fs.readFileSync(fileOf(name)).includes('Pl4nted'), name).toBe(false);
    const other = { file: fileOf('sealed.db'), key: new Uint8Array(32).fill(8) };
    await expect(openStore(other, Date.now())).rejects.toMatchObject({ code: 'STORE_KEY_WRONG' });
    await (await open('sealed.db')).close();
  });

  it('with an artifact that was moved to another place is found out', async () => {
    const store = await open('moved.db');
    await store.putArtifact('sha256:a', 'a', 0);
    await store.putArtifact('sha256:b', 'b', 0);
    const raw = new DatabaseSync(fileOf('moved.db'));
    raw.exec(
      `update artifacts set content = (select content from artifacts where digest = 'sha256:a') where digest = 'sha256:b'`,
    );
    raw.close();
    await expect(store.getArtifact('sha256:b')).rejects.toMatchObject({ code: 'STORE_KEY_WRONG' });
    await store.close();
  });

  it('with an event that was changed behind our back is found out', async () => {
    const store = await open('audit.db');
    await store.createRollout(newRollout('audited'), created);
    for (const n of [1, 2, 3]) await store.appendEvent('audited', { kind: 'N', actor: 'a', data: { n } }, n);
    expect(await store.verifyEvents('audited')).toBeUndefined();
    const raw = new DatabaseSync(fileOf('audit.db'));
    raw.exec(`update events set actor = 'somebody else' where seq = 3`);
    expect(await store.verifyEvents('audited')).toBe(3);
    raw.exec(`update events set actor = 'a' where seq = 3; delete from events where seq = 4`);
    expect(await store.verifyEvents('audited')).toBe(4);
    raw.close();
    await store.close();
  });

  it('sweeps what a creation that was cut short left behind', async () => {
    const store = await open('staged.db');
    const raw = new DatabaseSync(fileOf('staged.db'));
    const row = `'half', 0, 'a', 'g', 'h', 'sqlite', 'u', '{}', 'pending', 0, 0`;
    raw.exec(`insert into staged_rollouts values ('half', 1)`);
    raw.exec(
      `insert into targets (rollout_id, seq, id, group_name, host, dialect, url, labels, state, pass, attempts) values (${row})`,
    );
    await store.close();
    await (await open('staged.db')).close();
    expect(
      raw.prepare('select (select count(*) from targets) t, (select count(*) from staged_rollouts) s').get(),
    ).toEqual({ t: 0, s: 0 });
    raw.close();
  });
});
