/** The commands as a user runs them, on real databases. Texts: atlas-transcript.txt, with durations taken out. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FreshDatabase, runCommand } from './migrate-databases.ts';
import { useMigrateFolder } from './migrate-folder.ts';

const folder = await useMigrateFolder();
const { write, flotilla, migrations, kinds: KINDS } = folder;
const REVISIONS = 'SELECT version, applied, total FROM atlas_schema_revisions ORDER BY version';

describe.each(KINDS)('migrate on $kind', ({ skip, open, rollsBackDdl }) => {
  let database: FreshDatabase;
  const args = (): string[] => ['--dir', 'file://m', '--url', database.url];
  beforeEach(async () => {
    if (skip === undefined) database = await open();
  });
  afterEach(() => database?.drop());

  it.skipIf(skip)('asks the checks of a file first, and runs nothing of it where one says no', async () => {
    const checked = (assertion: string): string =>
      `-- atlas:txtar\n\n-- checks.sql --\nSELECT 1 = 1;\n${assertion}\n\n-- migration.sql --\nCREATE TABLE u (id int);\n`;
    migrations({ '1_a.sql': 'CREATE TABLE t (id int);\n', '2_b.sql': checked('SELECT NOT EXISTS (SELECT 1 FROM t);') });
    expect(flotilla('apply', '1', ...args()).code).toBe(0);
    await database.rows('INSERT INTO t VALUES (1)');
    const refusal = '1 of 2 assertions failed: check assertion "SELECT NOT EXISTS (SELECT 1 FROM t);" returned false';
    const report = `Migrating to version 2 from 1 (1 migrations in total):

  -- checks before migrating version 2
    -> SELECT 1 = 1;
    -> SELECT NOT EXISTS (SELECT 1 FROM t);
    ${refusal}

  -------------------------
  -- DURATION
  -- 1 migration with errors
  -- 1 check ok, 1 failure
`;
    expect(flotilla('apply', '--dry-run', ...args())).toEqual({ code: 1, err: `Error: ${refusal}\n`, out: report });
    expect(flotilla('apply', ...args())).toEqual({ code: 1, err: `Error: ${refusal}\n`, out: report });
    const json = flotilla('apply', ...args(), '--format', '{{ json .Applied }}');
    expect(JSON.parse(json.out.replaceAll('DURATION', '0s'))).toEqual([
      {
        Name: '2_b.sql',
        Version: '2',
        Description: 'b',
        Start: expect.any(String),
        End: expect.any(String),
        Error: { Stmt: 'SELECT NOT EXISTS (SELECT 1 FROM t);', Text: refusal },
        Checks: [
          {
            Name: 'checks.sql',
            Stmts: [
              { Stmt: 'SELECT 1 = 1;' },
              {
                Stmt: 'SELECT NOT EXISTS (SELECT 1 FROM t);',
                Error: 'check assertion "SELECT NOT EXISTS (SELECT 1 FROM t);" returned false',
              },
            ],
            Error: { Stmt: 'SELECT NOT EXISTS (SELECT 1 FROM t);', Text: refusal },
            Start: expect.any(String),
            End: expect.any(String),
          },
        ],
      },
    ]);
    await database.rows('DELETE FROM t');
    expect(flotilla('apply', ...args())).toEqual({
      code: 0,
      err: '',
      out: `Migrating to version 2 from 1 (1 migrations in total):

  -- checks before migrating version 2
    -> SELECT 1 = 1;
    -> SELECT NOT EXISTS (SELECT 1 FROM t);
  -- ok (DURATION)

  -- migrating version 2
    -> CREATE TABLE u (id int);
  -- ok (DURATION)

  -------------------------
  -- DURATION
  -- 1 migration
  -- 2 checks
  -- 1 sql statement
`,
    });
  });

  it.skipIf(skip)('applies, tells, and has nothing to do the second time', async () => {
    migrations({
      '1_a.sql': 'CREATE TABLE t (id int);\n',
      '2_b.sql': 'CREATE TABLE u (id int);\nINSERT INTO u VALUES (1);\n',
    });
    expect(flotilla('apply', ...args())).toEqual({
      code: 0,
      err: '',
      out: `Migrating to version 2 (2 migrations in total):

  -- migrating version 1
    -> CREATE TABLE t (id int);
  -- ok (DURATION)

  -- migrating version 2
    -> CREATE TABLE u (id int);
    -> INSERT INTO u VALUES (1);
  -- ok (DURATION)

  -------------------------
  -- DURATION
  -- 2 migrations
  -- 3 sql statements
`,
    });
    expect(await database.rows('SELECT id FROM u')).toEqual([['1']]);
    expect(await database.rows(REVISIONS)).toEqual([
      ['1', '1', '1'],
      ['2', '2', '2'],
    ]);
    expect(flotilla('apply', ...args())).toEqual({ code: 0, err: '', out: 'No migration files to execute\n' });
    expect(flotilla('status', ...args()).out).toBe(`Migration Status: OK
  -- Current Version: 2
  -- Next Version:    Already at latest version
  -- Executed Files:  2
  -- Pending Files:   0`);
  });

  it.skipIf(skip)('stops at the statement that fails, and goes on there once it is mended', async () => {
    migrations({
      '1_a.sql': 'CREATE TABLE t (id int);\n',
      '2_b.sql': 'CREATE TABLE u (id int);\nINSERT INTO nowhere VALUES (1);\n',
    });
    const failed = flotilla('apply', ...args());
    expect(failed.code).toBe(1);
    expect(failed.err).toMatch(
      /^Error: sql\/migrate: executing statement "INSERT INTO nowhere VALUES \(1\);" from version "2": .*nowhere/,
    );
    expect(failed.out).toContain('  -- 1 migration ok, 1 with errors\n  -- 2 sql statements ok, 1 with errors\n');
    expect(await database.rows(REVISIONS)).toEqual(
      rollsBackDdl
        ? [['1', '1', '1']]
        : [
            ['1', '1', '1'],
            ['2', '1', '2'],
          ],
    );
    migrations({ '2_b.sql': 'CREATE TABLE u (id int);\nINSERT INTO t VALUES (1);\n' });
    expect(flotilla('apply', ...args())).toMatchObject({ code: 0, err: '' });
    expect(await database.rows('SELECT id FROM t')).toEqual([['1']]);
    expect(await database.rows(REVISIONS)).toEqual([
      ['1', '1', '1'],
      ['2', '2', '2'],
    ]);
  });

  it.skipIf(skip)('writes nothing in a dry run', async () => {
    migrations({ '1_a.sql': 'CREATE TABLE t (id int);\n' });
    const { code, out } = flotilla('apply', ...args(), '--dry-run', '--baseline', '');
    expect([code, out.includes('-> CREATE TABLE t (id int);')]).toEqual([0, true]);
    await expect(database.rows(REVISIONS)).rejects.toThrow();
  });

  it.skipIf(skip)("gives Atlas's JSON, with the error in it, and then nothing on stderr", async () => {
    migrations({ '1_a.sql': 'BAD SQL;\n' });
    const { code, out, err } = runCommand(['migrate', 'apply', ...args(), '--format', '{{ json . }}'], folder.cwd);
    expect([code, err]).toEqual([1, '']);
    const document = JSON.parse(out) as Record<string, unknown>;
    expect(document).toMatchObject({
      Dir: 'file://m',
      Pending: [{ Name: '1_a.sql', Version: '1', Description: 'a' }],
      Applied: [{ Name: '1_a.sql', Applied: ['BAD SQL;'], Error: { Stmt: 'BAD SQL;' } }],
      Target: '1',
    });
    expect(document.Error).toMatch(/^sql\/migrate: executing statement "BAD SQL;" from version "1": /);
    expect(out).not.toContain('postgres:postgres');
    expect(out).not.toContain('root:root');
  });

  it.skipIf(skip)('sets the version without running a file', async () => {
    migrations({ '1_a.sql': 'CREATE TABLE t (id int);\n', '2_b.sql': 'CREATE TABLE u (id int);\n' });
    expect(flotilla('set', '1', ...args())).toEqual({
      code: 0,
      err: '',
      out: 'Current version is 1 (1 set):\n\n  + 1 (a)\n\n',
    });
    expect(flotilla('apply', ...args()).out).toContain('Migrating to version 2 from 1 (1 migrations in total):');
    expect(flotilla('set', '1', ...args()).out).toBe('Current version is 1 (1 removed):\n\n  - 2 (b)\n\n');
    expect(flotilla('set', '7', ...args())).toMatchObject({
      code: 1,
      err: 'Error: migration with version "7" not found\n',
    });
  });

  it.skipIf(skip)('refuses a database with tables and no revisions, unless told otherwise', async () => {
    migrations({ '1_a.sql': 'CREATE TABLE t (id int);\n' });
    flotilla('apply', ...args());
    write('other/1_x.sql', 'CREATE TABLE x (id int);\n');
    flotilla('hash', '--dir', 'file://other');
    flotilla('set', '1', ...args());
    const fresh = await open();
    try {
      const url = ['--url', fresh.url, '--dir', 'file://other'];
      write('seed/1.sql', 'CREATE TABLE seed (id int);\n');
      flotilla('hash', '--dir', 'file://seed');
      flotilla('apply', '--url', fresh.url, '--dir', 'file://seed');
      await expect(fresh.rows('SELECT * FROM seed')).resolves.toEqual([]);
      expect(flotilla('apply', ...url, '--baseline', '1', '--allow-dirty')).toMatchObject({
        code: 1,
        err: 'Error: sql/migrate: baseline and allow-dirty are mutually exclusive\n',
      });
    } finally {
      await fresh.drop();
    }
  });
});

describe('migrate on SQLite', () => {
  it('leaves no file where there was none, in a dry run', () => {
    migrations({ '1_a.sql': 'CREATE TABLE t (id int);\n' });
    expect(flotilla('apply', '--dir', 'file://m', '--url', 'sqlite://new.db', '--dry-run').code).toBe(0);
    expect(fs.existsSync(path.join(folder.cwd, 'new.db'))).toBe(false);
  });
  it('says in the words of Atlas that a file cannot be opened', () => {
    migrations({ '1_a.sql': 'CREATE TABLE t (id int);\n' });
    expect(flotilla('apply', '--dir', 'file://m', '--url', 'sqlite://no/such.db')).toEqual({
      code: 1,
      out: '',
      err: 'Error: sqlite: querying schemas: unable to open database file: no such file or directory\n',
    });
  });
});

describe('migrate with a project file, on SQLite', () => {
  const project = (text: string): void => write('atlas.hcl', text);
  const FILES = { '1_a.sql': 'CREATE TABLE t (id int);\n' };

  it('prints the text of Atlas first, then the lines of the file', () => {
    migrations(FILES);
    project('env "a" {\n  url = local.x\n}\n');
    const { code, out, err } = flotilla('status', '--env', 'a');
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n').slice(0, 5)).toEqual([
      'Error: atlas.hcl:2,9-14: Unknown local; There is no variable named "local".',
      '  --> atlas.hcl:2:9',
      '',
      '    1 | env "a" {',
      '  > 2 |   url = local.x',
    ]);
  });

  it('prints each value of print() on a line of its own', () => {
    migrations(FILES);
    project('env "a" {\n  url = "sqlite://${print("x")}.db"\n  n   = print(1)\n}\n');
    const { out } = flotilla('status', '--env', 'a', '--dir', 'file://m', '--format', '{{ .Status }}');
    expect(out).toBe('x\n1\nPENDING');
  });

  it('applies to all targets of for_each, one JSON document a line, with what the format adds', async () => {
    migrations(FILES);
    project(`env "a" {
  for_each = toset(["x", "y"])
  url      = "sqlite://\${each.value}.db"
  migration {
    dir = "file://m"
  }
  format {
    migrate {
      apply = format("{{ json . | json_merge %q }}", jsonencode({ Tenant : each.value }))
    }
  }
}
`);
    const { code, out, err } = flotilla('apply', '--env', 'a');
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').map((line) => (JSON.parse(line) as { Tenant: string; Target: string }).Tenant)).toEqual([
      'x',
      'y',
    ]);
  });

  it('writes new files of a template_dir to the folder of its templates, with a sum of theirs', () => {
    write('tpl/1_a.sql', 'CREATE TABLE {{ .name }} (id int);\n');
    project(`data "template_dir" "t" {
  path = "tpl"
  vars = {
    name = "users"
  }
}
env "a" {
  url = "sqlite://a.db"
  migration {
    dir = data.template_dir.t.url
  }
}
`);
    expect(flotilla('new', 'more', '--env', 'a')).toEqual({ code: 0, out: '', err: '' });
    const names = fs.readdirSync(path.join(folder.cwd, 'tpl'));
    expect(names).toEqual(['1_a.sql', expect.stringMatching(/^\d{14}_more\.sql$/), 'atlas.sum']);
    expect(flotilla('validate', '--dir', 'file://tpl')).toEqual({ code: 0, out: '', err: '' });
    write(`tpl/${names[1]}`, 'ALTER TABLE {{ .name }} ADD COLUMN c int;\n');
    expect(flotilla('hash', '--env', 'a').code).toBe(0);
    expect(flotilla('validate', '--dir', 'file://tpl').code).toBe(0);
    expect(flotilla('apply', '--env', 'a').out).toContain('-> ALTER TABLE users ADD COLUMN c int;');
  });

  it('goes by the groups of the deployment, and leaves those after a failure alone', async () => {
    migrations(FILES);
    project(`deployment "d" {
  variable "name" {
    type = string
  }
  group "canary" {
    match = var.name == "y"
  }
  group "rest" {
    depends_on = [group.canary]
  }
}
env "a" {
  for_each = toset(["x", "y", "z"])
  url      = "sqlite://\${each.value}.db"
  migration {
    dir = "file://m"
  }
  rollout {
    deployment = deployment.d
    vars = {
      name = each.value
    }
  }
}
`);
    write('y.db', 'this is no database at all, and long enough to be one: '.repeat(40));
    const failed = flotilla('apply', '--env', 'a');
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('target "y" failed\n');
    expect(failed.err).toContain('not attempted: x, z\n');
    expect(fs.existsSync(path.join(folder.cwd, 'x.db'))).toBe(false);
    fs.rmSync(path.join(folder.cwd, 'y.db'));
    const { code, out } = flotilla('apply', '--env', 'a', '--format', '{{ .URL.Host }}{{ "\\n" }}');
    expect([code, out]).toEqual([0, 'y.db\nx.db\nz.db\n']);
  });

  it('names what would hold a rollout, and does not ask it', () => {
    migrations(FILES);
    const env = (more: string): void =>
      project(`deployment "d" {
  ${more}
  group "all" {
  }
}
env "a" {
  for_each = toset(["x", "y"])
  url      = "sqlite://\${each.value}.db"
  migration {
    dir = "file://m"
  }
  rollout {
    deployment = deployment.d
  }
}
`);
    env(
      'max_per_hour = 1\n  freeze "sale" {\n    from = "2000-01-01T00:00"\n    to = "2999-01-01T00:00"\n    zone = "UTC"\n  }',
    );
    const { code, err, out } = flotilla('apply', '--env', 'a');
    expect([code, err]).toEqual([
      0,
      'note: migrate apply does not ask freeze "sale", max_per_hour = 1: they hold rollouts; next: flotilla rollout start\n',
    ]);
    expect(out.match(/Migrating to version/g)).toHaveLength(2);
    env('');
    expect(flotilla('apply', '--env', 'a')).toMatchObject({ code: 0, err: '' });
  });
});
