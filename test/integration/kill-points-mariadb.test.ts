/**
 * kill -9 of the process at every point of every kind of statement on MariaDB, where DDL commits by itself: the next run brings the database to
 * where one that nobody killed stands, or asks a person and shows why. DESIGN.md section 6, fleet.md F1.
 */
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPLIED, applyUntil, type RigDatabase, writeDirectory } from '../faults/kill-point.ts';
import { connectMariadb, makeMariadbDatabase } from '../faults/mariadb-database.ts';
import { STATEMENTS } from '../faults/mariadb-statements.ts';
import type { StatementCase } from '../faults/statement-case.ts';
import { mariadbServer, skipReason } from '../support/servers.ts';

const skipped = (await skipReason(mariadbServer)) !== undefined;
const DDL_POINTS = ['intent-written', 'statement-landed', 'progress-written'] as const;
const DML_POINTS = ['transaction-open', 'transaction-committed'] as const;
/** Of an account that owns its database and nothing else. */
const TENANT = { user: `tenant_${process.pid}`, password: 'tenant' };

describe.skipIf(skipped)('kill -9 at every point of a statement on MariaDB', () => {
  let base = '';
  let admin: Connection;
  let number = 0;
  const open: Awaited<ReturnType<typeof makeMariadbDatabase>>[] = [];

  beforeAll(async () => {
    ({ url: base } = await mariadbServer());
    admin = await connectMariadb(base);
    await admin.query(`CREATE USER '${TENANT.user}'@'%' IDENTIFIED BY '${TENANT.password}'`);
  });
  afterAll(async () => {
    await admin?.query(`DROP USER '${TENANT.user}'@'%'`);
    for (const { name, close } of open) {
      await admin.query(`DROP DATABASE ${name}`);
      await close();
    }
    await admin?.end();
  });

  async function prepare(one: StatementCase): Promise<RigDatabase> {
    number += 1;
    const database = await makeMariadbDatabase(admin, base, `kill_${process.pid}_${number}`);
    open.push(database);
    if (one.before !== undefined) await database.run(one.before);
    await admin.query(`GRANT ALL ON ${database.name}.* TO '${TENANT.user}'@'%'`);
    return database;
  }
  const urlOf = (database: RigDatabase, account?: typeof TENANT): string => {
    const url = new URL(base);
    url.pathname = `/${database.name}`;
    if (account !== undefined) Object.assign(url, { username: account.user, password: account.password });
    return url.toString();
  };

  for (const one of STATEMENTS) {
    it(`${one.kind}: converges from each point`, { timeout: 60_000 }, async () => {
      const dir = writeDirectory(one);
      const control = await prepare(one);
      expect(await applyUntil(urlOf(control), dir)).toMatchObject({ code: 0 });
      const wanted = await control.dump();
      const isDml = /^(?:INSERT|UPDATE)/.test(one.kind);
      for (const point of isDml ? DML_POINTS : DDL_POINTS) {
        const database = await prepare(one);
        // Before and behind it stands a CREATE TABLE.
        expect(await applyUntil(urlOf(database), dir, `${point}:${isDml ? 1 : 2}`), point).toMatchObject({
          signal: 'SIGKILL',
        });
        expect(await applyUntil(urlOf(database), dir), point).toMatchObject({ code: 0 });
        expect(await database.dump(), point).toBe(wanted);
        const [row] = await database.revisions();
        expect(row, point).toMatchObject(APPLIED);
      }
    });
  }

  for (const one of STATEMENTS.filter(({ needsProcess }) => needsProcess)) {
    it(`${one.kind}: without the right to see the proof, a person is asked`, { timeout: 60_000 }, async () => {
      const dir = writeDirectory(one);
      const database = await prepare(one);
      const url = urlOf(database, TENANT);
      expect(await applyUntil(url, dir, 'intent-written:2')).toMatchObject({ signal: 'SIGKILL' });
      const before = await database.dump();
      const asked = await applyUntil(url, dir);
      expect(asked.code).toBe(1);
      expect(asked.output).toContain('the database does not show whether it has landed');
      expect(await database.dump()).toBe(before);
      // What the message says to do in the case that it has not landed.
      const answer = /if it has not: (UPDATE .*?); the statement:/.exec(asked.output)?.[1] ?? '';
      await database.run(answer);
      expect(await applyUntil(url, dir)).toMatchObject({ code: 0 });
      expect((await database.revisions())[0]).toMatchObject(APPLIED);
    });
  }
});
