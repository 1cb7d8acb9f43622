import { describe, expect, it } from 'vitest';
import { renderDiagnostic } from '../../../../src/engine/index.ts';
import { evaluate, evaluated, refused } from './evaluate.ts';

const project = (...lines: string[]): string => `deployment "fleet" {
  variable "zone" {
    type    = string
    default = "America/New_York"
  }
${lines.map((line) => `  ${line}\n`).join('')}  group "all" {}
}
env "prod" {
  for_each = toset(["a"])
  url      = "sqlite://\${each.key}.db"
  rollout {
    deployment = deployment.fleet
  }
}
`;
const block = (header: string, ...lines: string[]): string =>
  `${header} {\n${lines.map((line) => `    ${line}\n`).join('')}  }`;
const windowsOf = async (hcl: string) => (await evaluated(hcl)).deployment?.windows;

const FROM = 'from = "2026-11-27T00:00:00"';
const TO = 'to = "2026-11-30 06:00"';
const ZONE = 'zone = var.zone';
const freeze = (...lines: string[]): string => project(block('freeze "sale"', ...lines));
const allow = (...lines: string[]): string => project(block('allow', ...lines));

describe('freeze and allow', () => {
  it('are read of a deployment and of its groups', async () => {
    const hcl = project(
      block('freeze "sale"', FROM, TO, ZONE, 'labels = { region = "us" }'),
      block(
        'group "first"',
        'match = false',
        'allow {',
        'days = ["fri", "mon"]',
        'from = "22:00"',
        'to = "05:00"',
        ZONE,
        '}',
      ),
    );
    expect(await windowsOf(hcl)).toEqual([
      {
        kind: 'freeze',
        name: 'sale',
        labels: { region: 'us' },
        zone: 'America/New_York',
        fromMs: Date.parse('2026-11-27T05:00:00Z'),
        toMs: Date.parse('2026-11-30T11:00:00Z'),
      },
      {
        kind: 'allow',
        group: 'first',
        labels: {},
        zone: 'America/New_York',
        days: ['mon', 'fri'],
        fromMinute: 1320,
        toMinute: 300,
      },
    ]);
  });

  it('take the longer reading of a time that the clocks show twice', async () => {
    const hcl = freeze('from = "2026-11-01T01:30"', 'to = "2026-11-01T01:45"', ZONE);
    expect(await windowsOf(hcl)).toMatchObject([
      { fromMs: Date.parse('2026-11-01T05:30:00Z'), toMs: Date.parse('2026-11-01T06:45:00Z') },
    ]);
  });

  it('allow every day and the whole day where nothing else is said', async () => {
    expect(await windowsOf(allow(ZONE))).toMatchObject([{ days: { length: 7 }, fromMinute: 0, toMinute: 1440 }]);
  });

  it.each([
    ['an unknown zone', freeze(FROM, TO, 'zone = "Europe/Berlim"'), 'There is no time zone "Europe/Berlim"'],
    ['an unknown zone of allow', allow('zone = "CEST5"'), 'There is no time zone "CEST5"'],
    ['no zone', freeze(FROM, TO), 'The argument "zone" is required in a block "freeze".'],
    ['no end', freeze(FROM, ZONE), 'The argument "to" is required in a block "freeze".'],
    ['an end before the beginning', freeze(FROM, 'to = "2026-11-26T00:00"', ZONE), '"to" is not after "from".'],
    ['an end at the beginning', freeze(FROM, 'to = "2026-11-27T00:00"', ZONE), '"to" is not after "from".'],
    ['a day that is not', freeze('from = "2026-02-30T00:00"', TO, ZONE), '"from" is "2026-02-30T00:00"'],
    ['a time with an offset', freeze('from = "2026-11-27T00:00:00Z"', TO, ZONE), 'without an offset'],
    ['an hour that is not', allow('from = "25:00"', ZONE), '"from" is "25:00"'],
    ['24:00 as a beginning', allow('from = "24:00"', ZONE), '"from" is "24:00"'],
    ['no time between', allow('from = "08:00"', 'to = "08:00"', ZONE), 'no time is between them'],
    ['a wrong day', allow('days = ["mon", "Tue"]', ZONE), '"days" has "Tue"; expected days of sun, mon'],
    ['no day', allow('days = []', ZONE), '"days" is an empty list'],
    ['labels that are no map', allow('labels = "us"', ZONE), 'Unsuitable value'],
    ['an unknown argument', allow('till = "05:00"', ZONE), 'An argument named "till" is not expected'],
    ['a freeze without a name', project(block('freeze', FROM, TO, ZONE)), 'a freeze needs one label: its name'],
    ['a misspelt block', project(block('freezes "sale"', FROM, TO, ZONE)), 'Blocks of type "freezes" are not expected'],
  ])('refuse %s', async (_, hcl, message) => {
    expect((await refused(hcl)).lines.join('\n')).toContain(message);
  });

  it('show the line that is wrong', async () => {
    const hcl = freeze(FROM, TO, 'zone = "Europe/Berlim"');
    const { diagnostics } = await evaluate(hcl);
    const [first] = diagnostics;
    expect(first).toMatchObject({ code: 'DEPLOYMENT_INVALID', summary: 'Unknown time zone' });
    const frame = first === undefined ? '' : renderDiagnostic(first, new Map([['atlas.hcl', hcl]]));
    expect(frame).toContain('zone = "Europe/Berlim"');
    expect(frame).toContain('Did you mean "Europe/Berlin"?');
  });
});
