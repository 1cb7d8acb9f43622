/**
 * The network fails between the engine and a server, at each phase of a migration: the slot is free again within the limits, and the next try finds out in
 * the target what the first has done.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../src/engine/dialects/parse-database-url.ts';
import { DEFAULT_LIMITS, type MigrationTarget } from '../../src/engine/run/types.ts';
import {
  directoryOf,
  type EngineFixture,
  type FixtureTarget,
  makeEngine,
  OPTIONS,
} from '../contract/engine/engine-fixture.ts';
import { mariadbFixture } from '../contract/engine/mariadb-fixture.ts';
import { postgresFixture } from '../contract/engine/postgres-fixture.ts';
import { type NetworkMode, startTcpProxy, type TcpProxy } from '../faults/network/tcp-proxy.ts';
import { noteFigures } from '../support/note-figures.ts';
import { mariadbServer, postgresServer, skipReason } from '../support/servers.ts';

const LIMIT_MS = 1000;
/** Far beyond the limits, also on a busy machine; without them it is a minute or for ever. */
const FREE_MS = 12_000;
const limits = { ...DEFAULT_LIMITS, connectTimeoutMs: LIMIT_MS, keepaliveMs: LIMIT_MS };
const DEAD: readonly NetworkMode[] = [{ kind: 'black-hole' }, { kind: 'reset' }, { kind: 'half-open' }];
const SLOW: readonly NetworkMode[] = [
  { kind: 'stall', ms: 300 },
  { kind: 'trickle', bytesPerSecond: 20_000 },
  { kind: 'delay', ms: 20 },
];
const FILES = { '1_once.sql': 'CREATE TABLE marked (id int);\nINSERT INTO marked VALUES (1);\n' };
/** Each is a part of what the engine sends. */
const PHASES = [
  { phase: 'in a statement that does not arrive', text: 'CREATE TABLE marked', letsThrough: false },
  { phase: 'in a statement whose answer is lost', text: 'INSERT INTO marked', letsThrough: true },
  { phase: 'at a COMMIT that does not arrive', text: 'COMMIT', letsThrough: false },
  { phase: 'at a COMMIT whose answer is lost', text: 'COMMIT', letsThrough: true },
] as const;

const KINDS = [
  { name: 'Postgres', server: postgresServer, fixture: () => postgresFixture('database') },
  { name: 'MariaDB', server: mariadbServer, fixture: mariadbFixture },
] as const;

for (const { name, server, fixture } of KINDS) {
  const skipped = (await skipReason(server)) !== undefined;
  describe.skipIf(skipped)(`a network that fails before ${name}`, { timeout: 60_000 }, () => {
    const { engine, events } = makeEngine();
    let databases: EngineFixture;
    let proxy: TcpProxy;

    beforeAll(async () => {
      databases = await fixture();
      proxy = await startTcpProxy((await server()).port);
    });
    afterEach(() => proxy.setMode({ kind: 'pass' }));
    afterAll(async () => {
      await engine.close();
      await databases?.close();
      await proxy?.stop();
    });

    const through = (target: FixtureTarget): MigrationTarget => {
      const url = new URL(target.url);
      url.port = String(proxy.port);
      return { id: 'behind', url: parseDatabaseUrl(url.toString()) };
    };
    const apply = async (target: FixtureTarget, waitMs = 0) => {
      const began = performance.now();
      const lock = { ...OPTIONS.lock, waitMs };
      const outcome = await engine.apply(through(target), directoryOf(FILES), { ...OPTIONS, limits, lock });
      return { outcome, ms: performance.now() - began };
    };
    const expectOnce = async (target: FixtureTarget): Promise<void> => {
      expect(await target.count('marked')).toBe(1);
      expect(await target.revisions()).toMatchObject([{ version: '1', applied: 2, total: 2, error: '' }]);
      await expect.poll(() => target.leftovers(), { timeout: FREE_MS }).toEqual([]);
    };
    const expectFreed = ({ outcome, ms }: Awaited<ReturnType<typeof apply>>): void => {
      expect(outcome).toMatchObject({ kind: 'failed', error: { class: 'transient' } });
      noteFigures({ 'networks lost': 1, 'slot freed afterMs': ms });
      expect(ms).toBeLessThan(FREE_MS);
    };

    for (const mode of DEAD) {
      it(`${mode.kind} while connecting: given up, and done by the next try`, async () => {
        const target = await databases.makeTarget();
        proxy.setMode(mode);
        expectFreed(await apply(target));
        proxy.setMode({ kind: 'pass' });
        expect((await apply(target)).outcome).toMatchObject({ kind: 'applied' });
        await expectOnce(target);
      });

      for (const { phase, text, letsThrough } of PHASES) {
        it(`${mode.kind} ${phase}: given up, and looked up by the next try`, async () => {
          const target = await databases.makeTarget();
          proxy.setTrap({ text, letsThrough, mode, onlyThisOne: mode.kind !== 'black-hole' });
          expectFreed(await apply(target));
          expect(proxy.isSprung()).toBe(true);
          proxy.setMode({ kind: 'pass' });
          const { outcome } = await apply(target, FREE_MS);
          expect(['applied', 'unchanged']).toContain(outcome.kind);
          await expectOnce(target);
          expect((await apply(target)).outcome).toMatchObject({ kind: 'unchanged', current: '1' });
        });
      }
    }

    for (const mode of SLOW) {
      it(`${mode.kind}: is waited for`, async () => {
        const target = await databases.makeTarget();
        proxy.setTrap({ text: 'CREATE TABLE marked', letsThrough: false, mode, onlyThisOne: false });
        expect((await apply(target)).outcome).toMatchObject({ kind: 'applied', attempts: 1 });
        expect(proxy.isSprung()).toBe(true);
        await expectOnce(target);
      });
    }

    it('waits for a statement that the server is seen to work on, however long it says nothing', async () => {
      const target = await databases.makeTarget();
      const files = { '1_slow.sql': `${databases.sleep(3)};\n` };
      const outcome = await engine.apply(through(target), directoryOf(files), { ...OPTIONS, limits });
      expect(outcome).toMatchObject({ kind: 'applied' });
    });

    it('counts each connection that it opened as closed', async () => {
      await engine.close();
      const count = (kind: string) => events.filter((event) => event.kind === kind).length;
      await expect.poll(() => count('ConnectionClosed')).toBe(count('ConnectionOpened'));
    });
  });
}
