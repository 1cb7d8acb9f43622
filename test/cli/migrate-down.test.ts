/** `migrate down` as a user runs it, on real databases. Texts: atlas-config-cli.md 5.4, with durations taken out. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FreshDatabase, mariadbDatabase, sqliteDatabase } from './migrate-databases.ts';
import { useMigrateFolder } from './migrate-folder.ts';

const folder = await useMigrateFolder();
const { write, flotilla, migrations, kinds: KINDS } = folder;
const txtar = (up: string, down: string): string =>
  `-- atlas:txtar\n\n-- migration.sql --\n${up}\n-- down.sql --\n${down}\n`;

const THREE = {
  '1_a.sql': txtar('CREATE TABLE t (id int);', 'DROP TABLE t;'),
  '2_b.sql': txtar('ALTER TABLE t ADD COLUMN c int;', 'ALTER TABLE t DROP COLUMN c;'),
  '3_c.sql': txtar('CREATE TABLE u (id int);\nCREATE TABLE v (id int);', 'DROP TABLE v;\nDROP TABLE u;'),
};

const REVISIONS = 'SELECT version, applied, total, error FROM atlas_schema_revisions ORDER BY version';

describe.each(KINDS)('migrate down on $kind', ({ skip, open, rollsBackDdl }) => {
  let database: FreshDatabase;
  const args = (): string[] => ['--dir', 'file://m', '--url', database.url];
  const versions = async (): Promise<string> => (await database.rows(REVISIONS)).map(([version]) => version).join(' ');
  beforeEach(async () => {
    if (skip === undefined) database = await open();
  });
  afterEach(() => database?.drop());

  it.skipIf(skip)('takes the last version back, and tells', async () => {
    migrations(THREE);
    flotilla('apply', ...args());
    const quote = database.url.startsWith('postgres') ? '"' : '`';
    const check = (table: string): string =>
      `SELECT NOT EXISTS (SELECT 1 FROM ${quote}${table}${quote}) AS ${quote}is_empty${quote}`;
    expect(flotilla('down', ...args())).toEqual({
      code: 0,
      err: '',
      out: `Migrating down from version 3 to 2 (1 migration in total):

  -- checks before reverting version 3
    -> ${check('v')}
    -> ${check('u')}
  -- ok (DURATION)

  -- reverting version 3
    -> DROP TABLE v;
    -> DROP TABLE u;
  -- ok (DURATION)

  -------------------------
  -- DURATION
  -- 1 migration
  -- 2 sql statements
`,
    });
    expect(await versions()).toBe('1 2');
    await expect(database.rows('SELECT * FROM u')).rejects.toThrow();
    // And forwards again.
    expect(flotilla('apply', ...args()).code).toBe(0);
    expect(await versions()).toBe('1 2 3');
  });

  it.skipIf(skip)('takes back an amount, or all after a version, and at last has nothing left', async () => {
    migrations(THREE);
    flotilla('apply', ...args());
    expect(flotilla('down', ...args(), '--to-version', '1').code).toBe(0);
    expect(await versions()).toBe('1');
    expect(flotilla('down', ...args(), '5')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Migrating down from version 1 to the empty database (1 migration in total):'),
    });
    expect(await versions()).toBe('');
    expect(flotilla('down', ...args())).toEqual({ code: 0, err: '', out: 'No migrations to revert\n' });
  });

  it.skipIf(skip)('changes nothing in a dry run', async () => {
    migrations(THREE);
    flotilla('apply', ...args());
    const before = await database.rows(REVISIONS);
    expect(flotilla('down', ...args(), '--dry-run', '2')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/reverting version 3[\s\S]*reverting version 2\n {4}-> ALTER TABLE t DROP COLUMN c;/),
    });
    expect(await database.rows(REVISIONS)).toEqual(before);
    await database.rows('SELECT c FROM t');
  });

  it.skipIf(skip)('names the version that has no way back, and changes nothing', async () => {
    migrations({ ...THREE, '2_b.sql': 'ALTER TABLE t ADD COLUMN c int;\n' });
    flotilla('apply', ...args());
    expect(flotilla('down', ...args(), '2')).toEqual({
      code: 1,
      out: '',
      err: 'Error: version "2" cannot be taken back: "2_b.sql" has no "-- down.sql --" section (in a file that begins with "-- atlas:txtar")\n',
    });
    expect(await versions()).toBe('1 2 3');
  });

  it.skipIf(skip)('does not drop a table that holds rows, unless it is told to', async () => {
    migrations({
      '1_a.sql': txtar('CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);', 'DROP TABLE t;'),
      '2_b.sql': txtar('CREATE TABLE u (id int);', 'DROP TABLE u;'),
    });
    flotilla('apply', ...args());
    const refused = flotilla('down', ...args(), '2');
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /^Error: check assertion "SELECT NOT EXISTS .* returned false: version "1" is not taken back/,
    );
    expect(await versions()).toBe('1 2');
    expect(flotilla('down', ...args(), '--skip-checks', '2').code).toBe(0);
    expect(await versions()).toBe('');
  });

  it.skipIf(skip)(
    'drops a column that holds nothing but its default, and another one where it is told to',
    async () => {
      const forth = "ALTER TABLE t ADD COLUMN c int;\nALTER TABLE t ADD COLUMN d varchar(10) NOT NULL DEFAULT 'none';";
      migrations({
        '1_a.sql': 'CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n',
        '2_b.sql': txtar(forth, 'ALTER TABLE t DROP COLUMN d;\nALTER TABLE t DROP c;'),
      });
      flotilla('apply', ...args());
      const { code, out } = flotilla('down', ...args());
      expect([code, out.match(/-> SELECT NOT EXISTS .* WHERE .* AS .is_empty./g)?.length]).toEqual([0, 2]);
      for (const set of ["d = 'NONE'", 'c = 0']) {
        expect(flotilla('apply', ...args()).code).toBe(0);
        await database.rows(`UPDATE t SET ${set}`);
        const refused = flotilla('down', ...args());
        expect(refused.code).toBe(1);
        expect(refused.err).toMatch(/^Error: check assertion .* version "2" is not taken back, its data would be lost/);
        expect(await versions()).toBe('1 2');
        expect(flotilla('down', ...args(), '--skip-checks').code).toBe(0);
      }
      expect(await versions()).toBe('1');
    },
  );

  it.skipIf(skip)('leaves a version that fails on the way as it is, or goes on with it', async () => {
    migrations({
      '1_a.sql': txtar('CREATE TABLE t (id int);\nCREATE TABLE u (id int);', 'DROP TABLE u;\nDROP TABLE wrong;'),
    });
    flotilla('apply', ...args());
    const failed = flotilla('down', ...args(), '--skip-checks');
    expect(failed.code).toBe(1);
    expect(failed.out).toContain('  -- 1 migration with errors\n');
    expect(failed.err).toMatch(/^Error: sql\/migrate: executing statement "DROP TABLE wrong;" from version "1": /);
    const [row] = await database.rows(REVISIONS);
    if (rollsBackDdl) {
      expect(row).toEqual(['1', '2', '2', '']);
      return;
    }
    expect(row?.slice(0, 3)).toEqual(['1', '1', '2']);
    expect(row?.[3]).toContain('being taken back and not done');
    // Nobody takes it for whole, and nobody applies over it.
    expect(flotilla('apply', ...args())).toMatchObject({
      code: 1,
      err: expect.stringContaining('run "migrate down" first'),
    });
    await database.rows('CREATE TABLE wrong (id int)');
    expect(flotilla('down', ...args(), '--skip-checks').code).toBe(0);
    expect(await versions()).toBe('');
  });

  it.skipIf(skip)('prints JSON with the fields of Atlas', async () => {
    migrations(THREE);
    flotilla('apply', ...args());
    const { out } = flotilla('down', ...args(), '--format', '{{ json . }}');
    const report = JSON.parse(out) as Record<string, unknown>;
    expect(Object.keys(report)).toEqual(['Planned', 'Reverted', 'Current', 'Target', 'Total', 'Start', 'End']);
    expect(report).toMatchObject({
      Planned: [{ Name: '3_c.sql', Version: '3', Description: 'c', Content: THREE['3_c.sql'] }],
      Reverted: [
        {
          Name: '3_c.sql',
          Version: '3',
          Description: 'c',
          Applied: ['DROP TABLE v;', 'DROP TABLE u;'],
          Scope: rollsBackDdl ? 'versions' : 'statement',
        },
      ],
      Current: '3',
      Target: '2',
      Total: 1,
    });
  });
});

describe('the way back of other tools', () => {
  const open = async (format: string): Promise<{ readonly database: FreshDatabase; readonly args: string[] }> => {
    const database = await sqliteDatabase(folder.cwd);
    return { database, args: ['--dir', `file://m?format=${format}`, '--url', database.url] };
  };
  it.each([
    ['golang-migrate', { '1_a.up.sql': 'CREATE TABLE t (id int);\n', '1_a.down.sql': 'DROP TABLE t;\n' }],
    ['goose', { '1_a.sql': '-- +goose Up\nCREATE TABLE t (id int);\n\n-- +goose Down\nDROP TABLE t;\n' }],
    ['dbmate', { '1_a.sql': '-- migrate:up\nCREATE TABLE t (id int);\n\n-- migrate:down\nDROP TABLE t;\n' }],
    ['flyway', { 'V1__a.sql': 'CREATE TABLE t (id int);\n', 'U1__a.sql': 'DROP TABLE t;\n' }],
    [
      'liquibase',
      {
        '1_a.sql':
          '--liquibase formatted sql\n--changeset atlas:1-1\nCREATE TABLE t (id int);\n--rollback: DROP TABLE t;\n--changeset atlas:1-2\nCREATE TABLE u (id int);\n--rollback DROP TABLE u;\n',
      },
    ],
  ])('%s', async (format, files) => {
    migrations(files, format);
    const { database, args } = await open(format);
    expect(flotilla('apply', ...args).code).toBe(0);
    expect(flotilla('down', ...args)).toMatchObject({ code: 0 });
    const left = await database.rows(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'atlas_schema_revisions'",
    );
    expect(left).toEqual([]);
    expect(await database.rows(REVISIONS)).toEqual([]);
  });

  it.each([
    ['golang-migrate', { '1_a.up.sql': 'CREATE TABLE t (id int);\n' }, '….down.sql'],
    ['goose', { '1_a.sql': '-- +goose Up\nCREATE TABLE t (id int);\n' }, '-- +goose Down'],
    ['dbmate', { '1_a.sql': '-- migrate:up\nCREATE TABLE t (id int);\n' }, '-- migrate:down'],
    ['flyway', { 'V1__a.sql': 'CREATE TABLE t (id int);\n' }, 'U1__….sql'],
  ])('%s says what was looked for in vain', async (format, files, wanted) => {
    migrations(files, format);
    const { args } = await open(format);
    flotilla('apply', ...args);
    const { code, err } = flotilla('down', ...args);
    expect(code).toBe(1);
    expect(err).toContain(wanted);
  });
});

describe.skipIf(KINDS[2]?.skip)('migrate down that is killed on MariaDB', () => {
  it.each(['intent-written:2', 'statement-landed:1', 'statement-landed:2', 'progress-written:1'])(
    'goes on from %s',
    async (point) => {
      const database = await mariadbDatabase();
      migrations({
        '1_a.sql': txtar(
          'CREATE TABLE t (id int);\nALTER TABLE t ADD COLUMN c int;\nCREATE INDEX i ON t (c);',
          'DROP INDEX i ON t;\nALTER TABLE t DROP COLUMN c;\nDROP TABLE t;',
        ),
      });
      const args = ['--dir', 'file://m', '--url', database.url];
      flotilla('apply', ...args);
      const launcher = path.resolve(import.meta.dirname, '../../bin/flotilla.js');
      const killed = spawnSync(process.execPath, [launcher, 'migrate', 'down', ...args], {
        cwd: folder.cwd,
        env: { ...process.env, FLOTILLA_TEST_KILL_AT: point },
      });
      expect(killed.signal).toBe('SIGKILL');
      expect(flotilla('down', ...args)).toMatchObject({ code: 0, err: '' });
      expect(await database.rows(REVISIONS)).toEqual([]);
      expect((await database.rows('SHOW TABLES')).map(([name]) => name)).toEqual(['atlas_schema_revisions']);
      await database.drop();
    },
  );
});

describe.each(KINDS)('migrate down of several targets on $kind', ({ skip, open }) => {
  const NO_WAY_BACK = { ...THREE, '2_b.sql': 'ALTER TABLE t ADD COLUMN c int;\n' };
  let fleet: readonly FreshDatabase[];
  beforeEach(async () => {
    fleet = skip === undefined ? [await open(), await open(), await open()] : [];
    const targets = Object.fromEntries(fleet.map(({ url }, i) => [`t${i + 1}`, url]));
    write(
      'atlas.hcl',
      `env "prod" {
  for_each = jsondecode(file("targets.json"))
  target   = each.key
  url      = each.value
  migration {
    dir = "file://m"
  }
}
`,
    );
    write('targets.json', JSON.stringify(targets));
  });
  afterEach(async () => {
    for (const database of fleet) await database.drop();
  });
  const versions = (): Promise<readonly string[]> =>
    Promise.all(fleet.map(async (database) => (await database.rows(REVISIONS)).map(([version]) => version).join(' ')));
  const apply = (target: FreshDatabase | undefined, ...more: string[]): void => {
    expect(flotilla('apply', '--dir', 'file://m', '--url', target?.url ?? '', ...more).code).toBe(0);
  };

  it.skipIf(skip)('touches none where one has no way back: version, count, what is missing', async () => {
    migrations(NO_WAY_BACK);
    for (const database of fleet.slice(0, 2)) apply(database);
    apply(fleet[2], '2');
    expect(flotilla('down', '--env', 'prod')).toEqual({
      code: 1,
      out: '',
      err: `Error: version "2" cannot be taken back: "2_b.sql" has no "-- down.sql --" section (in a file that begins with "-- atlas:txtar") (1 target: t3)
nothing was changed
`,
    });
    expect(await versions()).toEqual(['1 2 3', '1 2 3', '1 2']);
    expect(flotilla('down', '--env', 'prod', '2').err).toContain('(3 targets: t1, t2, t3)\nnothing was changed\n');
    expect(await versions()).toEqual(['1 2 3', '1 2 3', '1 2']);
  });

  it.skipIf(skip)('gives a report of each: text, JSON, dry run, a version', async () => {
    migrations(THREE);
    for (const database of fleet) apply(database);
    const dry = flotilla('down', '--env', 'prod', '--dry-run');
    expect([dry.code, dry.out.match(/Migrating down from version 3 to 2/g)?.length]).toEqual([0, 3]);
    expect(await versions()).toEqual(['1 2 3', '1 2 3', '1 2 3']);
    const json = flotilla('down', '--env', 'prod', '--to-version', '1', '--format', '{{ json . }}{{ "\\n" }}');
    const reports = json.out.trim().split(/\n+/);
    expect(reports.map((text) => JSON.parse(text))).toEqual(
      [1, 2, 3].map(() => expect.objectContaining({ Current: '3', Target: '1', Total: 2 })),
    );
    expect(await versions()).toEqual(['1', '1', '1']);
  });
});
