/**
 * An application reads a table at 200/s, another session holds a lock on it, and a rollout wants to alter it: nobody waits longer for the rollout than
 * lock_timeout, and the change lands once the lock is gone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../src/engine/dialects/parse-database-url.ts';
import { DEFAULT_LIMITS } from '../../src/engine/run/types.ts';
import {
  directoryOf,
  type EngineFixture,
  type FixtureTarget,
  makeEngine,
  OPTIONS,
} from '../contract/engine/engine-fixture.ts';
import { mariadbFixture } from '../contract/engine/mariadb-fixture.ts';
import { postgresFixture } from '../contract/engine/postgres-fixture.ts';
import { type ReaderFigures, startReaders } from '../faults/network/readers.ts';
import { noteFigures } from '../support/note-figures.ts';
import { mariadbServer, postgresServer, skipReason } from '../support/servers.ts';

const LOCK_TIMEOUT_MS = 200;
const HELD_MS = 2_500;
const QUIET_MS = 700;
const READ = 'SELECT count(*) FROM hot';

const KINDS = [
  {
    name: 'Postgres',
    server: postgresServer,
    fixture: () => postgresFixture('database'),
    async reader(url: string) {
      const client = new pg.Client({ connectionString: url, application_name: 'fixture reader' });
      await client.connect();
      return { read: () => client.query(READ), close: () => client.end() };
    },
  },
  {
    name: 'MariaDB',
    server: mariadbServer,
    fixture: mariadbFixture,
    async reader(url: string) {
      const connection = await mysql.createConnection(url);
      return { read: () => connection.query(READ), close: () => connection.end() };
    },
  },
] as const;

for (const { name, server, fixture, reader } of KINDS) {
  const skipped = (await skipReason(server)) !== undefined;
  describe.skipIf(skipped)(`readers of a table of ${name} that is migrated`, { timeout: 60_000 }, () => {
    const { engine } = makeEngine();
    let databases: EngineFixture;

    beforeAll(async () => {
      databases = await fixture();
    });
    afterAll(async () => {
      await engine.close();
      await databases?.close();
    });

    const migrate = (target: FixtureTarget, lockTimeoutMs: number, lockRetries: number) =>
      engine.apply(
        { id: 'hot', url: parseDatabaseUrl(target.url) },
        directoryOf({ '1_hot.sql': 'ALTER TABLE hot ADD COLUMN c int;\n' }),
        { ...OPTIONS, allowDirty: true, limits: { ...DEFAULT_LIMITS, lockTimeoutMs }, lockRetries },
      );
    const makeHot = async (): Promise<FixtureTarget> => {
      const target = await databases.makeTarget();
      await target.run('CREATE TABLE hot (id int)');
      await target.run('INSERT INTO hot VALUES (1)');
      return target;
    };
    /** What the readers saw while the table was held and the rollout tried until it was done. */
    const readMeanwhile = async (lockTimeoutMs: number): Promise<ReaderFigures> => {
      const target = await makeHot();
      const readers = await startReaders(() => reader(target.url));
      const letGo = await target.holdTable('hot');
      const held = sleep(HELD_MS).then(letGo);
      for (let outcome = await migrate(target, lockTimeoutMs, 10); outcome.kind !== 'applied'; ) {
        expect(outcome).toMatchObject({ kind: 'failed', error: { class: 'lock' } });
        await sleep(50);
        outcome = await migrate(target, lockTimeoutMs, 10);
      }
      await held;
      await target.run('UPDATE hot SET c = 1');
      return readers.stop();
    };

    it('wait no longer than lock_timeout for it, and the change lands', async () => {
      const quietTarget = await makeHot();
      const quietReaders = await startReaders(() => reader(quietTarget.url));
      await sleep(QUIET_MS);
      const quiet = await quietReaders.stop();
      const without = await readMeanwhile(0);
      const within = await readMeanwhile(LOCK_TIMEOUT_MS);
      const line = { quiet, without, within };
      process.stdout.write(
        `readers of ${name}: ${JSON.stringify(line, (_, v) => (typeof v === 'number' ? Math.round(v) : v))}\n`,
      );
      noteFigures({
        [`${name} worst read quietMs`]: quiet.worstMs,
        [`${name} worst read without timeoutsMs`]: without.worstMs,
        [`${name} worst read with lock_timeoutMs`]: within.worstMs,
      });
      expect(without.worstMs).toBeGreaterThan(HELD_MS / 2);
      // The machine's own noise is seen in the quiet run; without a lock_timeout, or with one of a whole second, it is far beyond this.
      expect(within.worstMs).toBeLessThan(LOCK_TIMEOUT_MS + 10 + Math.min(500, 150 + 2 * quiet.worstMs));
    });

    it('are not the ones who are blamed: the outcome names who holds the lock', async () => {
      const target = await makeHot();
      const letGo = await target.holdTable('hot');
      const outcome = await migrate(target, LOCK_TIMEOUT_MS, 1);
      await letGo();
      expect(outcome).toMatchObject({ kind: 'failed', error: { class: 'lock' } });
      const blocker = outcome.kind === 'failed' ? outcome.error.blocker : undefined;
      expect(blocker).toMatch(
        name === 'Postgres'
          ? /^pid \d+ "fixture database" for \d+s .*SELECT \* FROM hot/
          : /^session \d+ of \w+@\S+ since \d+ s/,
      );
      expect((await migrate(target, LOCK_TIMEOUT_MS, 10)).kind).toBe('applied');
      expect(await target.leftovers()).toEqual([]);
    });
  });
}
