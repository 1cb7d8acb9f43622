import { describe, expect, it } from 'vitest';
import { resolveEnvUrl } from '../../../../src/config/project/env-url.ts';
import type { EvaluatedProject } from '../../../../src/config/types.ts';
import { evaluate, evaluated, type Given, refused } from './evaluate.ts';

const targets = ({ envs }: EvaluatedProject) => envs.map(({ target }) => `${target?.id} ${target?.url.redacted}`);

describe('which env blocks are taken', () => {
  it.each([
    [
      'all with the label',
      'env "prod" {\n  url = "sqlite://1.db"\n}\nenv {\n  name = atlas.env\n  url = bad.x\n}\nenv "prod" {\n  url = "sqlite://2.db"\n}\n',
      ['1.db sqlite://1.db', '2.db sqlite://2.db'],
    ],
    [
      'else the unlabelled ones that name atlas.env',
      'env "x" {\n  url = bad.x\n}\nenv {\n  name = atlas.env\n  url = "sqlite://${atlas.env}.db"\n}\n',
      ['prod.db sqlite://prod.db'],
    ],
    [
      'but not under another final name',
      'env {\n  name = lower(upper(atlas.env))\n  url = "sqlite://a.db"\n}\nenv {\n  name = "${atlas.env}2"\n  url = "sqlite://b.db"\n}\n',
      ['a.db sqlite://a.db'],
    ],
  ])('%s', async (_, hcl, expected) => {
    expect(targets(await evaluated(hcl))).toEqual(expected);
  });
});

describe('for_each', () => {
  it.each([
    ['toset(["b", "a"])', '${each.key}-${each.value}', ['a sqlite://a-a.db', 'b sqlite://b-b.db']],
    ['{ y = "1", x = "2" }', '${each.key}-${each.value}', ['x sqlite://x-2.db', 'y sqlite://y-1.db']],
    ['["p", "q"]', '${each.key}-${each.value}', ['0-p.db sqlite://0-p.db', '1-q.db sqlite://1-q.db']],
    [
      '{ for t in jsondecode(file("t.json")) : t.id => t }',
      '${each.value.db}',
      ['t1 sqlite://d1.db', 't2 sqlite://d2.db'],
    ],
  ])('over %s makes a target of each', async (collection, name, expected) => {
    const hcl = `env "prod" {\n  for_each = ${collection}\n  url = "sqlite://${name}.db"\n}\n`;
    const files = { 't.json': '[{"id":"t2","db":"d2"},{"id":"t1","db":"d1"}]' };
    expect(targets(await evaluated(hcl, { files }))).toEqual(expected);
  });

  it('over nothing is refused and names the env', async () => {
    const { text, diagnostics } = await refused('env "prod" {\n  for_each = toset([])\n  url = "sqlite://a.db"\n}\n');
    expect(text).toBe('env "prod" not defined in config file: its for_each is empty, so there is no target');
    expect(diagnostics[0]).toMatchObject({ code: 'ENV_WITHOUT_TARGETS', subject: { start: { line: 2 } } });
  });

  it('reads files whose names depend on the target, and records them', async () => {
    const hcl =
      'env "prod" {\n  for_each = toset(fileset("t/*.txt"))\n  url = "sqlite://${chomp(file(each.value))}.db"\n}\n';
    const files = { 't/a.txt': 'x\n', 't/b.txt': 'y\n', 'u/c.txt': 'z' };
    const project = await evaluated(hcl, { files });
    expect(targets(project)).toEqual(['t/a.txt sqlite://x.db', 't/b.txt sqlite://y.db']);
    expect(Object.keys(project.filesRead)).toEqual(['atlas.hcl', 't/a.txt', 't/b.txt']);
    // What was read is enough to find the same again.
    expect(targets(await evaluated(hcl, { files: project.filesRead }))).toEqual(targets(project));
  });

  it('says which file is missing', async () => {
    expect((await refused('env "prod" {\n  url = file("none.txt")\n}\n')).text).toContain(
      'open none.txt: no such file or directory',
    );
  });

  it('prints what print is given, once', async () => {
    const printed: string[] = [];
    await evaluated('env "prod" {\n  url = print("sqlite://${file("a")}.db")\n}\n', {
      files: { a: 'x' },
      more: { print: (text) => printed.push(text) },
    });
    expect(printed).toEqual(['sqlite://x.db']);
  });
});

describe('what an env says', () => {
  const hcl = `
lint {
  latest = 1
}
diff {
  skip {
    drop_table = true
  }
}
env "prod" {
  for_each = toset(["x"])
  url = "postgres://u:secret@h:5433/app?search_path=\${each.value}"
  dev = "sqlite://dev.db"
  src = ["file://a.sql", "file://b.sql"]
  schemas = ["s"]
  exclude = ["*.t"]
  target = "id-\${each.value}"
  labels = { tier = "free", shard = 3 }
  tenant = each.value
  nothing = null
  lint {
    latest = 2
  }
  migration {
    dir = "file://m"
    format = golang-migrate
    exec_order = LINEAR_SKIP
    lock_timeout = "1m30s"
    lock_name = "l"
    revisions_schema = "rev"
    baseline = "1"
    tx_mode = "all"
    to_version = "9"
  }
  log {
    migrate {
      apply = "old"
      status = "st"
    }
  }
  format {
    migrate {
      apply = format("{{ json . | json_merge %q }}", jsonencode({ Tenant = each.value }))
    }
  }
}
`;

  it('is all there', async () => {
    const [env] = (await evaluated(hcl)).envs;
    expect(env).toMatchObject({
      name: 'prod',
      src: ['file://a.sql', 'file://b.sql'],
      schemas: ['s'],
      exclude: ['*.t'],
      migration: {
        dir: 'file://m',
        format: 'golang-migrate',
        execOrder: 'linear-skip',
        lockTimeoutMs: 90_000,
        lockName: 'l',
        revisionsSchema: 'rev',
        baseline: '1',
        txMode: 'all',
        toVersion: '9',
      },
      formats: {
        'migrate.apply': '{{ json . | json_merge "{\\"Tenant\\":\\"x\\"}" }}',
        'migrate.status': 'st',
      },
      target: { id: 'id-x', labels: { tier: 'free', shard: '3' }, revisionsSchema: 'rev' },
    });
    expect(env?.url?.redacted).not.toContain('secret');
    expect(env?.devUrl?.redacted).toBe('sqlite://dev.db');
    expect([...(env?.extra?.keys() ?? [])]).toEqual(['tenant']);
    expect(env?.policies?.lint[0]?.body.attributes[0]?.value).toMatchObject({ text: '2' });
    expect(env?.policies?.diff).toHaveLength(1);
  });

  it.each([
    ['env://url', ['postgres://u:secret@h:5433/app?search_path=x']],
    ['env://dev', ['sqlite://dev.db']],
    ['env://src', ['file://a.sql', 'file://b.sql']],
    ['env://migration.dir', ['file://m']],
    ['env://tenant', ['x']],
    ['file://other', ['file://other']],
  ])('%s stands for %j', async (text, expected) => {
    const [env] = (await evaluated(hcl)).envs;
    expect(resolveEnvUrl(text, env)).toEqual(expected);
  });

  it.each([
    ['env://', 'invalid env:// variable "env://"'],
    ['env://a/b', 'invalid env:// variable "env://a/b"'],
    ['env://none', 'env://none (attribute) not found in env.prod'],
  ])('%s is refused', async (text, message) => {
    const [env] = (await evaluated(hcl)).envs;
    expect(() => resolveEnvUrl(text, env)).toThrow(message);
    expect(() => resolveEnvUrl('env://x', undefined)).toThrow(
      'cannot use env:// variables without selecting an environment',
    );
  });

  it.each([
    ['bare', 'exec_order = NON_LINEAR', 'non-linear'],
    ['quoted', 'exec_order = "NON_LINEAR"', 'non-linear'],
    ['as the reference has it', 'exec_order = linear-skip', 'linear-skip'],
  ])('an order may be written %s', async (_, line, expected) => {
    const [env] = (await evaluated(`env "prod" {\n  migration {\n    ${line}\n  }\n}\n`)).envs;
    expect(env?.migration?.execOrder).toBe(expected);
  });

  it.each([
    ['url = "postgres//x"', 'TARGET_URL_INVALID'],
    ['url = ["a"]', 'HCL_INVALID_TYPE'],
    ['migration {\n    lock_timeout = "soon"\n  }', 'HCL_INVALID_TYPE'],
    ['labels = { a = [1] }', 'HCL_INVALID_TYPE'],
  ])('%s is refused', async (line, code) => {
    expect((await refused(`env "prod" {\n  ${line}\n}\n`)).diagnostics[0]?.code).toBe(code);
  });

  it('a dev database of another kind is no mistake of the others', async () => {
    const result = await evaluate('env "prod" {\n  url = "sqlite://a.db"\n  dev = "docker://postgres/17/dev"\n}\n');
    expect(result.value?.envs[0]?.devUrl).toBeUndefined();
    expect(result.diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
  });
});

describe('the id of a target', () => {
  it.each([
    ['url = "postgres://h/app"', 'app'],
    ['url = "postgres://h/app?search_path=t1"', 'app.t1'],
    ['url = "mysql://h/app"', 'app'],
    ['url = "sqlite://dir/a.db"', 'dir/a.db'],
    ['url = "mysql://h:3307"', 'h:3307'],
    ['url = "mysql://h/app"\n  target = "mine"', 'mine'],
    ['for_each = toset(["k"])\n  url = "mysql://h/app"', 'k'],
    ['for_each = toset([7])\n  url = "mysql://h/app"', 'app'],
  ])('of %j is %s', async (lines, id) => {
    expect((await evaluated(`env "prod" {\n  ${lines}\n}\n`)).envs[0]?.target?.id).toBe(id);
  });

  it('is not given without a url', async () => {
    expect((await evaluated('env "prod" {\n  src = "file://x"\n}\n')).envs[0]?.target).toBeUndefined();
  });

  const clash =
    'env "prod" {\n  for_each = toset(["a", "b"])\n  url = "mysql://u:pw@h/${each.value}"\n  target = "the-same"\n}\n';

  it('may not clash: both are named, without their secrets', async () => {
    const { text, diagnostics } = await refused(clash);
    expect(diagnostics[0]?.code).toBe('TARGET_ID_CLASH');
    expect(text).toMatch(/^two targets of env "prod" have the id "the-same": mysql:\/\/u@h\/a and mysql:\/\/u@h\/b; /);
  });

  it('may clash where nobody goes by it', async () => {
    const given: Given = { more: { checkTargets: false } };
    expect((await evaluated(clash, given)).envs).toHaveLength(2);
  });
});
