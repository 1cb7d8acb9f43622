/**
 * The package as a user gets it: packed, unpacked into an empty folder with nothing beside it but the dependencies that package.json names.
 * The packages themselves come from this repository's node_modules, so that no registry is asked.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { throwAwayFolder } from '../support/temporary-folder.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = throwAwayFolder('packed');
const empty = path.join(folder, 'empty');
/** Node of the test goes first: what `#!/usr/bin/env node` finds. */
const env = { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env.PATH ?? ''}` };

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** Packs a copy: `prepack` builds, and dist/ of this folder belongs to whoever built it. */
function pack(): string {
  const copy = path.join(folder, 'copy');
  fs.mkdirSync(copy);
  for (const name of fs.readdirSync(root)) {
    if (['.git', 'node_modules', 'dist', '.cache', 'coverage', 'test'].includes(name)) continue;
    fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  fs.symlinkSync(fs.realpathSync(path.join(root, 'node_modules')), path.join(copy, 'node_modules'));
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: copy, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const tarball = fs.readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack made no tarball');
  return path.join(folder, tarball);
}

/** As npm lays it out: the package, links to what it depends on, and its command in .bin. */
function install(tarball: string): void {
  const modules = path.join(empty, 'node_modules');
  const home = path.join(modules, 'flotilla');
  fs.mkdirSync(path.join(modules, '.bin'), { recursive: true });
  fs.mkdirSync(home);
  execFileSync('tar', ['-xzf', tarball, '-C', home, '--strip-components=1']);
  const manifest = JSON.parse(fs.readFileSync(path.join(home, 'package.json'), 'utf8')) as Manifest;
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const source = path.join(root, 'node_modules', name);
    if (!fs.existsSync(source)) continue;
    fs.mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    fs.symlinkSync(fs.realpathSync(source), path.join(modules, name));
  }
  for (const [name, file] of Object.entries(manifest.bin)) {
    fs.chmodSync(path.join(home, file), 0o755);
    fs.symlinkSync(path.join('../flotilla', file), path.join(modules, '.bin', name));
  }
}

const command = path.join(empty, 'node_modules/.bin/flotilla');
const flotilla = (...args: string[]): string => execFileSync(command, args, { cwd: empty, env, encoding: 'utf8' });

/** Gives what the daemon says at `/readyz` once it answers there: it writes down its own address. */
async function untilReady(stateDir: string, hasEnded: () => boolean): Promise<unknown> {
  const record = path.join(stateDir, 'daemon.json');
  for (;;) {
    const { address } = fs.existsSync(record)
      ? (JSON.parse(fs.readFileSync(record, 'utf8')) as { readonly address?: string })
      : {};
    const response = address === undefined ? undefined : await fetch(`${address}/readyz`).catch(() => undefined);
    if (response?.ok) return response.json();
    if (hasEnded()) throw new Error('the daemon ended before it was ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('the packed package', () => {
  beforeAll(() => install(pack()));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('has what it needs, and neither sources nor tests', () => {
    expect(fs.readdirSync(path.join(empty, 'node_modules/flotilla')).toSorted()).toEqual([
      'README.md',
      'bin',
      'dist',
      'docs',
      'package.json',
    ]);
    // Without it the daemon would bundle the workflows itself, at each start.
    expect(fs.existsSync(path.join(empty, 'node_modules/flotilla/dist/workflow-bundle.js'))).toBe(true);
  });

  it('shows its help', () => {
    expect(flotilla('--help')).toContain('migrate');
  });

  it('migrates a SQLite file', () => {
    fs.mkdirSync(path.join(empty, 'migrations'));
    fs.writeFileSync(path.join(empty, 'migrations/1_a.sql'), 'CREATE TABLE t (id int);\n');
    flotilla('migrate', 'hash');
    expect(flotilla('migrate', 'apply', '--url', 'sqlite://a.db')).toContain('-- 1 sql statement');
    const database = new DatabaseSync(path.join(empty, 'a.db'), { readOnly: true });
    expect(database.prepare('SELECT version, applied, total FROM atlas_schema_revisions').all()).toEqual([
      { version: '1', applied: 1, total: 1 },
    ]);
    database.close();
  });

  it('serves, with the workflow bundle that it brought', async () => {
    const stateDir = path.join(empty, 'state');
    const daemon = spawn(command, ['serve', '--listen', '127.0.0.1:0', '--state-dir', stateDir], {
      cwd: empty,
      env,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    try {
      expect(await untilReady(stateDir, () => daemon.exitCode !== null)).toMatchObject({ status: 'ready' });
    } finally {
      daemon.kill('SIGTERM');
      await ended;
    }
    expect(daemon.exitCode).toBe(0);
  });
});
