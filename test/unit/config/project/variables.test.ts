import { describe, expect, it } from 'vitest';
import { evaluated, refused } from './evaluate.ts';

const probe = (type: string, more = ''): string =>
  `variable "v" {\n  type = ${type}\n${more}}\nenv "prod" {\n  out = jsonencode(var.v)\n}\n`;

const out = async (hcl: string, vars: Record<string, string | readonly string[]>): Promise<unknown> => {
  const [env] = (await evaluated(hcl, { vars })).envs;
  const value = env?.extra?.get('out');
  return value?.kind === 'string' ? JSON.parse(value.value) : value;
};

describe('input variables', () => {
  it.each([
    ['string', 'x', 'x'],
    ['number', '1.5', 1.5],
    ['int', '3', 3],
    ['bool', 'true', true],
    ['list(string)', 'x', ['x']],
    ['list(string)', ['x', 'y'], ['x', 'y']],
    ['list(number)', ['1', '2'], [1, 2]],
    ['set(string)', ['y', 'x', 'y'], ['x', 'y']],
    ['tuple([string, number])', ['x', '2'], ['x', 2]],
  ])('type %s makes of --var %j: %j', async (type, given, expected) => {
    expect(await out(probe(type), { v: given })).toEqual(expected);
  });

  it('--var wins over the default', async () => {
    const hcl = probe('string', '  default = "d"\n');
    expect(await out(hcl, {})).toBe('d');
    expect(await out(hcl, { v: 'x' })).toBe('x');
  });

  it('ignores a --var that no variable takes', async () => {
    expect(await out(probe('string'), { v: 'x', w: 'y' })).toBe('x');
  });

  it.each([
    ['bool', 'maybe', 'variable "v": a bool is required'],
    ['string', ['a', 'b'], 'variable "v": string required'],
    ['list(number)', ['1', 'x'], 'variable "v": element 1: a number is required'],
    ['map(string)', 'x', 'variable "v": map of string required'],
  ])('refuses for %s the value %j', async (type, given, text) => {
    expect((await refused(probe(type), { vars: { v: given } })).text).toBe(text);
  });

  it('refuses two of one name', async () => {
    const { lines } = await refused('variable "a" {\n  type = string\n}\nvariable "a" {\n  type = string\n}\n', {
      vars: { a: '' },
    });
    expect(lines[0]).toBe('4: HCL_DUPLICATE Duplicate variable; There is another variable named "a".');
  });
});

describe('secrets', () => {
  const secret = 'hunter2secret';

  it.each([
    [
      'a sensitive variable',
      `variable "pw" {\n  type = string\n  sensitive = true\n}\nenv "prod" {\n  url = "ftp://u:\${var.pw}@h/x"\n  x = jsondecode(var.pw)\n}\n`,
    ],
    [
      'a password of a URL of the environment',
      'env "prod" {\n  url = urlsetpath(getenv("URL"), "x")\n  y = tonumber(getenv("URL"))\n  z = jsondecode(getenv("URL"))\n  p = parseint(getenv("URL"), 10)\n}\n',
    ],
    [
      'a variable of the environment with a telling name',
      'env "prod" {\n  y = tonumber(getenv("DB_PASSWORD"))\n  z = jsondecode(getenv("DB_PASSWORD"))\n  url = getenv("DB_PASSWORD")\n}\n',
    ],
    [
      'a runtimevar',
      'data "runtimevar" "x" {\n  url = "env://DB_PASSWORD"\n}\nenv "prod" {\n  z = jsondecode(data.runtimevar.x)\n  url = data.runtimevar.x\n}\n',
    ],
  ])('%s stays out of every message', async (_, hcl) => {
    const { text, diagnostics } = await refused(hcl, {
      vars: { pw: secret },
      environment: { URL: `nosuch://u:${secret}@h:bad/x`, DB_PASSWORD: secret },
    });
    expect(JSON.stringify([text, diagnostics])).not.toContain(secret);
  });
});
