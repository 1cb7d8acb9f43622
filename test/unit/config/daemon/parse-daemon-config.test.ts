import { describe, expect, it } from 'vitest';
import { type DaemonConfigInput, parseDaemonConfig } from '../../../../src/config/daemon/parse-daemon-config.ts';

const parse = (given: Partial<DaemonConfigInput> & { readonly yaml?: string } = {}) =>
  parseDaemonConfig({
    flags: {},
    env: { HOME: '/home/ann' },
    cwd: '/srv',
    ...(given.yaml === undefined ? {} : { file: { path: 'conf/flotilla.yaml', text: given.yaml } }),
    ...given,
  });

const problems = (given: Parameters<typeof parse>[0]) =>
  parse(given).diagnostics.map(({ detail, subject, hint }) => {
    const place = subject === undefined ? '' : `${subject.start.line}:${subject.start.column} `;
    return `${place}${detail}${hint === undefined ? '' : ` ${hint}`}`;
  });

const HASH = 'A'.repeat(64);

describe('what is merged', () => {
  it('has a default for everything', () => {
    const { value, diagnostics } = parse();
    expect(diagnostics).toEqual([]);
    expect(value).toMatchObject({
      listen: { host: '127.0.0.1', port: 7171 },
      stateDir: '/home/ann/.local/state/flotilla',
      role: 'all',
      storeUrl: undefined,
      limits: {
        lockTimeoutMs: 200,
        statementTimeoutMs: 900_000,
        retryBackoffMs: [1000, 4000, 15_000],
        maxShrink: { percent: 10 },
        quarantineAfter: 0,
        targetsPerHour: 0,
      },
      log: { level: 'info', format: 'json' },
      authTokens: [],
    });
  });

  it('takes flags over variables over the file, and remembers which', () => {
    const { value, shown } = parse({
      flags: { listen: ':1' },
      env: { FLOTILLA_LISTEN: ':2', FLOTILLA_ROLE: 'api' },
      yaml: 'listen: :3\nrole: engine\nlog:\n  level: debug\n',
    });
    expect(value).toMatchObject({ listen: { host: '', port: 1 }, role: 'api', log: { level: 'debug' } });
    const sources = Object.fromEntries(shown.map(({ name, source }) => [name, source]));
    expect(sources).toMatchObject({
      listen: '--listen',
      role: 'FLOTILLA_ROLE',
      'log.level': 'conf/flotilla.yaml:4:10',
      'log.format': 'default',
    });
  });

  it.each([
    [{ XDG_STATE_HOME: '/x' }, undefined, '/x/flotilla'],
    [{ HOME: '/h' }, undefined, '/h/.local/state/flotilla'],
    [{ FLOTILLA_STATE_DIR: 'state' }, undefined, '/srv/state'],
    [{}, 'state_dir: state', '/srv/conf/state'],
  ])('finds the state folder from %j and %s', (env, yaml, expected) => {
    expect(parse(yaml === undefined ? { env } : { env, yaml }).value?.stateDir).toBe(expected);
  });

  it('takes projects of the file from its folder and those of --project from the working directory', () => {
    const { value } = parse({
      flags: { project: ['shop=./other', 'new=/abs'] },
      yaml: 'projects:\n  shop: ../shop\n  crm:\n    dir: crm\n    config: deploy/atlas.hcl\n',
    });
    expect([...(value?.projects ?? [])]).toEqual([
      ['shop', { dir: '/srv/other', config: 'atlas.hcl' }],
      ['crm', { dir: '/srv/conf/crm', config: 'deploy/atlas.hcl' }],
      ['new', { dir: '/abs', config: 'atlas.hcl' }],
    ]);
  });

  it('reads limits, Temporal and tokens', () => {
    const { value } = parse({
      env: { TEMPORAL_ADDRESS: 't:7233', FLOTILLA_RETRY_BACKOFF: '1s, 1m30s' },
      yaml: `temporal:\n  address: other:1\n  tls:\n    enabled: true\nlimits:\n  per_host: 3\nauth:\n  tokens:\n    - {name: ci, role: operator, sha256: ${HASH}}\n`,
    });
    expect(value?.temporal).toMatchObject({ address: 't:7233', tls: { enabled: true } });
    expect(value?.limits).toMatchObject({ perHost: 3, retryBackoffMs: [1000, 90_000] });
    expect(value?.authTokens).toEqual([{ name: 'ci', role: 'operator', sha256: HASH.toLowerCase() }]);
  });

  it.each([
    ['25%', { percent: 25 }],
    ['0', { count: 0 }],
  ])('reads max_shrink %s', (text, expected) => {
    expect(parse({ env: { FLOTILLA_MAX_SHRINK: text } }).value?.limits.maxShrink).toEqual(expected);
    expect(parse({ yaml: `limits:\n  max_shrink: ${text}` }).value?.limits.maxShrink).toEqual(expected);
  });

  it.each([
    ['[::1]:80', { host: '::1', port: 80 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ])('listens on %s', (listen, expected) => {
    expect(parse({ flags: { listen } }).value?.listen).toEqual(expected);
  });
});

describe('what is wrong', () => {
  it.each([
    ['lissten: :1', '1:1 there is no setting "lissten"', 'Did you mean "listen"?'],
    ['limits:\n  lock_timout: 1s', '2:3 there is no setting "limits.lock_timout"', 'Did you mean "lock_timeout"?'],
    [
      'projects:\n  shop:\n    dir: a\n    dirr: b',
      '4:5 there is no setting "projects.shop.dirr"',
      'Did you mean "dir"?',
    ],
    ['limits:\n  max_shrink: 101%', '2:15 "limits.max_shrink": expected a whole number', '"10%"'],
    ['limits:\n  lock_timeout: fast', '2:17 "limits.lock_timeout": expected a duration', '"200ms"'],
    ['limits:\n  per_host: 0', '2:13 "limits.per_host": expected a whole number, 1 or more', ''],
    ['role: boss', '1:7 "role": expected one of "all", "api", "orchestrator", "engine"', ''],
    ['listen: 7171', '1:9 "listen"', ''],
    ['listen: 1.2.3.4:99999', '1:9 "listen": expected HOST:PORT', ''],
    ['projects:\n  "a b": x', '2', 'a project name has letters'],
    ['auth:\n  tokens:\n    - {name: x, role: admin, sha256: zz}', '3:23 "auth.tokens.0.role"', ''],
    [
      'auth:\n  tokens:\n    - {name: x, role: viewer, sha256: zz}',
      '3:39 "auth.tokens.0.sha256": expected the SHA-256',
      '',
    ],
    ['- a', '1:1 "": expected a mapping', ''],
    ['listen: [', '', ''],
    ['role: all\nrole: api', '2:1 ', 'unique'],
  ])('%j is refused with its place', (yaml, start, holds) => {
    const found = problems({ yaml });
    expect(found).not.toEqual([]);
    expect(found[0]).toContain(holds);
    expect(found[0]?.startsWith(start), found[0]).toBe(true);
    expect(parse({ yaml }).value).toBeUndefined();
  });

  it('names the flag or the variable', () => {
    expect(problems({ flags: { listen: 'x', project: ['shop'] }, env: { FLOTILLA_ROLE: 'boss' } })).toEqual([
      '"--listen": expected HOST:PORT like "127.0.0.1:7171"',
      '"FLOTILLA_ROLE": expected one of "all", "api", "orchestrator", "engine"',
      '"--project": expected NAME=DIR, got "shop"',
    ]);
  });

  it('is all found in one go', () => {
    expect(problems({ yaml: 'a: 1\nb: 2\nlog:\n  level: loud\nlimits:\n  connect_timeout: -1s\n' })).toHaveLength(4);
  });
});

describe('secrets', () => {
  const secret = 'hunter2';
  it.each([
    { env: { FLOTILLA_STORE_URL: `postgres://ann:${secret}@db:5432/flotilla?password=${secret}` } },
    { env: { FLOTILLA_STORE_URL: `mysql://ann:${secret}@db/flotilla` } },
    { env: { FLOTILLA_STORE_URL: secret, TEMPORAL_API_KEY: secret } },
    { yaml: `store:\n  url: "postgres://ann:${secret}@db/x"\n  urll: ${secret}\n` },
  ])('appear neither in messages nor in what is shown: %#', (given) => {
    const { diagnostics, shown } = parse(given);
    expect(JSON.stringify([diagnostics, shown])).not.toContain(secret);
  });

  it('leave the place of the store visible', () => {
    const { shown } = parse({ env: { FLOTILLA_STORE_URL: `postgres://ann:${secret}@db:5432/flotilla` } });
    expect(shown.find(({ name }) => name === 'store.url')?.value).toBe('postgres://ann@db:5432/flotilla');
  });
});

describe('freezes', () => {
  const yaml = (...lines: string[]): string =>
    `freezes:\n  - name: sale\n${lines.map((line) => `    ${line}\n`).join('')}`;
  const FROM = 'from: 2026-11-27T00:00:00';
  const TO = 'to: "2026-11-30 06:00"';
  const ZONE = 'zone: America/New_York';

  it('are instants, and are shown', () => {
    const { value, shown } = parse({ yaml: yaml(FROM, TO, ZONE, 'labels: {region: us}') });
    const fromMs = Date.parse('2026-11-27T05:00:00Z');
    const toMs = Date.parse('2026-11-30T11:00:00Z');
    expect(value?.freezes).toEqual([
      { kind: 'freeze', name: 'sale', labels: { region: 'us' }, zone: 'America/New_York', fromMs, toMs },
    ]);
    expect(shown).toContainEqual({
      name: 'freezes.sale',
      value: '2026-11-27T05:00:00.000Z to 2026-11-30T11:00:00.000Z',
      source: expect.stringContaining('flotilla.yaml:2'),
    });
    expect(parse().value?.freezes).toEqual([]);
  });

  it.each([
    [[FROM, TO, 'zone: Europe/Berlim'], '5:11 "freezes.0.zone": expected a time zone of the IANA list'],
    [[FROM, 'to: 2026-11-26T00:00', ZONE], '4:9 "freezes.0.to": "to" is not after "from"'],
    [['from: 2026-02-30T00:00', TO, ZONE], '3:11 "freezes.0.from": expected a local time'],
    [['from: 2026-11-27T00:00:00Z', TO, ZONE], '"freezes.0.from": expected a local time'],
    [[FROM, TO], '"freezes.0.zone"'],
    [[FROM, TO, ZONE, 'zones: UTC'], 'there is no setting "freezes.0.zones"'],
  ])('refuse %j', (lines, message) => {
    expect(problems({ yaml: yaml(...lines) }).join('\n')).toContain(message);
  });
});
