/** `schema inspect, diff, apply` on SQLite: what they print is held against atlas-transcript.txt. */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { runCommand } from './migrate-databases.ts';

let cwd: string;
beforeEach(() => {
  cwd = throwAwayFolder('schema');
  fs.writeFileSync(path.join(cwd, 's.hcl'), USERS);
});
afterEach(() => fs.rmSync(cwd, { recursive: true, force: true }));

const USERS = `schema "main" {}
table "users" {
  schema = schema.main
  column "id" {
    type = int
  }
  column "name" {
    null = true
    type = text
    default = "x"
  }
  primary_key {
    columns = [column.id]
  }
  index "users_name" {
    unique = true
    columns = [column.name]
  }
}
`;
const PLAN = `-- Planned Changes:
-- Create "users" table
CREATE TABLE \`users\` (
  \`id\` int NOT NULL,
  \`name\` text NULL DEFAULT 'x',
  PRIMARY KEY (\`id\`)
);
-- Create index "users_name" to table: "users"
CREATE UNIQUE INDEX \`users_name\` ON \`users\` (\`name\`);
`;
const DEV = ['--dev-url', 'sqlite://dev?mode=memory'];
const flotilla = (...args: readonly string[]) => runCommand([...args], cwd);
const apply = (...args: readonly string[]) =>
  flotilla('schema', 'apply', '--url', 'sqlite://s.db', '--to', 'file://s.hcl', ...args);
const write = (name: string, text: string): void => {
  fs.mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
  fs.writeFileSync(path.join(cwd, name), text);
};
const query = (sql: string): unknown[] => {
  const database = new DatabaseSync(path.join(cwd, 's.db'));
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
};

describe('schema apply', () => {
  it('shows the plan of a dry run and changes nothing', () => {
    expect(apply(...DEV, '--dry-run')).toEqual({ code: 0, out: PLAN, err: '' });
    expect(fs.existsSync(path.join(cwd, 's.db'))).toBe(false);
  });

  it('applies what is approved, and then there is nothing to do', () => {
    expect(apply(...DEV, '--auto-approve')).toEqual({ code: 0, out: PLAN, err: '' });
    expect(apply(...DEV, '--auto-approve').out).toBe('Schema is synced, no changes to be made\n');
    expect(apply('--auto-approve').out).toBe('Schema is synced, no changes to be made\n');
  });

  it('changes nothing that nobody has approved', () => {
    const { code, err } = apply(...DEV);
    expect(code).toBe(1);
    expect(err).toContain('not approved');
    expect(query('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('rolls back a plan that the database refuses, and says what holds', () => {
    apply(...DEV, '--auto-approve');
    query("INSERT INTO users VALUES (1, 'same'), (2, 'other')");
    query('UPDATE users SET name = NULL WHERE id = 1');
    write('s.hcl', USERS.replace('null = true', 'null = false').replace('default = "x"', ''));
    const { code, err } = apply(...DEV, '--auto-approve');
    expect(code).toBe(1);
    expect(err).toContain('NOT NULL constraint failed');
    expect(err).toMatch(/next {2}0 of \d+ statements hold/);
    expect(query('SELECT id, name FROM users ORDER BY id')).toEqual([
      { id: 1, name: null },
      { id: 2, name: 'other' },
    ]);
  });

  it('drops nothing because of an empty file or folder', () => {
    apply(...DEV, '--auto-approve');
    write('s.hcl', '');
    expect(apply(...DEV, '--auto-approve')).toMatchObject({ code: 1, out: '' });
    fs.mkdirSync(path.join(cwd, 'none'));
    const { code, err } = flotilla('schema', 'apply', '-u', 'sqlite://s.db', '--to', 'file://none', '--auto-approve');
    expect([code, err]).toEqual([1, 'Error: "none" has no .hcl and no .sql file, expected the desired schema\n']);
    expect(query("SELECT name FROM sqlite_schema WHERE type = 'table'")).toEqual([{ name: 'users' }]);
  });

  it('reports as JSON', () => {
    const done = apply(...DEV, '--auto-approve', '--format', '{{ json .Changes }}');
    expect(JSON.parse(done.out)).toMatchObject({
      Applied: [expect.stringContaining('CREATE TABLE'), expect.anything()],
    });
    expect(apply(...DEV, '--auto-approve', '--format', '{{ json .Changes }}').out).toBe('{}');
  });

  it('takes the state of an env, and its attributes as input variables', () => {
    write('atlas.hcl', 'env "local" {\n  url = "sqlite://s.db"\n  src = "./schema"\n  preset = "hello"\n}\n');
    write('schema/a.hcl', USERS.replace('"x"', 'var.preset'));
    write('schema/vars.hcl', 'variable "preset" {\n  type = string\n}\n');
    expect(flotilla('schema', 'apply', '--env', 'local', '--auto-approve')).toMatchObject({ code: 0, err: '' });
    expect(query("SELECT dflt_value FROM pragma_table_info('users') WHERE cid = 1")).toEqual([
      { dflt_value: "'hello'" },
    ]);
  });
});

describe('schema inspect', () => {
  beforeEach(() => {
    apply(...DEV, '--auto-approve');
  });
  const inspect = (...args: readonly string[]) => flotilla('schema', 'inspect', '--url', 'sqlite://s.db', ...args).out;

  it('prints HCL that makes the same schema', () => {
    const text = inspect();
    expect(text).toBe(`table "users" {
  schema = schema.main
  column "id" {
    null = false
    type = int
  }
  column "name" {
    null    = true
    type    = text
    default = "x"
  }
  primary_key {
    columns = [column.id]
  }
  index "users_name" {
    unique  = true
    columns = [column.name]
  }
}
schema "main" {
}
`);
    write('again.hcl', text);
    const { out } = flotilla('schema', 'diff', '--from', 'sqlite://s.db', '--to', 'file://again.hcl', ...DEV);
    expect(out).toBe('Schemas are synced, no changes to be made.\n');
  });

  it('prints SQL, JSON and a diagram', () => {
    expect(inspect('--format', '{{ sql . "  " }}')).toBe(PLAN.replace('-- Planned Changes:\n', ''));
    expect(inspect('--format', '{{ json . }}')).toBe(
      '{"schemas":[{"name":"main","tables":[{"name":"users","columns":[{"name":"id","type":"INT"},{"name":"name","type":"TEXT","null":true}],"indexes":[{"name":"users_name","unique":true,"parts":[{"column":"name"}]}],"primary_key":{"parts":[{"column":"id"}]}}]}]}',
    );
    expect(inspect('--format', '{{ mermaid . }}')).toBe(
      'erDiagram\n    users {\n      int id PK\n      text name\n    }\n',
    );
  });

  it('leaves out what is excluded, with what uses it', () => {
    expect(inspect('--exclude', 'users')).toBe('schema "main" {\n}\n');
    expect(inspect('--exclude', 'users.name')).not.toContain('name');
    expect(inspect('--exclude', 'users.*[type=index]')).toContain('column "name"');
    expect(inspect('--exclude', 'users.*[type=index]')).not.toContain('index "users_name"');
  });

  it('reads a file of SQL through a dev database, and says where it is wrong', () => {
    write('a.sql', 'CREATE TABLE t (a int);\n\nCREATE TABLE u (b int,, c int);\n');
    const file = ['schema', 'inspect', '--url', 'file://a.sql'] as const;
    expect(flotilla(...file).err).toBe('Error: --dev-url cannot be empty\n');
    const { code, err } = flotilla(...file, ...DEV);
    expect([code, err]).toEqual([1, 'Error: a.sql:3: near ",": syntax error\n']);
    write('a.sql', 'CREATE TABLE t (a int);\n');
    expect(flotilla(...file, ...DEV).out).toContain('table "t"');
  });
});

describe('schema diff', () => {
  it('names every mistake of a file with its lines', () => {
    write('s.hcl', USERS.replace('type = text', 'type = txt').replace('column.name]', 'column.nam]'));
    const { code, err } = flotilla('schema', 'diff', '--from', 'file://s.hcl', '--to', 'file://s.hcl', ...DEV);
    expect(code).toBe(1);
    expect(err).toContain('Error: s.hcl:9,12-15: Unknown type; unknown type "txt" of sqlite. Did you mean "text"?');
    expect(err).toContain('This object does not have an attribute named "nam".');
  });

  it('refuses a dev database that holds something', () => {
    const database = new DatabaseSync(path.join(cwd, 'dev.db'));
    database.exec('CREATE TABLE mine (id int)');
    database.close();
    const { code, err } = flotilla(
      'schema',
      'diff',
      '--from',
      'file://s.hcl',
      '--to',
      'file://s.hcl',
      '--dev-url',
      'sqlite://dev.db',
    );
    expect(code).toBe(1);
    expect(err).toContain('connected database is not clean: found table "mine"');
  });

  it('cleans a database: shows what goes, asks, and says when there is nothing', () => {
    apply('--auto-approve');
    const dropped = `-- Planned Changes:
-- Disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- Drop "users" table
DROP TABLE \`users\`;
-- Enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
`;
    const clean = (...args: readonly string[]) => flotilla('schema', 'clean', '-u', 'sqlite://s.db', ...args);
    expect(clean('--dry-run')).toMatchObject({ code: 0, out: dropped });
    expect(clean()).toMatchObject({
      code: 1,
      out: dropped,
      err: expect.stringContaining('the changes are not approved'),
    });
    expect(query('SELECT * FROM users')).toEqual([]);
    expect(clean('--auto-approve', '--dry-run').code).toBe(1);
    expect(clean('--auto-approve', '--format', '{{ len .Changes.Applied }}')).toMatchObject({ code: 0, out: '3' });
    expect(clean('--auto-approve')).toMatchObject({ code: 0, out: 'Nothing to drop\n' });
  });

  it('takes a desired state from data sources: HCL files with variables of their own, and what a program prints', () => {
    write(
      'atlas.hcl',
      `data "hcl_schema" "app" {
  paths = glob("app/*.hcl")
  vars  = { name = "people" }
}
data "external_schema" "orm" {
  program = ["printf", "CREATE TABLE orm (id int);\\nCREATE TABEL broken (id int);"]
}
env "app" {
  url = "sqlite://s.db"
  dev = "sqlite://dev?mode=memory"
  src = data.hcl_schema.app.url
}
env "orm" {
  url = "sqlite://s.db"
  dev = "sqlite://dev?mode=memory"
  src = data.external_schema.orm.url
}
data "hcl_schema" "both" {
  path  = "app"
  paths = ["app"]
}
env "both" {
  url = "sqlite://s.db"
  src = data.hcl_schema.both.url
}
`,
    );
    write('app/1.hcl', 'schema "main" {}\nvariable "name" {\n  type = string\n}\n');
    write(
      'app/2.hcl',
      'table "t" {\n  name = var.name\n  schema = schema.main\n  column "id" {\n    type = int\n  }\n}\n',
    );
    const applied = flotilla('schema', 'apply', '--env', 'app', '--auto-approve');
    expect(applied).toMatchObject({ code: 0, out: expect.stringContaining('CREATE TABLE `people`') });
    expect(flotilla('schema', 'apply', '--env', 'orm', '--dry-run')).toMatchObject({
      code: 1,
      err: expect.stringContaining('external_schema/orm.sql:2: near "TABEL"'),
    });
    expect(flotilla('schema', 'apply', '--env', 'both').err).toContain('path and paths cannot be set together');
    expect(query('SELECT name FROM sqlite_schema')).toEqual([{ name: 'people' }]);
  });

  it('formats files, names those that changed, and writes none where one is wrong', () => {
    write('a.hcl', 'schema  "main"   {}\n');
    write('sub/b.hcl', 'x=1\n');
    write('c.test.hcl', 'y=1\n');
    expect(flotilla('schema', 'fmt')).toMatchObject({ code: 0, out: 'a.hcl\nc.test.hcl\ns.hcl\n' });
    expect(flotilla('schema', 'fmt')).toMatchObject({ code: 0, out: '' });
    expect(flotilla('schema', 'fmt', 'sub', 's.hcl')).toMatchObject({ code: 0, out: 'sub/b.hcl\n' });
    expect(fs.readFileSync(path.join(cwd, 'sub/b.hcl'), 'utf8')).toBe('x = 1\n');
    write('sub/b.hcl', 'x=1\n');
    write('sub/c.hcl', 'x = {\n');
    expect(flotilla('schema', 'fmt', 'sub')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('sub/c.hcl:'),
    });
    expect(fs.readFileSync(path.join(cwd, 'sub/b.hcl'), 'utf8')).toBe('x=1\n');
    expect(flotilla('schema', 'fmt', 'gone').err).toContain('stat gone: no such file or directory');
  });

  it('says which databases it cannot read', () => {
    const { code, err } = flotilla('schema', 'inspect', '--url', 'mysql://localhost:1/x');
    expect(code).toBe(1);
    expect(err).toContain('the schema of a mysql database cannot be read by this version, expected: postgres, sqlite');
  });
});

describe('migrate diff', () => {
  const diff = (name: string, ...args: readonly string[]) =>
    flotilla('migrate', 'diff', name, '--dir', 'file://m', '--to', 'file://s.hcl', ...DEV, ...args);
  const files = (): readonly string[] => fs.readdirSync(path.join(cwd, 'm')).filter((name) => name !== 'atlas.sum');
  const read = (name: string): string => fs.readFileSync(path.join(cwd, 'm', name), 'utf8');

  it('writes what the directory lacks as a new file, then there is nothing to do', () => {
    expect(diff('first')).toEqual({ code: 0, out: '', err: '' });
    const [name = ''] = files();
    expect(name).toMatch(/^\d{14}_first\.sql$/);
    expect(read(name)).toBe(`-- Create "users" table
CREATE TABLE \`users\` (\`id\` int NOT NULL, \`name\` text NULL DEFAULT 'x', PRIMARY KEY (\`id\`));
-- Create index "users_name" to table: "users"
CREATE UNIQUE INDEX \`users_name\` ON \`users\` (\`name\`);
`);
    expect(diff('second').out).toBe(
      'The migration directory is synced with the desired state, no changes to be made\n',
    );
    expect(files()).toHaveLength(1);
    expect(flotilla('migrate', 'validate', '--dir', 'file://m', ...DEV)).toEqual({ code: 0, out: '', err: '' });
  });

  it('writes the change alone, which brings a database to the state', () => {
    diff('first');
    write('s.hcl', USERS.replace('primary_key', 'column "age" {\n    null = true\n    type = int\n  }\n  primary_key'));
    expect(diff('second').code).toBe(0);
    const [, second = ''] = files();
    expect(read(second)).toBe(
      '-- Add column "age" to table: "users"\nALTER TABLE `users` ADD COLUMN `age` int NULL;\n',
    );
    expect(flotilla('migrate', 'apply', '--dir', 'file://m', '--url', 'sqlite://s.db').code).toBe(0);
    const { out } = flotilla(
      ...['schema', 'diff', '--from', 'sqlite://s.db', '--to', 'file://s.hcl', '--exclude', 'atlas_schema_revisions'],
      ...DEV,
    );
    expect(out).toBe('Schemas are synced, no changes to be made.\n');
  });

  it('writes both ways for tools that have them, and lines where they are asked for', () => {
    expect(diff('first', '--dir-format', 'golang-migrate', '--format', '{{ sql . "  " }}').code).toBe(0);
    const [down = '', up = ''] = files();
    expect(read(up)).toContain('CREATE TABLE `users` (\n  `id` int NOT NULL,\n');
    expect(read(down)).toBe(`-- reverse: create index "users_name" to table: "users"
DROP INDEX \`users_name\`;
-- reverse: create "users" table
DROP TABLE \`users\`;
`);
  });

  it('waits for a dev database that somebody else uses, as long as it is told to', () => {
    const expiry = (BigInt(Date.now()) + 60_000n) * 1_000_000n;
    fs.writeFileSync(path.join(cwd, 'atlas_migrate_diff.lock'), String(expiry));
    const dev = ['--dev-url', 'sqlite://dev.db', '--lock-timeout', '50ms'];
    const { code, err } = flotilla('migrate', 'diff', '--dir', 'file://m', '--to', 'file://s.hcl', ...dev);
    expect([code, err]).toEqual([
      1,
      'Error: acquiring database lock: sql/sqlite: lock on "atlas_migrate_diff" already taken\n',
    ]);
  });

  it('does not go on from a directory that was edited', () => {
    diff('first');
    const [name = ''] = files();
    write(`m/${name}`, '-- nothing\n');
    expect(diff('second')).toMatchObject({ code: 1, err: 'Error: checksum mismatch\n' });
    expect(files()).toHaveLength(1);
  });
});
