import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Runs dependency-cruiser with the repository's rules on a small tree of our making. */
const root = path.resolve(import.meta.dirname, '../../..');
let tree: string;

beforeAll(() => {
  tree = fs.mkdtempSync(path.join(os.tmpdir(), 'flotilla-layers-'));
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
  for (const file of ['tsconfig.json', '.dependency-cruiser.mjs'])
    fs.copyFileSync(path.join(root, file), path.join(tree, file));
  fs.writeFileSync(path.join(tree, 'package.json'), fs.readFileSync(path.join(root, 'package.json')));
});
afterAll(() => fs.rmSync(tree, { recursive: true, force: true }));

function violations(files: Readonly<Record<string, string>>): string[] {
  fs.rmSync(path.join(tree, 'src'), { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(tree, name)), { recursive: true });
    fs.writeFileSync(path.join(tree, name), text);
  }
  const run = spawnSync('depcruise', ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src'], {
    cwd: tree,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const report = JSON.parse(run.stdout) as {
    summary: { totalCruised: number; violations: { rule: { name: string; severity: string } }[] };
  };
  expect(report.summary.totalCruised).toBeGreaterThan(0);
  return report.summary.violations.filter((v) => v.rule.severity === 'error').map((v) => v.rule.name);
}

const A = 'export const a = 1;\nexport type A = number;\n';
const useOf = (from: string): string => `import { a } from '${from}';\nexport const b = a;\n`;
const typeOf = (from: string): string => `import type { A } from '${from}';\nexport const b: A = 1;\n`;

describe('the rules about who may import whom', () => {
  it('let a clean tree pass', () => {
    expect(
      violations({
        'src/shared/a.ts': A,
        'src/rollout/b.ts': useOf('../shared/a.ts'),
        'src/app/c.ts': useOf('../rollout/b.ts')
          .replaceAll(/\ba\b/g, 'b')
          .replace('export const b = b', 'export const c = b'),
      }),
    ).toEqual([]);
  });

  const planted: [what: string, files: Record<string, string>, rule: string][] = [
    [
      'the rollout core imports the store',
      { 'src/store/a.ts': A, 'src/rollout/b.ts': useOf('../store/a.ts') },
      'layer-rollout',
    ],
    [
      'the rollout core reads a file',
      { 'src/rollout/b.ts': "import fs from 'node:fs';\nexport const b = fs;\n" },
      'pure-core-has-no-io',
    ],
    [
      'the rollout core imports a package',
      { 'src/rollout/b.ts': "import pLimit from 'p-limit';\nexport const b = pLimit;\n" },
      'pure-core-has-no-packages',
    ],
    [
      'a workflow imports code of an activity',
      { 'src/activities/a.ts': A, 'src/workflows/b.ts': useOf('../activities/a.ts') },
      'layer-workflows-types-only',
    ],
    [
      'a workflow imports node:crypto',
      { 'src/workflows/b.ts': "import crypto from 'node:crypto';\nexport const b = crypto;\n" },
      'workflows-are-deterministic',
    ],
    [
      'a workflow imports zod',
      { 'src/workflows/b.ts': "import { z } from 'zod';\nexport const b = z;\n" },
      'workflows-use-one-package',
    ],
    [
      'the engine is entered by a side door',
      { 'src/engine/run/a.ts': A, 'src/app/b.ts': useOf('../engine/run/a.ts') },
      'engine-by-its-front-door',
    ],
    [
      'one dialect knows another',
      { 'src/engine/drivers/mysql/a.ts': A, 'src/engine/drivers/postgres/b.ts': useOf('../mysql/a.ts') },
      'dialects-do-not-know-each-other',
    ],
    [
      'a dialect is named outside the registry',
      { 'src/engine/drivers/mysql/a.ts': A, 'src/engine/run/b.ts': useOf('../drivers/mysql/a.ts') },
      'only-the-registry-names-a-dialect',
    ],
    [
      'a database package outside the drivers',
      { 'src/app/b.ts': "import pg from 'pg';\nexport const b = pg;\n" },
      'database-packages-in-drivers-only',
    ],
    ['the HTTP layer uses the store', { 'src/store/a.ts': A, 'src/http/b.ts': useOf('../store/a.ts') }, 'layer-http'],
    [
      'the command line imports code of the rollout core',
      { 'src/rollout/a.ts': A, 'src/cli/b.ts': useOf('../rollout/a.ts') },
      'layer-cli-types-only',
    ],
    [
      'the command line loads Temporal',
      { 'src/cli/b.ts': "import * as client from '@temporalio/client';\nexport const b = client;\n" },
      'remote-cli-loads-no-worker',
    ],
    [
      'production imports tests',
      { 'test/a.ts': A, 'src/app/b.ts': useOf('../../test/a.ts') },
      'production-does-not-import-tests',
    ],
    [
      'two files import each other',
      {
        'src/app/a.ts': "import { b } from './b.ts';\nexport const a = () => b;\n",
        'src/app/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
      },
      'no-cycles',
    ],
  ];
  it.each(planted)('catch it when %s', (_what, files, rule) => {
    expect(violations(files)).toContain(rule);
  });

  it('let types cross where the table says so', () => {
    expect(violations({ 'src/activities/a.ts': A, 'src/workflows/b.ts': typeOf('../activities/a.ts') })).toEqual([]);
  });
});
