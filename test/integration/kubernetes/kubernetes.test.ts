import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesTools } from '../../support/kubernetes-tools.ts';
import { skipReason } from '../../support/servers.ts';
import { type Daemon, startDaemon } from '../fleet/daemon.ts';
import { findMisfits, ofKind, type Rendered, renderKubernetes, type Tree } from './rendered.ts';

/** The oldest that is still served by clouds with extended support, and the newest. */
const VERSIONS = ['1.31', '1.37'];
const LIST = path.resolve(import.meta.dirname, '../../../deploy/kubernetes/kustomization.yaml');

const reason = await skipReason(kubernetesTools);

describe.skipIf(reason !== undefined)('deploy/kubernetes, as kustomize renders it', () => {
  let rendered: Rendered;
  let daemon: Daemon;
  let seen: Parameters<typeof findMisfits>[1];
  beforeAll(async () => {
    rendered = renderKubernetes(await kubernetesTools());
    daemon = await startDaemon({});
    const { text } = await daemon.ask('/metrics');
    const paths = new Set<string>();
    for (const one of ['/healthz', '/readyz', '/nothing-here'])
      if ((await daemon.ask(one)).status === 200) paths.add(one);
    seen = { series: new Set(text.split('\n').filter((line) => !line.startsWith('#'))), paths };
  });
  afterAll(() => daemon?.stop());

  it.each(VERSIONS)('is valid to Kubernetes %s, to the last field', async (version) => {
    const { findFaults } = await kubernetesTools();
    expect(findFaults(rendered.text, version)).toEqual([]);
    const wrong = rendered.text.replaceAll('terminationGracePeriodSeconds', 'terminationGraceSeconds');
    expect(findFaults(wrong, version)).toHaveLength(3);
  });

  it('fits together, and with what a daemon answers', () => {
    expect([...seen.paths]).toEqual(['/healthz', '/readyz']);
    expect(findMisfits(rendered.objects, seen)).toEqual([]);
  });

  it('refers to the secrets and files that kustomization.yaml says have to be made, key by key', () => {
    const text = fs.readFileSync(LIST, 'utf8');
    const pods = ofKind(rendered.objects, 'Deployment').map((one) => one.spec.template.spec);
    const containers = pods.flatMap(({ containers: list }) => list as readonly Tree[]);
    const keys: readonly Tree[] = containers
      .flatMap(({ env }) => env)
      .flatMap((one) => one.valueFrom?.secretKeyRef ?? []);
    const names = [
      ...containers.flatMap(({ envFrom }) => envFrom).map((one) => one.secretRef?.name),
      ...pods.flatMap(({ volumes }) => volumes).flatMap((one) => one.secret?.secretName ?? one.configMap?.name ?? []),
    ];
    expect(keys.length).toBeGreaterThan(6);
    for (const { name, key } of keys) expect(text).toMatch(new RegExp(`^# +${name} .*\\b${key} \\(`, 'm'));
    expect(new Set(names)).toEqual(new Set(['flotilla-targets', 'flotilla-config', 'flotilla-project']));
    for (const name of names) expect(text).toContain(name);
  });

  /** Each is one change by which the objects no longer fit. */
  const MISTAKES: readonly [string, RegExp, string, RegExp][] = [
    ['a probe of another path', /path: \/healthz/, 'path: /health', /asks for \/health, which the daemon/],
    ['a daemon on another port', /value: :7171/, 'value: :7272', /the daemon listens at 7272/],
    ['a scrape of another port', /prometheus.io\/port: "7171"/, 'prometheus.io/port: "80"', /the scrape is not at/],
    ['a container as root', /runAsUser: 10001/, 'runAsUser: 0', /not root/],
    [
      'a label that no pod has',
      /(kind: PodDisruptionBudget[\s\S]*?component): api/,
      '$1: apis',
      /flotilla-api chooses no dep/,
    ],
    ['a budget that is missing', /kind: PodDisruptionBudget/, 'kind: Secret', /flotilla-api has no disruption budget/],
    ['a service to a port of no pod', /targetPort: http/, 'targetPort: web', /leads to port web/],
    ['a metric that there is not', /temporal_worker_task_slots_used/, 'temporal_slots', /no series of temporal_slots/],
    ['a label that its series lack', /worker_type: ActivityWorker/, 'worker_type: Activity', /no series of temporal_w/],
    [
      'two who say how many',
      /(name: flotilla-engine\n {2}namespace: flotilla\nspec:)/,
      '$1\n  replicas: 2',
      /both say/,
    ],
    ['a closed way to Temporal', /port: 7233/, 'port: 7234', /does not let TCP 7233 out/],
    ['a closed way in', /(kind: NetworkPolicy[\s\S]*?port:) http/, '$1 https', /does not let TCP http in/],
    ['a policy for one part', /podSelector: \{\}/, 'podSelector: {matchLabels: {a: b}}', /leaves flotilla-engine open/],
  ];
  it.each(MISTAKES)('is found wrong with %s', (_, from, to, said) => {
    expect(rendered.text).toMatch(from);
    const { objects } = renderKubernetes({
      render: () => rendered.text.replace(from, to),
      findFaults: () => [],
    });
    expect(findMisfits(objects, seen).join('\n')).toMatch(said);
  });
});
