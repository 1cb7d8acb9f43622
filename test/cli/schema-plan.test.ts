/** `schema plan`, `schema apply --plan`, and `schema apply` over the targets of an env, on SQLite. */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { runCommand } from './migrate-databases.ts';

let cwd: string;
beforeEach(() => {
  cwd = throwAwayFolder('schema-plan');
  write('s.hcl', schemaOf('  column "name" {\n    null = true\n    type = text\n  }\n'));
  query('s.db', 'CREATE TABLE users (id int NOT NULL)');
});
afterEach(() => fs.rmSync(cwd, { recursive: true, force: true }));

const schemaOf = (columns: string): string =>
  `schema "main" {}\ntable "users" {\n  schema = schema.main\n  column "id" {\n    type = int\n  }\n${columns}}\n`;
const DEV = ['--dev-url', 'sqlite://dev?mode=memory'];
const flotilla = (...args: readonly string[]) => runCommand([...args], cwd);
const plan = (...args: readonly string[]) =>
  flotilla('schema', 'plan', '--from', 'sqlite://s.db', '--to', 'file://s.hcl', ...DEV, ...args);
const apply = (...args: readonly string[]) =>
  flotilla('schema', 'apply', '-u', 'sqlite://s.db', '--to', 'file://s.hcl', '--plan', 'file://p.plan.hcl', ...args);
const write = (name: string, text: string): void => fs.writeFileSync(path.join(cwd, name), text);
const read = (name: string): string => fs.readFileSync(path.join(cwd, name), 'utf8');
const query = (file: string, sql: string): unknown[] => {
  const database = new DatabaseSync(path.join(cwd, file));
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
};
const columnsOf = (file: string): unknown[] =>
  query(file, "SELECT name FROM pragma_table_info('users')").map((row) => (row as { name: string }).name);

describe('schema plan', () => {
  it('shows the plan of a dry run, and writes nothing', () => {
    expect(plan('--dry-run')).toEqual({
      code: 0,
      err: '',
      out: `Planning migration from local database to file://s.hcl (1 statement in total):

  -- add column "name" to table: "users":
    -> ALTER TABLE \`users\` ADD COLUMN \`name\` text NULL;

-------------------------------------------
`,
    });
    expect(fs.readdirSync(cwd).sort()).toEqual(['s.db', 's.hcl']);
  });

  it('saves what is applied later, once', () => {
    expect(plan('--save', '--name', 'p').out).toContain('Plan saved to file://p.plan.hcl');
    expect(read('p.plan.hcl')).toMatch(
      /^plan "p" \{\n {2}from {6}= "[\w+/]{43}="\n {2}to {8}= "[\w+/]{43}="\n {2}migration = <<-SQL\n {2}-- Add column "name" to table: "users"\n {2}ALTER TABLE `users` ADD COLUMN `name` text NULL;\n {2}SQL\n\}\n$/,
    );
    // Nobody is asked: the plan was looked at.
    const done = apply(...DEV);
    expect([done.code, done.out]).toEqual([
      0,
      'Applying approved migration using pre-planned file p (1 statement in total):\n\n    -> ALTER TABLE `users` ADD COLUMN `name` text NULL\n',
    ]);
    expect(columnsOf('s.db')).toEqual(['id', 'name']);
    const again = apply(...DEV);
    expect(again.code).toBe(1);
    expect(again.err).toContain('The plan "From" hash does not match the current state hash');
  });

  it('is refused where one of its states is not that of now, with both hashes', () => {
    plan('--save', '--name', 'p');
    query('s.db', 'CREATE TABLE other (n int)');
    const from = apply(...DEV);
    expect(from.code).toBe(1);
    expect(from.err).toMatch(/The plan "From" hash .*:\n- .{44} \(plan value\)\n\+ .{44} \(current hash\)/);
    expect(from.err).toContain('plan again with flotilla schema plan');
    query('s.db', 'DROP TABLE other');
    write('s.hcl', schemaOf(''));
    expect(apply(...DEV).err).toContain('The plan "To" hash does not match the desired state hash');
    expect(columnsOf('s.db')).toEqual(['id']);
  });

  it('may be edited, as long as it reaches the desired state', () => {
    plan('--save', '--name', 'p');
    const written = read('p.plan.hcl');
    write(
      'p.plan.hcl',
      written.replace('text NULL;', () => "text NULL;\n  UPDATE users SET name = '$${x}';"),
    );
    query('s.db', 'INSERT INTO users VALUES (1)');
    // Without a dev database the desired state is compared as it is written: another state.
    expect(apply().err).toContain('The plan "To" hash does not match');
    expect(apply(...DEV).code).toBe(0);
    expect(query('s.db', 'SELECT name FROM users')).toEqual([{ name: '${x}' }]);

    query('s.db', 'ALTER TABLE users DROP COLUMN name');
    write('p.plan.hcl', written.replace('`name` text', '`nome` text'));
    const wrong = apply(...DEV);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('does not reach the desired state');
    expect(columnsOf('s.db')).toEqual(['id']);
  });

  it('says what is wrong with a plan file, and needs the desired state', () => {
    write('p.plan.hcl', 'plan "p" {\n  from = "x"\n}\n');
    expect(apply(...DEV).err).toContain('plan file "p.plan.hcl": attribute "to" is missing');
    const without = flotilla('schema', 'apply', '-u', 'sqlite://s.db', '--plan', 'file://p.plan.hcl');
    expect(without.err).toContain('the flag "to" is required to verify the provided plan');
  });

  it('reports as JSON, and keeps nothing that nobody has approved', () => {
    const said = JSON.parse(plan('--dry-run', '--name', 'p', '--format', '{{ json .File }}').out);
    expect(said).toMatchObject({ Name: 'p', Stmts: [{ Text: 'ALTER TABLE `users` ADD COLUMN `name` text NULL' }] });
    const { code, err } = plan();
    expect([code, err]).toEqual([1, expect.stringContaining('the plan is not approved')]);
    expect(fs.readdirSync(cwd).filter((name) => name.endsWith('.plan.hcl'))).toEqual([]);
  });
});

describe('schema apply over an env', () => {
  const ENV = `env "prod" {
  for_each = toset(["a", "b", "c"])
  url      = "sqlite://\${each.value}.db"
  dev      = "sqlite://dev?mode=memory"
  src      = "file://s.hcl"
}
`;
  const run = (...args: readonly string[]) => flotilla('schema', 'apply', '--env', 'prod', ...args);

  it('brings each target to the desired state from its own, one document each', () => {
    write('atlas.hcl', ENV);
    query('b.db', 'CREATE TABLE users (id int NOT NULL)');
    const done = run('--auto-approve', '--format', '{{ len .Changes.Applied }}');
    expect([done.code, done.err, done.out]).toEqual([0, '', '1\n1\n1']);
    for (const file of ['a.db', 'b.db', 'c.db']) expect(columnsOf(file)).toEqual(['id', 'name']);
    expect(run('--auto-approve').out).toBe('Schema is synced, no changes to be made\n'.repeat(3));
  });

  it('stops at the first that fails, and names those that were not attempted', () => {
    write('atlas.hcl', ENV);
    write('s.hcl', schemaOf('  column "name" {\n    type = text\n  }\n'));
    query('b.db', 'CREATE TABLE users (id int NOT NULL)');
    query('b.db', 'INSERT INTO users VALUES (1)');
    const failed = run('--auto-approve');
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('target "b" failed\nnot attempted: c\n');
    expect(columnsOf('a.db')).toEqual(['id', 'name']);
    expect(columnsOf('b.db')).toEqual(['id']);
    expect(fs.existsSync(path.join(cwd, 'c.db'))).toBe(false);
  });
});
