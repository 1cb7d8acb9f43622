import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateProjectFolder, loadProject, type ProjectMachine } from '../../../src/config/project-folder.ts';
import type { ProjectResult } from '../../../src/config/types.ts';

let root = '';
const machine: ProjectMachine = {
  query: async () => ({ columns: [], rows: [] }),
  env: { PATH: process.env.PATH, HOST: 'h' },
};

const write = async (name: string, text: string): Promise<void> => {
  const file = path.join(root, name);
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, text);
};

const evaluatedBy = (result: ProjectResult) => {
  if (result.value === undefined) throw new Error(result.text);
  return result.value;
};

beforeAll(async () => {
  root = await fs.mkdtemp(path.join(os.tmpdir(), 'flotilla-project-'));
  await write('p/data/t.txt', 'from-file');
  await write('p/tpl/1.sql', 'SELECT {{ .x }};');
  await write('secret', 'pw');
  await write(
    'p/atlas.hcl',
    `data "external" "x" {
  program     = ["node", "-e", "process.stdout.write(process.argv[1] + ' ' + process.env.HOST + ' ' + require('path').basename(process.cwd()))", "$HOME; ls"]
  working_dir = "p"
}
data "runtimevar" "s" {
  url = "file://secret"
}
data "template_dir" "m" {
  path = "p/tpl"
  vars = { x = 1 }
}
env "prod" {
  url  = "sqlite://\${file("data/t.txt")}.db"
  out  = data.external.x
  s    = data.runtimevar.s
  list = fileset("data/*")
  migration {
    dir = data.template_dir.m.url
  }
}
env "bad" {
  out = data.external.bad
}
data "external" "bad" {
  program = ["node", "-e", "console.error('went wrong'); process.exit(3)"]
}
env "served" {
  url = "sqlite://dbs/\${file("data/t.txt")}.db?_fk=1"
}
`,
  );
});

afterAll(() => fs.rm(root, { recursive: true, force: true }));

const vars = {};

describe('a command', () => {
  it('reads file() from the folder of the project file and everything else from the working directory', async () => {
    const project = evaluatedBy(
      await loadProject({ config: 'file://p/atlas.hcl', env: 'prod', vars, cwd: root }, machine),
    );
    const [env] = project.envs;
    expect(env?.url?.redacted).toBe('sqlite://from-file.db');
    expect(env?.extra?.get('out')).toMatchObject({ value: '$HOME; ls h p' });
    expect(env?.extra?.get('s')).toMatchObject({ value: 'pw' });
    expect(project.memoryDirectories['mem://p/tpl/m']?.['1.sql']).toBe('SELECT 1;');
    expect(Object.keys(project.filesRead)).toEqual(['data/t.txt', 'p/atlas.hcl', 'tpl/1.sql']);
  });

  it('shows the stderr of a program that failed', async () => {
    const result = await loadProject({ config: 'file://p/atlas.hcl', env: 'bad', vars, cwd: root }, machine);
    expect(result).toMatchObject({ value: undefined, text: 'data.external.bad: running program "node": went wrong' });
  });

  it('names a project file that is not there as it was given', async () => {
    const result = await loadProject({ config: 'file://none.hcl', env: 'a', vars, cwd: root }, machine);
    expect(result).toMatchObject({
      text: 'config file "none.hcl" was not found: stat none.hcl: no such file or directory',
    });
  });
});

describe('the daemon', () => {
  const request = () => ({ folder: path.join(root, 'p'), config: 'atlas.hcl', env: 'served', vars });

  it('reads everything from the folder of the project, SQLite files too', async () => {
    const [env] = evaluatedBy(await evaluateProjectFolder(request(), machine)).envs;
    expect(env?.url?.reveal()).toBe(`sqlite://${root}/p/dbs/from-file.db?_fk=1`);
  });

  it('evaluates from a snapshot what is gone from the disk', async () => {
    const first = evaluatedBy(await evaluateProjectFolder(request(), machine));
    const again = await evaluateProjectFolder(
      { ...request(), folder: path.join(root, 'gone'), files: first.filesRead },
      machine,
    );
    expect(evaluatedBy(again).envs[0]?.url?.redacted).toBe(`sqlite://${root}/gone/dbs/from-file.db?_fk=1`);
  });
});
