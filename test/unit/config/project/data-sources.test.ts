import { describe, expect, it } from 'vitest';
import { hcl as language, openDirectory } from '../../../../src/engine/index.ts';
import { evaluate, evaluated, type Given, refused } from './evaluate.ts';

const extra = async (hcl: string, given: Given = {}): Promise<unknown> => {
  const [env] = (await evaluated(hcl, given)).envs;
  const value = env?.extra?.get('out');
  return value === undefined ? undefined : language.toPlain(value);
};

const rows =
  (columns: readonly string[], ...given: (readonly unknown[])[]): NonNullable<Given['query']> =>
  async () => ({ columns, rows: given });

const SQL = 'data "sql" "t" {\n  url = "sqlite://c.db"\n  query = "SELECT 1"\n}\n';

describe('data "sql"', () => {
  it.each([
    [rows(['n'], ['b'], ['a']), { count: 2, values: ['b', 'a'], value: 'b' }],
    [rows(['n'], [3], [4n]), { count: 2, values: [3, 4], value: 3 }],
    [rows(['n']), { count: 0, values: [], value: null }],
    [rows(['n'], [new TextEncoder().encode('x')]), { count: 1, values: ['x'], value: 'x' }],
    [
      rows(['name', 'tier'], ['a', 'free'], ['b', null]),
      {
        count: 2,
        values: [
          { name: 'a', tier: 'free' },
          { name: 'b', tier: null },
        ],
        value: { name: 'a', tier: 'free' },
      },
    ],
  ])('%# gives count, values and value', async (query, expected) => {
    expect(await extra(`${SQL}env "prod" {\n  out = data.sql.t\n}\n`, { query })).toEqual(expected);
  });

  it('passes url, query and args on', async () => {
    const asked: unknown[] = [];
    const query: Given['query'] = async (url, sql, args) => {
      asked.push(url.redacted, sql, args);
      return { columns: ['n'], rows: [] };
    };
    await extra(
      'data "sql" "t" {\n  url = "sqlite://c.db"\n  query = "q"\n  args = ["a", 1, true]\n}\nenv "prod" {\n  out = data.sql.t.count\n}\n',
      { query },
    );
    expect(asked).toEqual(['sqlite://c.db', 'q', ['a', 1, true]]);
  });

  it.each([
    [rows(['n'], [null]), 'data.sql.t: unsupported row type: <nil>'],
    [rows(['n'], ['a'], [true], [new Date(0)]), undefined],
    [async () => Promise.reject(new Error('no such table: tenants')), 'data.sql.t: no such table: tenants'],
  ])('names the source in its error: %#', async (query, text) => {
    const result = await evaluate(`${SQL}env "prod" {\n  out = data.sql.t.values\n}\n`, { query });
    if (text !== undefined) expect(result).toMatchObject({ value: undefined, text });
  });

  it('runs only where something that is evaluated mentions it', async () => {
    expect((await evaluated(`${SQL}env "prod" {\n  url = "sqlite://a.db"\n}\n`)).envs).toHaveLength(1);
  });

  it('runs once, however often it is mentioned', async () => {
    let runs = 0;
    const query: Given['query'] = async () => {
      runs += 1;
      return { columns: ['n'], rows: [['x'], ['y']] };
    };
    const hcl = `${SQL}locals {\n  a = data.sql.t.count\n}\nenv "prod" {\n  for_each = toset(data.sql.t.values)\n  url = "sqlite://\${each.value}-\${local.a}-\${data.sql.t.value}.db"\n}\n`;
    const project = await evaluated(hcl, { query });
    expect(project.envs.map(({ target }) => `${target?.id} ${target?.url.redacted}`)).toEqual([
      'x sqlite://x-2-x.db',
      'y sqlite://y-2-x.db',
    ]);
    expect(runs).toBe(1);
  });

  it('is refused without url, with an unknown attribute, with a wrong url', async () => {
    const { lines } = await refused('data "sql" "t" {\n  query = "q"\n  qeury = 1\n}\nlocals {\n  a = data.sql.t\n}\n');
    expect(lines).toEqual([
      '1: DATA_SOURCE data.sql.t: missing required attribute "url"',
      '3: HCL_UNKNOWN_ATTRIBUTE data.sql.t: unknown attribute "qeury", expected url, query, args',
      '-: ENV_NOT_FOUND env "prod" not defined in config file',
    ]);
  });
});

describe('data "external"', () => {
  const hcl =
    'data "external" "x" {\n  program = ["list", "-v"]\n  working_dir = "bin"\n}\nenv "prod" {\n  out = data.external.x\n}\n';

  it('is what the program prints, untrimmed', async () => {
    const asked: unknown[] = [];
    const runProgram: Given['runProgram'] = async (...all) => {
      asked.push(...all);
      return '["a"]\n';
    };
    expect(await extra(hcl, { runProgram })).toBe('["a"]\n');
    expect(asked).toEqual([['list', '-v'], 'bin']);
  });

  it('shows what the program wrote to stderr', async () => {
    const runProgram = async () => Promise.reject(new Error('running program "list": boom'));
    expect((await refused(hcl, { runProgram })).text).toBe('data.external.x: running program "list": boom');
  });
});

describe('data "runtimevar"', () => {
  const from = (url: string): string =>
    `data "runtimevar" "x" {\n  url = "${url}"\n}\nenv "prod" {\n  out = data.runtimevar.x\n}\n`;
  const given: Given = { environment: { PW: 'of env' }, readSecretFile: async (path) => `of ${path}` };

  it.each([
    ['constant://?val=hello&decoder=string', 'hello'],
    ['file:///run/pw?timeout=1s', 'of /run/pw'],
    ['env://PW', 'of env'],
  ])('reads %s', async (url, expected) => {
    expect(await extra(from(url), given)).toBe(expected);
  });

  it('keeps a secret file out of the snapshot', async () => {
    expect(Object.keys((await evaluated(from('file:///run/pw'), given)).filesRead)).toEqual(['atlas.hcl']);
  });

  it.each([
    [
      'awssecretsmanager://x',
      'driver "awssecretsmanager" needs the AWS Secrets Manager client, which this version does not have',
    ],
    ['nope://x', 'unknown driver "nope"'],
    ['env://NONE', 'the environment has no variable "NONE"'],
    ['constant://?val=x&decoder=json', 'unsupported decoder: "json"'],
  ])('says of %s what is missing', async (url, message) => {
    expect((await refused(from(url), given)).text).toContain(`data.runtimevar.x: ${message}`);
  });
});

describe('data "template_dir"', () => {
  const hcl =
    'data "template_dir" "m" {\n  path = "tpl"\n  vars = {\n    Schema = "s1"\n    N = 2\n  }\n}\nenv "prod" {\n  migration {\n    dir = data.template_dir.m.url\n  }\n}\n';
  const files = {
    'tpl/1.sql': 'CREATE TABLE {{ .Schema }}.t;\n{{ template "shared/u" .N }}\n',
    'tpl/shared/u.tmpl': '{{ define "shared/u" }}INSERT {{ . }};{{ end }}',
    'tpl/shared/2.sql': 'never',
    'tpl/atlas.sum': 'old',
    'other.sql': 'x',
  };

  it('executes the sql files of the folder into a directory in memory that has its own sum', async () => {
    const project = await evaluated(hcl, { files });
    expect(project.envs[0]?.migration?.dir).toBe('mem://tpl/m');
    const directory = project.memoryDirectories['mem://tpl/m'] ?? {};
    expect(directory['1.sql']).toBe('CREATE TABLE s1.t;\nINSERT 2;\n');
    expect(Object.keys(directory)).toEqual(['1.sql', 'atlas.sum']);
    expect('directory' in openDirectory(directory, 'atlas')).toBe(true);
    expect(Object.keys(project.filesRead)).toContain('tpl/shared/u.tmpl');
  });

  it('refuses a variable that is not given', async () => {
    const { text } = await refused(hcl.replace('Schema', 'Other'), { files });
    expect(text).toBe(
      'data.template_dir.m: template: 1.sql:1:16: executing "1.sql" at <.Schema>: map has no entry for key "Schema"',
    );
  });

  it('refuses a folder that is not there', async () => {
    expect((await refused(hcl)).text).toBe('data.template_dir.m: the folder "tpl" has no files or is not there');
  });
});

describe('desired states of data sources', () => {
  it('are named and not read: a rollout of files needs none', async () => {
    const project = await evaluated(
      `data "hcl_schema" "app" {\n  paths = ["a.hcl", "b"]\n  vars = { n = 1 }\n}\ndata "external_schema" "orm" {\n  program = ["x", "y"]\n  working_dir = "sub"\n}\nenv "prod" {\n  src = [data.hcl_schema.app.url, data.external_schema.orm.url]\n  url = "sqlite://a.db"\n}\n`,
    );
    expect(project.envs[0]?.src).toEqual(['mem://hcl_schema/app', 'mem://external_schema/orm']);
    expect(project.schemaSources).toMatchObject({
      'mem://hcl_schema/app': { paths: ['a.hcl', 'b'] },
      'mem://external_schema/orm': { program: ['x', 'y'], workingDir: 'sub' },
    });
  });

  it.each([
    ['path = "a"\n  paths = ["b"]', 'path and paths cannot be set together'],
    ['', 'path or paths must be set'],
    ['path = "a"\n  vars = 1', '"vars": expected an object'],
  ])('are refused: %s', async (body, text) => {
    const hcl = `data "hcl_schema" "app" {\n  ${body}\n}\nenv "prod" {\n  src = data.hcl_schema.app.url\n  url = "sqlite://a.db"\n}\n`;
    expect((await refused(hcl)).text).toBe(`data.hcl_schema.app: ${text}`);
  });
});

describe('what Atlas knows and this version does not', () => {
  const external =
    'data "composite_schema" "app" {\n}\ndocker "postgres" "dev" {\n  image = "postgres:17"\n}\nlocals {\n  schema = data.composite_schema.app.url\n}\n';

  it('is only a warning where a rollout does not need it', async () => {
    const result = await evaluate(
      `${external}env "prod" {\n  src = local.schema\n  dev = docker.postgres.dev.url\n  url = "sqlite://a.db"\n}\n`,
    );
    expect(result.value?.envs[0]).toMatchObject({ src: [] });
    expect(result.diagnostics.map(({ severity, summary }) => `${severity} ${summary}`)).toEqual([
      'warning data.composite_schema.app is not supported',
      'warning docker.postgres.dev is not supported',
    ]);
  });

  it('is an error that names it where it is needed', async () => {
    const { lines } = await refused(
      `${external}env "prod" {\n  url = docker.postgres.dev.url\n  migration {\n    dir = local.schema\n  }\n}\n`,
    );
    expect(lines).toEqual([
      '10: UNSUPPORTED docker.postgres.dev is not supported; "url" needs docker.postgres.dev, which this version of Flotilla cannot evaluate.',
      '12: UNSUPPORTED data.composite_schema.app is not supported; "dir" needs data.composite_schema.app, which this version of Flotilla cannot evaluate.',
    ]);
  });
});
