/** The commands that need no database, on real folders; and how mistakes on the command line are worded. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MigrateDeps } from '../../src/cli/migrate/deps.ts';
import { runProgram } from '../../src/cli/program.ts';
import { VERSION } from '../../src/cli/version.ts';
import {
  readDirectoryFiles,
  readHclFiles,
  readSchemaFiles,
  writeDirectoryFiles,
} from '../../src/config/directory-files.ts';
import { memoryIo } from '../support/memory-io.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';

let cwd: string;
beforeEach(() => {
  cwd = throwAwayFolder('cli');
});
afterEach(() => fs.rmSync(cwd, { recursive: true, force: true }));

const write = (name: string, text: string): void => {
  fs.mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
  fs.writeFileSync(path.join(cwd, name), text);
};
const read = (name: string): string => fs.readFileSync(path.join(cwd, name), 'utf8');
const refuse = async (): Promise<never> => {
  throw new Error('these commands need no database and no project');
};

async function flotilla(
  args: string,
  nowMs = Date.UTC(2026, 10, 23, 7, 46, 42),
): Promise<{ code: number; out: string; err: string }> {
  const streams = memoryIo({ cwd });
  const migrate: MigrateDeps = {
    io: streams.io,
    clock: { nowMs: () => nowMs, monotonicMs: () => 0, sleep: async () => {} },
    engine: refuse,
    parseUrl: refuse,
    loadProject: refuse,
    renderTemplate: refuse,
    files: { read: readDirectoryFiles, readSchema: readSchemaFiles, readHcl: readHclFiles, write: writeDirectoryFiles },
    ask: async () => undefined,
    runProgram: () => Promise.reject(new Error('not asked')),
    openEditor: async (file) => fs.appendFileSync(file, 'SELECT 1;\n'),
  };
  const code = await runProgram(args.split(' '), { io: streams.io, migrate: async () => migrate });
  return { code, out: streams.stdout(), err: streams.stderr() };
}
const SILENT = { code: 0, out: '', err: '' };

describe('migrate hash and validate', () => {
  it('writes a sum that validates, and says nothing', async () => {
    write('migrations/1.sql', 'SELECT 1;');
    expect(await flotilla('migrate hash')).toEqual(SILENT);
    expect(await flotilla('migrate validate')).toEqual(SILENT);
  });
  it('names the file and the line of a wrong sum on stdout, the mistake on stderr', async () => {
    write('m/1.sql', 'SELECT 1;');
    await flotilla('migrate hash --dir file://m');
    write('m/2.sql', 'SELECT 2;');
    expect(await flotilla('migrate validate --dir file://m')).toEqual({
      code: 1,
      out: "You have a checksum error in your migration directory.\n\n\tL3: 2.sql was added\n\nPlease check your migration files and run 'atlas migrate hash' to re-hash the contents\n\n",
      err: 'Error: checksum mismatch\n',
    });
  });
  it('misses the sum file', async () => {
    write('m/1.sql', 'SELECT 1;');
    const { code, err } = await flotilla('migrate validate --dir file://m');
    expect([code, err]).toEqual([1, 'Error: checksum file not found\n']);
  });
  it('follows links, as folders of Kubernetes are made of them', async () => {
    write('data/1.sql', 'SELECT 1;');
    fs.mkdirSync(path.join(cwd, 'm'));
    fs.symlinkSync('../data/1.sql', path.join(cwd, 'm/1.sql'));
    await flotilla('migrate hash --dir file://m');
    expect(read('m/atlas.sum')).toContain('1.sql h1:');
  });
  it('refuses a file that is not UTF-8', async () => {
    write('m/1.sql', '');
    fs.writeFileSync(path.join(cwd, 'm/1.sql'), Buffer.from([0x53, 0xff]));
    const { code, err } = await flotilla('migrate hash --dir file://m');
    expect(code).toBe(1);
    expect(err).toContain('is not UTF-8');
  });
  it('keeps a byte order mark in the sum', async () => {
    write('m/1.sql', '\uFEFFSELECT 1;');
    await flotilla('migrate hash --dir file://m');
    const withMark = read('m/atlas.sum');
    write('m/1.sql', 'SELECT 1;');
    await flotilla('migrate hash --dir file://m');
    expect(read('m/atlas.sum')).not.toBe(withMark);
  });
  it('refuses an unknown format, a folder that is not there, a path without scheme', async () => {
    expect((await flotilla('migrate hash --dir file://m?format=bad')).err).toBe('Error: unknown dir format "bad"\n');
    expect((await flotilla('migrate hash --dir file://m')).err).toContain(
      'Error: sql/migrate: stat m: no such file or directory\n',
    );
    expect((await flotilla('migrate hash --dir m')).err).toBe(
      'Error: missing scheme for dir url. Did you mean "file://m"?\n',
    );
  });
  it('lets the format of the URL win over the flag', async () => {
    write('m/1.up.sql', 'SELECT 1;');
    write('m/1.down.sql', 'SELECT 2;');
    await flotilla('migrate hash --dir file://m?format=golang-migrate --dir-format goose');
    expect(read('m/atlas.sum')).not.toContain('down');
  });
});

describe('migrate new', () => {
  it('makes the folder, an empty file named by the time, and the sum', async () => {
    expect(await flotilla('migrate new my_name --dir file://e')).toEqual(SILENT);
    expect(fs.readdirSync(path.join(cwd, 'e'))).toEqual(['20261123074642_my_name.sql', 'atlas.sum']);
    expect(await flotilla('migrate validate --dir file://e')).toEqual(SILENT);
  });
  it('does not write over a file of the same second', async () => {
    await flotilla('migrate new --dir file://e');
    write('e/20261123074642.sql', 'SELECT 1;');
    await flotilla('migrate hash --dir file://e');
    await flotilla('migrate new --dir file://e');
    expect(fs.readdirSync(path.join(cwd, 'e'))).toEqual(['20261123074642.sql', '20261123074643.sql', 'atlas.sum']);
    expect(read('e/20261123074642.sql')).toBe('SELECT 1;');
  });
  it('refuses a stale sum first, and a name with a path', async () => {
    write('e/1.sql', 'SELECT 1;');
    expect((await flotilla('migrate new --dir file://e')).err).toBe('Error: checksum file not found\n');
    expect((await flotilla('migrate new ../x --dir file://e')).err).toContain('must not hold a path');
    expect(fs.readdirSync(path.join(cwd, 'e'))).toEqual(['1.sql']);
  });
  it('hashes what the editor leaves', async () => {
    await flotilla('migrate new x --edit --dir file://e');
    expect(read('e/20261123074642_x.sql')).toBe('SELECT 1;\n');
    expect(await flotilla('migrate validate --dir file://e')).toEqual(SILENT);
  });
});

describe('migrate import', () => {
  it('writes the forward part of another tool, with a sum', async () => {
    write('from/1_a.sql', '-- +goose Up\n-- why\nSELECT 1;\n-- +goose Down\nSELECT 2;\n');
    expect(await flotilla('migrate import --from file://from?format=goose --to file://to')).toEqual(SILENT);
    expect(read('to/1_a.sql')).toBe('-- why\nSELECT 1;\n');
    expect(await flotilla('migrate validate --dir file://to')).toEqual(SILENT);
  });
  it('refuses what it should', async () => {
    write('from/1_a.sql', 'SELECT 1;');
    write('full/x.sql', '');
    expect((await flotilla('migrate import --from file://from --to file://to')).err).toBe(
      'Error: cannot import a migration directory already in "atlas" format\n',
    );
    expect((await flotilla('migrate import --from file://from?format=goose --to file://full')).err).toBe(
      'Error: target migration directory must be empty\n',
    );
    expect((await flotilla('migrate import --from file://from?format=flyway --to file://to')).out).toBe(
      'nothing to import\n',
    );
  });
});

describe('the command line', () => {
  it.each([
    ['foo', `Error: unknown command "foo" for "flotilla"\nRun 'flotilla --help' for usage.\n`],
    ['migrate down 0', "Error: cannot revert '0' migration files\n"],
    ['migrate hash -z', "Error: unknown shorthand flag: 'z' in -z\n"],
    ['migrate apply --url', 'Error: flag needs an argument: --url\n'],
    ['migrate apply 0', "Error: cannot apply '0' migration files\n"],
    [
      'migrate apply x',
      'Error: invalid amount argument "x" (strconv.ParseUint: parsing "x": invalid syntax). Omit the argument or pass a valid integer instead\n',
    ],
    ['migrate apply 1 2', 'Error: accepts at most 1 arg(s), received 2\n'],
    ['migrate set 1 2', 'Error: accepts 1 arg(s), received 2\n'],
    [
      'migrate status --env a --var pw',
      'Error: invalid argument "pw" for "--var" flag: variables must be format as key=value, got: "pw"\n',
    ],
    [
      'migrate apply --lock-timeout soon',
      'Error: invalid argument "soon" for "--lock-timeout" flag: time: invalid duration "soon"\n',
    ],
    [
      'migrate status --log x --format y',
      'Error: if any flags in the group [format log] are set none of the others can be; [format log] were all set\n',
    ],
    ['migrate apply --url env://url', 'Error: cannot use env:// variables without selecting an environment\n'],
  ])('refuses %s', async (args, err) => {
    expect(await flotilla(args)).toEqual({ code: 1, out: '', err });
  });
  it('shows the help of the group for a name that it does not know', async () => {
    const { code, out, err } = await flotilla('migrate foo');
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`'flotilla migrate' wraps several sub-commands for migration management.

Usage:
  flotilla migrate [command]

Available Commands:
  apply       Applies pending migration files on the connected database.
  diff        Compute the diff between the migration directory and a desired state and create a new migration file.
  down        Reverts applied migration files from the database.
  hash        Hash (re-)creates an integrity hash file for the migration directory.
  import      Import a migration directory from another migration management tool to the Atlas format.
  new         Creates a new empty migration file in the migration directory.
  set         Set the current version of the migration history table.
  status      Get information about the current migration status.
  validate    Validates the migration directories checksum and SQL statements.

Flags:
  -c, --config string        select config (project) file using URL format (default "file://atlas.hcl")
      --env string           set which env from the config file to use
  -h, --help                 help for migrate
      --var <name>=<value>   input variables (default [])

Use "flotilla migrate [command] --help" for more information about a command.
`);
  });
  it('takes the flags of the group before the command, too, and booleans with a value', async () => {
    write('m/1.sql', 'SELECT 1;');
    expect(await flotilla('migrate hash --force=true --dir file://m')).toEqual(SILENT);
    expect((await flotilla('migrate --var pw hash --dir file://m')).err).toContain('invalid argument "pw"');
  });
  it('ignores arguments too many where Atlas does', async () => {
    write('m/1.sql', 'SELECT 1;');
    expect(await flotilla('migrate hash a b c --dir file://m')).toEqual(SILENT);
  });
  it('knows its version', async () => {
    const { version } = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(VERSION).toBe(version);
    expect((await flotilla('version')).out).toBe(`flotilla version v${version}\n`);
  });
  it('checks the directory before it misses the URL', async () => {
    write('migrations/1.sql', 'SELECT 1;');
    expect((await flotilla('migrate apply')).err).toBe('Error: checksum file not found\n');
    await flotilla('migrate hash');
    expect((await flotilla('migrate apply')).err).toBe('Error: required flag "url" not set\n');
  });
});
