/** Rules and hooks of a project around `migrate apply`, as a user meets them. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { type FreshDatabase, runCommand, sqliteDatabase } from './migrate-databases.ts';

let cwd: string;
let database: FreshDatabase;
beforeEach(async () => {
  cwd = throwAwayFolder('cli');
  database = await sqliteDatabase(cwd);
  write('m/1_a.sql', 'CREATE TABLE t (id int);\n');
  write('m/2_b.sql', 'INSERT INTO t VALUES (1);\n');
  expect(flotilla('hash', '--dir', 'file://m').code).toBe(0);
});
afterEach(() => fs.rmSync(cwd, { recursive: true, force: true }));

const write = (name: string, text: string): void => {
  fs.mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
  fs.writeFileSync(path.join(cwd, name), text);
};
const flotilla = (...args: string[]): { code: number; out: string; err: string } => {
  const { code, out, err } = runCommand(['migrate', ...args], cwd);
  return { code, out: out.replace(/\d+(?:\.\d+)?(?:ns|µs|ms|s)/g, 'DURATION'), err };
};
const project = (inEnv: string, around = ''): void =>
  write(
    'atlas.hcl',
    `${around}\nenv "dev" {\n  url = "${database.url}"\n  migration {\n    dir = "file://m"\n  }\n${inEnv}\n}\n`,
  );

describe('migrate apply', () => {
  it('runs pre, hook and post of the env, and tells what it skips', async () => {
    write('sql/pre.sql', 'CREATE TABLE log (n int);\nINSERT INTO log VALUES (1);\n');
    project(
      `  pre "migrate_apply" {
    exec {
      src = "file://sql/pre.sql"
    }
  }
  pre "migrate_apply" {
    skip {
      condition = atlas.env == "dev"
      message   = "no warm-up in dev"
    }
    exec {
      sql = "SELECT nothing"
    }
  }
  post "migrate_apply" {
    exec {
      sql = "INSERT INTO log SELECT id + 1 FROM t"
    }
  }`,
      `hook "sql" "note" {
  transaction {
    before_commit = ["INSERT INTO log SELECT 10 + count(*) FROM t"]
  }
}`,
    );
    const first = flotilla('apply', '--env', 'dev');
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(/^no warm-up in dev\nMigrating to version 2 \(2 migrations in total\):\n/);
    expect(await database.rows('SELECT n FROM log ORDER BY n')).toEqual([['1'], ['2'], ['10'], ['11']]);
    // Nothing pending: nothing around it, either.
    expect(flotilla('apply', '--env', 'dev')).toEqual({ code: 0, err: '', out: 'No migration files to execute\n' });
    expect(await database.rows('SELECT count(*) FROM log')).toEqual([['4']]);
  });

  it('keeps the document of a template free of it', () => {
    project(
      '  pre "migrate_apply" {\n    skip {\n      condition = true\n      message   = "skipped"\n    }\n    exec {\n      sql = "x"\n    }\n  }',
    );
    const { out } = flotilla('apply', '--env', 'dev', '--format', '{{ json .Target }}');
    expect(out).toBe('"2"');
  });

  it.each([[[]], [['--dry-run']]])('is stopped by a rule before anything runs; flags: %j', async (flags) => {
    project(`  check "migrate_apply" {
    allow "small" {
      condition = length(self.planned_migration.files) < 2
    }
    deny "big" {
      condition = self.planned_migration.target_version > "1"
      message   = "at most one file at once, not \${length(self.planned_migration.files)}"
    }
  }`);
    const text = 'check "migrate_apply": deny "big": at most one file at once, not 2';
    expect(flotilla('apply', '--env', 'dev', ...flags)).toEqual({
      code: 1,
      err: `Error: ${text}\n`,
      out: `Migrating to version 2 (2 migrations in total):

    ${text}

  -------------------------
  -- DURATION
`,
    });
    expect(await database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")).toEqual([]);
    expect(flotilla('apply', '1', '--env', 'dev').code).toBe(0);
  });

  it('says which statement of a hook was refused', () => {
    project('  post "migrate_apply" {\n    exec {\n      sql = "INSERT INTO nowhere VALUES (1)"\n    }\n  }');
    const { code, err, out } = flotilla('apply', '--env', 'dev');
    expect(code).toBe(1);
    expect(err).toBe(
      'Error: executing statement "INSERT INTO nowhere VALUES (1)" of post "migrate_apply": no such table: nowhere\n',
    );
    expect(out).toContain('2 migrations\n');
    expect(flotilla('status', '--env', 'dev').out).toContain('Current Version: 2');
  });

  it('refuses a block that it would not understand', () => {
    project('  pre "migrate_aply" {\n  }');
    const { code, err } = flotilla('apply', '--env', 'dev');
    expect(code).toBe(1);
    expect(err).toContain('Wrong labels of "pre"');
    expect(err).toContain('Did you mean "migrate_apply"?');
  });
});
