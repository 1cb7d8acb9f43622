/**
 * What `migrate apply` and `status` make of several targets: order, streams, exit codes. The ports (engine, project, template) are
 * played by values, so that each outcome can be had; the same commands on real databases are in migrate-apply.test.ts.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MigrateDeps } from '../../src/cli/migrate/deps.ts';
import { runProgram } from '../../src/cli/program.ts';
import {
  readDirectoryFiles,
  readHclFiles,
  readSchemaFiles,
  writeDirectoryFiles,
} from '../../src/config/directory-files.ts';
import type { EvaluatedEnv } from '../../src/config/types.ts';
import { type ApplyOutcome, type Engine, hashDirectory, parseDatabaseUrl } from '../../src/engine/index.ts';
import { AppError } from '../../src/shared/errors.ts';
import { memoryIo } from '../support/memory-io.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';

let cwd: string;
const FILES = { '1.sql': 'SELECT 1;' };
beforeEach(() => {
  cwd = throwAwayFolder('cli');
  fs.mkdirSync(path.join(cwd, 'migrations'));
  fs.writeFileSync(path.join(cwd, 'migrations/1.sql'), FILES['1.sql']);
  fs.writeFileSync(path.join(cwd, 'migrations/atlas.sum'), hashDirectory(FILES, 'atlas'));
});
afterEach(() => fs.rmSync(cwd, { recursive: true, force: true }));

const envOf = (id: string, more: Partial<EvaluatedEnv> = {}): EvaluatedEnv => ({
  name: 'prod',
  url: parseDatabaseUrl(`sqlite://${id}.db`),
  src: [],
  schemas: [],
  exclude: [],
  migration: { dir: 'file://migrations' },
  formats: {},
  extra: new Map(),
  policies: { lint: [], diff: [], test: [] },
  target: { id, url: parseDatabaseUrl(`sqlite://${id}.db`), labels: {}, matches: [], orderKeys: [] },
  ...more,
});
const FAILED: ApplyOutcome = {
  kind: 'failed',
  current: null,
  files: [],
  error: { class: 'transient', code: 'x', message: 'no way', fingerprint: 'no way' },
  text: 'no way to the database',
};

interface World {
  readonly envs: readonly EvaluatedEnv[];
  readonly outcome?: (id: string) => ApplyOutcome;
  /** Whether the engine came as far as a plan. */
  readonly planned?: boolean;
}

async function flotilla(
  args: string,
  { envs, outcome = () => ({ kind: 'unchanged', current: '1' }), planned = false }: World,
) {
  const streams = memoryIo({ cwd });
  const asked: string[] = [];
  const never = async (): Promise<never> => {
    throw new Error('not asked for here');
  };
  const engine: Engine = {
    apply: async (target, directory, options, callbacks) => {
      asked.push(`${target.id} ${options.lock.scope}`);
      const result = outcome(target.id);
      if (planned) callbacks?.onProgress?.({ kind: 'Planned', pending: directory.files, current: '', target: '1' });
      return result;
    },
    status: async (target, directory) => {
      asked.push(target.id);
      if (outcome(target.id).kind === 'failed') throw new AppError('TARGET_CONNECT', 'no way to the database');
      return {
        available: directory.files,
        pending: [],
        outOfOrder: [],
        applied: [],
        current: '1',
        next: '',
        count: 0,
        total: 0,
        status: 'OK',
        error: '',
        sql: '',
      };
    },
    down: never,
    inspect: never,
    loadDesired: never,
    surveyStates: never,
    applyState: never,
    revertState: never,
    loadOnDev: never,
    inspectDirectory: never,
    runPlan: never,
    survey: never,
    surveysTogether: () => false,
    set: never,
    query: never,
    replicaLag: never,
    runningThreads: never,
    replay: never,
    inFlight: () => [],
    close: async () => {},
  };
  const migrate: MigrateDeps = {
    io: streams.io,
    clock: { nowMs: () => 0, monotonicMs: () => 0, sleep: async () => {} },
    engine: async () => engine,
    parseUrl: async (text) => parseDatabaseUrl(text),
    loadProject: async () => ({
      value: { envs, deployment: undefined, filesRead: {}, memoryDirectories: {}, schemaSources: {} },
      diagnostics: [],
    }),
    renderTemplate: async (_template, data) => JSON.stringify((data as { Current: string }).Current),
    files: { read: readDirectoryFiles, readSchema: readSchemaFiles, readHcl: readHclFiles, write: writeDirectoryFiles },
    ask: never,
    runProgram: never,
    openEditor: never,
  };
  const code = await runProgram(args.split(' '), { io: streams.io, migrate: async () => migrate });
  return { code, out: streams.stdout(), err: streams.stderr(), asked };
}

describe('migrate apply on an env of several targets', () => {
  it('goes through them in their order, with locks that let them stand side by side', async () => {
    const { code, out, err, asked } = await flotilla('migrate apply --env prod', { envs: [envOf('b'), envOf('a')] });
    expect([code, err, asked]).toEqual([0, '', ['b target', 'a target']]);
    expect(out).toBe('No migration files to execute\nNo migration files to execute\n');
  });
  it("takes Atlas's own lock for a single target", async () => {
    const { asked } = await flotilla('migrate apply --env prod', { envs: [envOf('a')] });
    expect(asked).toEqual(['a atlas']);
  });
  it('stops at the first that fails and names those that were left alone', async () => {
    const envs = ['a', 'b', 'c', 'd'].map((id) => envOf(id));
    const { code, out, err, asked } = await flotilla('migrate apply --env prod', {
      envs,
      outcome: (id) => (id === 'b' ? FAILED : { kind: 'unchanged', current: '1' }),
    });
    expect([code, asked.length]).toEqual([1, 2]);
    expect(out).toBe('No migration files to execute\n');
    expect(err).toBe('Error: no way to the database\ntarget "b" failed\nnot attempted: c, d\n');
  });
  it('puts a newline between documents of a template, and none after the last', async () => {
    const { out } = await flotilla('migrate apply --env prod --format x', { envs: [envOf('a'), envOf('b')] });
    expect(out).toBe('"1"\n"1"');
  });
  it('keeps stderr empty where the document of a template holds the error, and only there', async () => {
    const world = { envs: [envOf('a')], outcome: (): ApplyOutcome => FAILED };
    const args = 'migrate apply --env prod --format x';
    expect(await flotilla(args, { ...world, planned: true })).toMatchObject({ code: 1, out: '""', err: '' });
    expect(await flotilla(args, world)).toMatchObject({ code: 1, out: '', err: 'Error: no way to the database\n' });
  });
  it('takes the template of the env', async () => {
    const { out } = await flotilla('migrate apply --env prod', {
      envs: [envOf('a', { formats: { 'migrate.apply': 'x' } })],
    });
    expect(out).toBe('"1"');
  });
  it('refuses a wrong sum of any target before it asks for the first', async () => {
    fs.mkdirSync(path.join(cwd, 'other'));
    fs.writeFileSync(path.join(cwd, 'other/1.sql'), 'SELECT 2;');
    const envs = [envOf('a'), envOf('b', { migration: { dir: 'file://other' } })];
    const { code, err, asked } = await flotilla('migrate apply --env prod', { envs });
    expect([code, err, asked]).toEqual([1, 'Error: checksum file not found\n', []]);
  });
  it.each([
    ['--tx-mode bad', 'Error: unknown tx-mode "bad"\n'],
    ['--exec-order foo', 'Error: unknown execution order: "foo"\n'],
  ])('refuses %s before it asks for any', async (flag, message) => {
    const { code, err, asked } = await flotilla(`migrate apply --env prod ${flag}`, { envs: [envOf('a')] });
    expect([code, err, asked]).toEqual([1, message, []]);
  });
  it('says that an env without targets is none', async () => {
    const { code, err } = await flotilla('migrate apply --env prod', { envs: [] });
    expect([code, err]).toEqual([1, 'Error: env "prod" not defined in config file\n']);
  });
});

describe('migrate status on an env of several targets', () => {
  it('shows those that can be read, and names the one that cannot', async () => {
    const { code, out, err, asked } = await flotilla('migrate status --env prod', {
      envs: [envOf('a'), envOf('b'), envOf('c')],
      outcome: (id) => (id === 'b' ? FAILED : { kind: 'unchanged', current: '1' }),
    });
    expect([code, asked, err]).toEqual([1, ['a', 'b', 'c'], 'Error: target "b": no way to the database\n']);
    expect(out.split('Migration Status: OK')).toHaveLength(3);
    expect(out).toContain('Pending Files:   0\nMigration Status');
  });
});
