import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { evaluated, refused } from './evaluate.ts';

const project = (
  throttle: string,
  inGroup = '',
  url = 'postgres://a:secret1@db:5432/a',
): string => `deployment "fleet" {
  ${throttle}
  group "all" {
    ${inGroup}
  }
}
env "prod" {
  url    = "${url}"
  target = "a"
  rollout {
    deployment = deployment.fleet
  }
}
`;
const throttlesOf = async (hcl: string) => (await evaluated(hcl)).deployment?.throttles ?? [];

describe('throttle', () => {
  it('is read of a deployment and of its groups, with what holds where nothing is said', async () => {
    const all = await throttlesOf(
      project(
        `throttle "replica_lag" {}
  throttle "threads_running" {
    max = 25
  }
  throttle "sql" "queue" {
    query   = "SELECT 1"
    every   = "5s"
    timeout = "500ms"
    url     = "postgres://m:secret2@mon/db"
  }`,
        'throttle "http" {\n      url = "https://u:secret3@ready.example/ok?token=secret4"\n    }',
      ),
    );
    expect(all).toMatchObject([
      { kind: 'replica_lag', name: 'replica_lag', maxMs: 10_000, replicas: [], everyMs: 1_000, timeoutMs: 2_000 },
      { kind: 'threads_running', max: 25 },
      { kind: 'sql', name: 'queue', query: 'SELECT 1', everyMs: 5_000, timeoutMs: 500 },
      { kind: 'http', group: 'all', url: { redacted: 'https://ready.example/ok' } },
    ]);
    expect(`${inspect(all, { depth: 9 })}${JSON.stringify(all)}`).not.toMatch(/secret/);
    const web = all.find(({ kind }) => kind === 'http');
    expect(web?.kind === 'http' && web.url.reveal()).toContain('secret3');
  });

  it.each([
    [
      'throttle "replica_lga" {}',
      'there is no throttle "replica_lga"; expected one of "replica_lag", "threads_running", "sql", "http"',
      'Did you mean "replica_lag"',
    ],
    [
      'throttle "threads_running" {\n max = -1\n }',
      '"max" of throttle "threads_running" is -1; expected a number, 0 or more',
      '',
    ],
    ['throttle "threads_running" {}', 'The argument "max" is required in throttle "threads_running"', ''],
    ['throttle "replica_lag" {\n max = "-1s"\n }', '"max" is no duration: "-1s"', ''],
    ['throttle "replica_lag" {\n every = "1ms"\n }', '"every" of throttle "replica_lag" is at least 100ms', ''],
    ['throttle "replica_lag" {\n timeout = "5m"\n }', '"timeout" of throttle "replica_lag" is 1ms to 30s', ''],
    ['throttle "http" {\n url = "ftp://x"\n }', 'expected an address that begins with http:// or https://', ''],
    ['throttle "sql" {\n max = 1\n }', 'The argument "query" is required in throttle "sql"', ''],
    ['throttle "sql" {\n query = "SELECT 1"\n replicas = []\n }', 'An argument named "replicas" is not expected', ''],
    [
      'throttle "replica_lag" {}\n throttle "replica_lag" {}',
      'there is another throttle "replica_lag"; give this one a name',
      '',
    ],
  ])('is refused where it is wrong: %s', async (block, text, hint) => {
    const { lines } = await refused(project(block));
    expect(lines.join('\n')).toContain(text);
    expect(lines.join('\n')).toContain(hint);
  });

  it.each(['throttle "replica_lag" {}', 'throttle "threads_running" {\n max = 1\n }'])(
    'that SQLite cannot answer is refused with the target: %s',
    async (block) => {
      const { lines } = await refused(project(block, '', 'sqlite://a.db'));
      expect(lines.join('\n')).toMatch(/cannot be asked of a file; "a" is a database in a file, .*expected a server/);
      // A group that has none of them may ask.
      const elsewhere = project(
        'group "first" {\n    match = false\n    throttle "replica_lag" {}\n  }',
        '',
        'sqlite://a.db',
      );
      expect(await throttlesOf(elsewhere)).toHaveLength(1);
    },
  );
});
