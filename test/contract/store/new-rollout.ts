import type { FrozenTarget, NewRollout } from '../../../src/store/types.ts';

/** A rollout of `hosts.length` hosts in two groups: `canary` (the first target of each host) and `rest`. */
export function newRollout(
  id: string,
  options: {
    readonly perHost?: number;
    readonly hosts?: readonly string[];
    readonly key?: string | null;
    readonly args?: string;
    readonly project?: string;
    readonly createdAtMs?: number;
    readonly trace?: NewRollout['row']['trace'];
  } = {},
): NewRollout {
  const hosts = options.hosts ?? ['db-1:5432', 'db-2:5432'];
  const perHost = options.perHost ?? 5;
  const targets = function* (): Generator<FrozenTarget> {
    for (const host of hosts) yield target('canary', host, 0);
    for (let i = 1; i < perHost; i++) for (const host of hosts) yield target('rest', host, i);
  };
  const group = (name: string, index: number, size: number): NewRollout['groups'][number] => ({
    name,
    index,
    size,
    parallel: 4,
    perHost: index === 0 ? null : 2,
    maxFailures: index === 0 ? 0 : null,
    budgetMode: 'STRICT',
    onFailure: 'PAUSE',
    approval: index === 1,
    bakeMs: 500,
    dependsOn: index === 0 ? [] : ['canary'],
  });
  return {
    row: {
      id,
      project: options.project ?? `project-${id}`,
      env: 'prod',
      toVersion: '20240102000000',
      targets: hosts.length * perHost,
      joiners: 'LEAVE',
      targetSetDigest: 'sha256:targets',
      kind: 'versioned',
      changeDigest: 'h1:directory',
      changeArtifact: 'sha256:directory',
      projectArtifact: 'sha256:project',
      vars: { tier: ['a', 'b'], name: 'x' },
      createdBy: 'olga',
      createdAtMs: options.createdAtMs ?? 1_700_000_000_000,
      trace: options.trace ?? null,
    },
    idempotencyKey: options.key ?? null,
    argumentsDigest: options.args ?? 'sha256:arguments',
    groups: [group('canary', 0, hosts.length), group('rest', 1, hosts.length * (perHost - 1))],
    targets: targets(),
  };
}

const target = (group: string, host: string, i: number): FrozenTarget => ({
  id: `t${i}@${host}`,
  group,
  host,
  dialect: 'postgres',
  redactedUrl: `postgres://app@${host}/t${i}`,
  labels: { tier: group },
});

export const created = { kind: 'RolloutCreated', actor: 'olga', reason: 'release 7', data: { targets: 10 } };
