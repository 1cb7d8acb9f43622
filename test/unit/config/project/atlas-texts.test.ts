/** Error texts that the real Atlas prints: atlas-transcript.txt, "project file", and atlas-config-cli.md 1.1 to 2.1. */
import { describe, expect, it } from 'vitest';
import { parseConfigFlag } from '../../../../src/config/project/config-flag.ts';
import { evaluate, evaluated, type Given, refused } from './evaluate.ts';

const ENV_A = 'env "a" {\n  url = "sqlite://a.db"\n}\n';

const cases: readonly (readonly [string, string, Given, string])[] = [
  [
    'a variable without value',
    `variable "pw" {\n  type = string\n}\n${ENV_A}`,
    {},
    'missing value for required variable "pw"',
  ],
  ['an env that is not there', ENV_A, { env: 'b' }, 'env "b" not defined in config file'],
  [
    'a number that is none',
    `variable "n" {\n  type = number\n}\n${ENV_A}`,
    { vars: { n: 'x' } },
    'variable "n": a number is required',
  ],
  [
    'a quoted type',
    `variable "n" {\n  type = "string"\n}\n${ENV_A}`,
    { vars: { n: 'x' } },
    'invalid type "string" for variable "n". Valid types are: string, number, bool, list, map, or set',
  ],
  [
    'a syntax error',
    'locals {\n  a   = \n}\n',
    {},
    'atlas.hcl:2,9-3,1: Invalid expression; Expected the start of an expression, but found an invalid expression token.',
  ],
  ['a circle', `locals {\n  b = local.a\n  a = local.b\n}\n${ENV_A}`, {}, 'cyclic reference to "local.b"'],
  [
    'a local without locals',
    'env "a" {\n  url = local.x\n}\n',
    {},
    'atlas.hcl:2,9-14: Unknown local; There is no variable named "local".',
  ],
  [
    'an unlabelled env without atlas.env',
    'env {\n  url = "sqlite://a.db"\n}\n',
    {},
    'env "a" not defined in config file',
  ],
  [
    'an unlabelled env with another name',
    'env {\n  name = "${atlas.env}x"\n  url = "sqlite://a.db"\n}\n',
    {},
    'env "a" not defined in config file',
  ],
  [
    'an env without a name',
    'env {\n  name = atlas.env == "a" ? "" : atlas.env\n  url = "sqlite://a.db"\n}\n',
    {},
    'all envs must have names on file "atlas.hcl"',
  ],
  [
    'for_each over a list',
    'env "a" {\n  for_each = tolist(["x"])\n  url = "sqlite://a.db"\n}\n',
    {},
    'schemahcl: for_each does not support list of string type',
  ],
  [
    'an unknown data type that nobody uses',
    `data "nope" "x" {}\n${ENV_A}`,
    {},
    'missing data source handler for "nope"',
  ],
  [
    'a file that is not there',
    '',
    { more: { config: ['none.hcl'] } },
    'config file "none.hcl" was not found: stat none.hcl: no such file or directory',
  ],
];

it.each(cases)('%s: in the words of Atlas', async (_, hcl, given, text) => {
  expect((await refused(hcl, { env: 'a', ...given })).text).toBe(text);
});

describe('-c', () => {
  it.each([
    [undefined, ['atlas.hcl']],
    ['file://a/b.hcl', ['a/b.hcl']],
    ['file://a.hcl,file:///b.hcl', ['a.hcl', '/b.hcl']],
  ])('%s names %j', (text, paths) => {
    expect(parseConfigFlag(text)).toEqual(paths);
  });

  it.each([
    ['none.hcl', 'missing scheme for config file. Did you mean file://none.hcl?'],
    ['http://x/a.hcl', 'unsupported config file driver "http"'],
  ])('%s is refused', (text, message) => {
    expect(() => parseConfigFlag(text)).toThrow(message);
  });

  it('lets a later file add to the ones before it', async () => {
    const files = {
      'a.hcl': 'locals {\n  db = "x"\n}\n',
      'b.hcl': 'env "prod" {\n  url = "sqlite://${local.db}.db"\n}\n',
    };
    const project = await evaluated('', { files, more: { config: ['a.hcl', 'b.hcl'] } });
    expect(project.envs[0]?.url?.redacted).toBe('sqlite://x.db');
    expect(Object.keys(project.filesRead)).toEqual(['a.hcl', 'b.hcl']);
  });

  it('without an env evaluates no env', async () => {
    const project = await evaluated('env "a" {\n  url = nonsense.at.all\n}\n', { env: '' });
    expect(project.envs).toEqual([]);
  });
});

describe('mistakes', () => {
  it('are all found in one go, each with its line', async () => {
    const { lines } = await refused(
      `variable "a" {\n  type = number\n}\nvariable "b" {\n  type = string\n}\nlocals {\n  x = nope(1)\n}\nenv "prod" {\n  url = missing\n  labels = 3\n  target = { a = 1 }\n}\n`,
      { vars: { a: 'x' } },
    );
    expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      '1: VARIABLE_TYPE',
      '4: VARIABLE_MISSING',
      '8: HCL_UNKNOWN_FUNCTION',
      '11: HCL_UNKNOWN_VARIABLE',
      '12: HCL_INVALID_TYPE',
      '13: HCL_INVALID_TYPE',
    ]);
  });

  it('of other envs do not matter', async () => {
    const project = await evaluated(
      `env "other" {\n  url = local.nope + 1\n}\nenv "prod" {\n  url = "sqlite://a.db"\n}\n`,
    );
    expect(project.envs).toHaveLength(1);
  });

  it('of a syntax error keep data sources from running', async () => {
    const hcl = 'data "external" "x" {\n  program = ["x"]\n}\nlocals {\n  y = data.external.x\n}\nenv "prod" {\n';
    expect((await refused(hcl)).lines).not.toEqual([]);
  });

  it('are shown with what was probably meant', async () => {
    const result = await evaluate(ENV_A, { env: 'aa' });
    expect(result.diagnostics[0]?.hint).toBe('It defines "a". Did you mean "a"?');
  });
});
