import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mariadbServer, postgresServer, skipReason } from '../../support/servers.ts';
import { type Fleet, type FleetKind, makeFleet } from '../fleet/fleet.ts';
import { holdOn, LEFT_BEHIND } from '../fleet/hold-on.ts';
import { scriptTo } from '../fleet/migrations.ts';
import { type Census, findWrongs, takeCensus, type Verdict } from '../fleet/oracle.ts';
import type { Tenant } from '../fleet/tenants.ts';

const KINDS: readonly (readonly [FleetKind, server: (() => Promise<unknown>) | undefined])[] = [
  ['schemas', postgresServer],
  ['databases', postgresServer],
  ['mariadb', mariadbServer],
  ['sqlite', undefined],
];
const REVISIONS: Readonly<Record<FleetKind, string>> = {
  schemas: 'atlas_schema_revisions',
  databases: 'atlas_schema_revisions.atlas_schema_revisions',
  mariadb: 'atlas_schema_revisions',
  sqlite: 'atlas_schema_revisions',
};
const NEWEST = "'20240103000000'";

/** A check that never failed proves nothing: each is shown a wrong of its kind, planted by hand. */
describe.each(KINDS)('the oracle over %s', async (kind, server) => {
  const reason = server === undefined ? undefined : await skipReason(server);
  let fleet: Fleet;
  let before: Census;
  const revisions = REVISIONS[kind];

  beforeAll(async () => {
    if (reason !== undefined) return;
    fleet = await makeFleet(kind, { tiers: { rest: 2 }, groups: 'group "all" {}' });
    before = await takeCensus(fleet);
    const [done] = tenants();
    // What a rollout would do to the first tenant; the second one is left as it is.
    const all = scriptTo(fleet.backend.dialect, fleet.migrations, done.name, fleet.migrations.files.length);
    const had = new Set(scriptTo(fleet.backend.dialect, fleet.migrations, done.name, done.from));
    await fleet.backend.run(
      done,
      all.filter((statement) => !had.has(statement)),
    );
  });
  afterAll(() => fleet?.stop());
  const tenants = (): readonly [done: Tenant, untouched: Tenant] => {
    const [done, untouched] = fleet.tenants;
    if (done === undefined || untouched === undefined) throw new Error('two tenants were asked for');
    return [done, untouched];
  };
  const verdict = (tenant: Tenant): Verdict => (tenant === tenants()[0] ? 'applied' : 'untouched');
  const wrongs = () => findWrongs(fleet, before, verdict);

  it.skipIf(reason !== undefined)('finds nothing where all is well, and sees who was applied and who not', async () => {
    expect(await wrongs()).toEqual([]);
    const [done, untouched] = tenants();
    const all = (always: Verdict) => findWrongs(fleet, before, () => always);
    expect((await all('applied')).every((wrong) => wrong.startsWith(`${untouched.name}: `))).toBe(true);
    expect(await all('applied')).not.toEqual([]);
    expect((await all('untouched')).every((wrong) => wrong.startsWith(`${done.name}: `))).toBe(true);
    expect(await all('untouched')).not.toEqual([]);
    expect(await all('either')).toEqual([]);
  });

  const PLANTED: readonly (readonly [
    what: string,
    where: 'done' | 'untouched' | 'neighbour',
    plant: string,
    undo: string,
    sees: RegExp,
  ])[] = [
    [
      'half a version',
      'done',
      `UPDATE ${revisions} SET applied = 3 WHERE version = ${NEWEST}`,
      `UPDATE ${revisions} SET applied = total`,
      /applied of revision 20240103000000 is 3, not 5/,
    ],
    [
      'another number of statements',
      'done',
      `UPDATE ${revisions} SET applied = 4, total = 4 WHERE version = ${NEWEST}`,
      `UPDATE ${revisions} SET applied = 5, total = 5 WHERE version = ${NEWEST}`,
      /total of revision/,
    ],
    [
      'another type',
      'done',
      `UPDATE ${revisions} SET type = 4 WHERE version = ${NEWEST}`,
      `UPDATE ${revisions} SET type = 2`,
      /type of revision/,
    ],
    [
      'an error',
      'done',
      `UPDATE ${revisions} SET error = 'oh' WHERE version = ${NEWEST}`,
      `UPDATE ${revisions} SET error = ''`,
      /error of revision/,
    ],
    [
      'a wrong hash',
      'done',
      `UPDATE ${revisions} SET hash = CONCAT(hash, 'x') WHERE version = ${NEWEST}`,
      `UPDATE ${revisions} SET hash = REPLACE(hash, '=x', '=')`,
      /hash of revision/,
    ],
    [
      'a row too many',
      'done',
      `INSERT INTO ${revisions} SELECT '2025', description, type, applied, total, executed_at, execution_time, error, error_stmt, hash, partial_hashes, operator_version FROM ${revisions} WHERE version = ${NEWEST}`,
      `DELETE FROM ${revisions} WHERE version = '2025'`,
      /versions: too many 2025/,
    ],
    [
      'an old row that has changed',
      'done',
      `UPDATE ${revisions} SET execution_time = 7 WHERE version = '20240101000000'`,
      `UPDATE ${revisions} SET execution_time = 1000000`,
      /was there before, and has changed/,
    ],
    [
      'a migration that ran twice',
      'done',
      `INSERT INTO marks (id, version, tenant) SELECT 99, version, tenant FROM marks WHERE version = ${NEWEST}`,
      'DELETE FROM marks WHERE id = 99',
      /rows of marks: too many/,
    ],
    [
      'a change that was made twice',
      'done',
      'UPDATE accounts SET balance = balance + 10',
      'UPDATE accounts SET balance = balance - 10',
      /rows of accounts/,
    ],
    [
      'an index that is missing',
      'done',
      kind === 'mariadb' ? 'DROP INDEX orders_account ON orders' : 'DROP INDEX orders_account',
      'CREATE INDEX orders_account ON orders (account_id)',
      /objects: missing .*orders_account/,
    ],
    [
      'a table of somebody else',
      'done',
      'CREATE TABLE ours (id bigint)',
      'DROP TABLE ours',
      /objects: too many .*ours/,
    ],
    [
      'a row in a tenant that is not to be touched',
      'untouched',
      "INSERT INTO accounts (id, name, balance) VALUES (9, 'x', 0)",
      'DELETE FROM accounts WHERE id = 9',
      /rows of accounts: too many/,
    ],
    [
      'a touched revisions row',
      'untouched',
      `UPDATE ${revisions} SET execution_time = 7 WHERE version = '20240101000000'`,
      `UPDATE ${revisions} SET execution_time = 1000000`,
      /revisions: missing/,
    ],
    [
      'a table in a neighbour',
      'neighbour',
      'CREATE TABLE ours (id bigint)',
      'DROP TABLE ours',
      /a neighbour: objects: too many .*ours/,
    ],
  ];

  it.skipIf(reason !== undefined).each(PLANTED)('sees %s', async (_, where, plant, undo, sees) => {
    const [done, untouched] = tenants();
    const tenant = { done, untouched, neighbour: fleet.neighbours[0] ?? done }[where];
    await fleet.backend.run(tenant, [plant]);
    const seen = await wrongs();
    await fleet.backend.run(tenant, [undo]);
    expect(seen).not.toEqual([]);
    expect(seen.filter((wrong) => !wrong.startsWith(`${tenant.name}`))).toEqual([]);
    expect(seen.join('\n')).toMatch(sees);
    expect(await wrongs(), 'after it was taken back').toEqual([]);
  });

  it.skipIf(reason !== undefined)('sees a lock and an open transaction that were left behind', async () => {
    const [done] = tenants();
    const letGo = await holdOn(kind, fleet, done);
    const seen = await wrongs();
    await letGo();
    expect(seen.filter((wrong) => !wrong.startsWith('left behind: '))).toEqual([]);
    for (const what of LEFT_BEHIND[kind]) expect(seen.join('\n')).toMatch(what);
    expect(await wrongs(), 'after it was let go').toEqual([]);
  });

  it.skipIf(reason !== undefined)('sees a place that was not there before', async () => {
    const [done] = tenants();
    await fleet.backend.make({ ...done, name: `${done.name}_ours` });
    expect(await wrongs()).toEqual([expect.stringMatching(/^places where the fleet lives: too many .*_ours/)]);
  });
});
