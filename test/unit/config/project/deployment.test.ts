import { describe, expect, it } from 'vitest';
import { evaluated, refused } from './evaluate.ts';

const TENANTS = JSON.stringify([
  { id: 'a', tier: 'internal', size: 3 },
  { id: 'b', tier: 'free', size: 20 },
  { id: 'c', tier: 'paid', size: 100 },
]);

const project = (groups: string, more = ''): string => `
deployment "fleet" {
  variable "tier" {
    type = string
  }
  variable "size" {
    type    = number
    default = 1
  }
${groups}
}
env "prod" {
  for_each = { for t in jsondecode(file("t.json")) : t.id => t }
  url      = "sqlite://\${each.key}.db"
  rollout {
    deployment = deployment.fleet
    vars       = { tier = each.value.tier, size = each.value.size }
  }
${more}}
`;

const files = { 't.json': TENANTS };
const ok = (groups: string) => evaluated(project(groups), { files });
const bad = (groups: string) => refused(project(groups), { files });
const group = (name: string, ...lines: string[]): string =>
  `  group "${name}" {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
const only = async (...lines: string[]) => (await ok(group('all', ...lines))).deployment?.groups[0];

describe('groups', () => {
  it('have defaults', async () => {
    expect(await only()).toEqual({
      name: 'all',
      hasMatch: false,
      parallel: 1,
      perHost: null,
      maxFailures: { count: 0 },
      budgetMode: 'STRICT',
      onFailure: 'PAUSE',
      bakeMs: 0,
      approval: false,
      dependsOn: [],
    });
  });

  it.each([
    ['parallel = 200', { parallel: 200 }],
    ['per_host = 4', { perHost: 4 }],
    ['count = 2', { count: 2 }],
    ['percent = 2.5', { percent: 2.5 }],
    ['max_failures = 3', { maxFailures: { count: 3 } }],
    ['max_failures = "3"', { maxFailures: { count: 3 } }],
    ['max_failures = "2%"', { maxFailures: { percent: 2 } }],
    ['on_error = CONTINUE', { maxFailures: null }],
    ['on_error = "CONTINUE"', { maxFailures: null }],
    ['on_error = FAIL', { maxFailures: { count: 0 } }],
    ['on_error = CONTINUE\n    max_failures = 1', { maxFailures: { count: 1 } }],
    ['failure_mode = SOFT', { budgetMode: 'SOFT' }],
    ['on_failure = ABORT', { onFailure: 'ABORT' }],
    ['bake = "10m"', { bakeMs: 600_000 }],
    ['approval = true', { approval: true }],
    ['match = true', { hasMatch: true }],
  ])('%j', async (line, expected) => {
    expect(await only(line)).toMatchObject(expected);
  });

  it.each([
    ['parallel = 0', '"parallel" is a whole number, 1 or more.'],
    ['parallel = 1.5', '"parallel" is a whole number'],
    ['per_host = -1', '"per_host" is a whole number'],
    ['percent = 101', '"percent" is a percentage'],
    ['max_failures = "many"', '"max_failures" is a whole number'],
    ['max_failures = "101%"', '"max_failures"'],
    ['max_failures = "150%"', '"max_failures" is a whole number, 0 or more, or a share of the group like "2%".'],
    ['max_failures = "-1%"', '"max_failures"'],
    ['bake = "-10m"', '"bake" is no duration: "-10m"'],
    ['max_failures = -1', '"max_failures"'],
    ['bake = "a while"', '"bake" is no duration'],
    ['on_error = STOP', 'There is no variable named "STOP".'],
    ['on_error = "CONTINU"', '"on_error" is "CONTINU"; expected FAIL or CONTINUE. Did you mean "CONTINUE"?'],
    ['on_failure = "REVERT"', '"on_failure" is "REVERT"; expected PAUSE or ABORT or REVERT_GROUP or REVERT_ALL.'],
    ['count = 1\n    percent = 5', '"count" and "percent" exclude each other.'],
    ['match = "yes please"', '"match" is a condition'],
    ['match = var.teir == "x"', 'teir'],
    ['depends_on = ["group.nowhere"]', 'There is no group named "nowhere"'],
    ['depends_on = [group.nowhere]', 'There is no group named "nowhere"'],
    ['depends_on = [3]', '"depends_on" is a list of groups'],
    ['pre {\n}', 'Blocks of type "pre"'],
  ])('refuse %j', async (line, message) => {
    const { lines } = await bad(group('all', line));
    expect(lines.join('\n')).toContain(message);
  });

  it('refuse an unknown attribute with place and what was meant', async () => {
    const { diagnostics, text } = await bad(group('all', 'paralel = 3'));
    expect(diagnostics[0]).toMatchObject({
      summary: 'Unsupported argument',
      hint: 'Did you mean "parallel"?',
      subject: { start: { line: 11, column: 5 } },
    });
    expect(text).toContain('paralel');
  });

  it('name each other bare or as text', async () => {
    const { deployment } = await ok(
      group('a') +
        group('b', 'depends_on = [group.a]') +
        group('c', 'depends_on = ["group.a", "b"]') +
        group('d', 'depends_on = group.a'),
    );
    expect(deployment?.groups.map(({ dependsOn }) => dependsOn)).toEqual([[], ['a'], ['a', 'b'], ['a']]);
  });

  it('may not wait for each other', async () => {
    const { diagnostics, text } = await bad(
      group('canary', 'match = true', 'depends_on = [group.rest]') + group('rest', 'depends_on = [group.canary]'),
    );
    expect(diagnostics[0]?.code).toBe('DEPLOYMENT_INVALID');
    expect(text).toContain('"canary" waits for "rest" waits for "canary"');
  });

  it('have different names', async () => {
    expect((await bad(group('a') + group('a'))).text).toContain('there is another group "a"');
  });
});

describe('targets in groups', () => {
  it('are matched by the variables of the deployment, and ordered', async () => {
    const { envs } = await ok(
      group('canary', 'match = var.tier == "internal"') +
        group('big', 'match = var.size > 50 || each.key == "b"', 'order_by = [var.tier, -var.size]') +
        group('rest', 'order_by = each.key'),
    );
    expect(envs.map(({ target }) => [target?.id, target?.matches, target?.orderKeys])).toEqual([
      ['a', [true, false, true], [[], [], ['a']]],
      ['b', [false, true, true], [[], ['free', -20], ['b']]],
      ['c', [false, true, true], [[], ['paid', -100], ['c']]],
    ]);
  });

  it('are refused where no group takes them', async () => {
    const { text, diagnostics } = await bad(
      group('canary', 'match = var.tier == "internal"') + group('big', 'match = var.size > 50'),
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(['TARGET_UNMATCHED']);
    expect(text).toContain('no group of deployment "fleet" takes target "b"');
  });

  it('need a value for each variable without a default', async () => {
    const hcl = project(group('all')).replace('tier = each.value.tier, ', '');
    expect((await refused(hcl, { files })).text).toBe('missing value for required variable "tier"');
  });

  it('need values of the right type', async () => {
    const hcl = project(group('all')).replace('size = each.value.size', 'size = each.value.tier');
    expect((await refused(hcl, { files })).text).toBe('variable "size": a number is required');
  });

  it('share settings that hang on variables which are the same for all', async () => {
    const hcl = project(group('all', 'parallel = var.size')).replace('size = each.value.size', 'size = 7');
    expect((await evaluated(hcl, { files })).deployment?.groups[0]?.parallel).toBe(7);
  });
});

describe('max_per_hour', () => {
  it.each([
    ['', undefined],
    ['max_per_hour = 500', 500],
  ])('%j', async (line, expected) => {
    expect((await ok(`  ${line}\n${group('all')}`)).deployment?.maxPerHour).toBe(expected);
  });

  it.each(['max_per_hour = 0', 'max_per_hour = "10%"', 'max_per_hour = 1.5'])('refuses %j', async (line) => {
    const { lines } = await bad(`  ${line}\n${group('all')}`);
    expect(lines.join('\n')).toContain('"max_per_hour" is how many targets may be started in an hour');
  });
});

describe('max_shrink', () => {
  const shrink = async (line: string) => (await ok(`  ${line}\n${group('all')}`)).deployment?.maxShrink;

  it.each([
    ['', undefined],
    ['max_shrink = 3', { count: 3 }],
    ['max_shrink = "2.5%"', { percent: 2.5 }],
    ['max_shrink = "100%"', { percent: 100 }],
  ])('%j', async (line, expected) => {
    expect(await shrink(line)).toEqual(expected);
  });

  it.each(['max_shrink = "110%"', 'max_shrink = -1', 'max_shrink = "some"'])('refuses %j', async (line) => {
    const { lines } = await bad(`  ${line}\n${group('all')}`);
    expect(lines.join('\n')).toContain('"max_shrink" is how many targets of the last rollout may be missing');
  });
});

describe('joiners', () => {
  const joiners = async (line: string) => (await ok(`  ${line}\n${group('all')}`)).deployment?.joiners;

  it.each([
    ['', 'LEAVE'],
    ['joiners = LEAVE', 'LEAVE'],
    ['joiners = TAIL', 'TAIL'],
    ['joiners = "TAIL"', 'TAIL'],
  ])('%j', async (line, expected) => {
    expect(await joiners(line)).toBe(expected);
  });

  it('refuses another word, and a group with the name of theirs', async () => {
    expect((await bad(`  joiners = "TAILS"\n${group('all')}`)).lines.join('\n')).toContain(
      '"joiners" is "TAILS"; expected LEAVE or TAIL. Did you mean "TAIL"?',
    );
    expect((await bad(group('joined'))).lines.join('\n')).toContain('the name "joined" is taken');
  });
});

describe('rollout blocks', () => {
  it('are optional', async () => {
    const found = await evaluated('env "prod" {\n  url = "sqlite://a.db"\n}\n');
    expect(found.deployment).toBeUndefined();
    expect(found.envs[0]?.target).toMatchObject({ matches: [], orderKeys: [] });
  });

  it.each([
    ['deployment = deployment.flet', 'There is no deployment named "flet". Did you mean "fleet"?'],
    ['deployment = "fleet"', '"deployment" names a deployment block'],
    ['vars = {}', 'The argument "deployment" is required'],
  ])('refuse %j', async (line, message) => {
    const hcl = `deployment "fleet" {\n  group "all" {}\n}\nenv "prod" {\n  url = "sqlite://a.db"\n  rollout {\n    ${line}\n  }\n}\n`;
    expect((await refused(hcl)).lines.join('\n')).toContain(message);
  });

  it('of one env follow one deployment', async () => {
    const env = (name: string, db: string): string =>
      `env "prod" {\n  url = "sqlite://${db}.db"\n  rollout {\n    deployment = deployment.${name}\n  }\n}\n`;
    const deployments = 'deployment "x" {\n  group "all" {}\n}\ndeployment "y" {\n  group "all" {}\n}\n';
    expect((await refused(deployments + env('x', 'a') + env('y', 'b'))).text).toContain('"x" and "y"');
    expect((await refused(`${deployments}${env('x', 'a')}env "prod" {\n  url = "sqlite://b.db"\n}\n`)).text).toContain(
      'do not all have',
    );
  });

  it('leave mistakes of other deployments alone', async () => {
    const hcl = `deployment "broken" {\n  group "g" {\n    nonsense = 1\n  }\n}\n${project(group('all'))}`;
    expect((await evaluated(hcl, { files })).deployment?.name).toBe('fleet');
  });

  it('refuse a deployment without groups', async () => {
    expect((await bad('')).lines.join('\n')).toContain('deployment "fleet" has no group');
  });
});
