import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubernetesTools } from '../../support/kubernetes-tools.ts';

/** Of schemas that are not ours: `any`, as JSON.parse gives it. */
export type Tree = ReturnType<JSON['parse']>;

const FOLDER = path.resolve(import.meta.dirname, '../../../deploy/kubernetes');

/** What `kubectl apply -k deploy/kubernetes` would send. */
export interface Rendered {
  readonly text: string;
  readonly objects: readonly Tree[];
}

export function renderKubernetes(tools: KubernetesTools): Rendered {
  const text = tools.render(FOLDER);
  return { text, objects: parseAllDocuments(text).map((document) => document.toJS() as Tree) };
}

export const ofKind = (objects: readonly Tree[], kind: string): readonly Tree[] =>
  objects.filter((one) => one.kind === kind);

/** Whether a selector's `matchLabels` choose the pods of a deployment, as Kubernetes does it: every label, none means all. */
const selects = (matchLabels: Readonly<Record<string, string>>, deployment: Tree): boolean =>
  Object.entries(matchLabels).every(([name, value]) => deployment.spec?.template?.metadata?.labels?.[name] === value);

/**
 * What does not fit together among the objects, one line each: a schema cannot see it.
 * @param daemon the series of a daemon's scrape, and the paths that it answers
 */
export function findMisfits(
  objects: readonly Tree[],
  daemon: { readonly series: ReadonlySet<string>; readonly paths: ReadonlySet<string> },
): readonly string[] {
  const deployments = ofKind(objects, 'Deployment');
  return [
    ...deployments.flatMap((one) => podMisfits(one, daemon.paths)),
    ...selectorMisfits(objects, deployments),
    ...scalerMisfits(objects, deployments, daemon.series),
    ...policyMisfits(objects, deployments),
  ];
}

const containersOf = (deployment: Tree): readonly Tree[] => deployment.spec?.template?.spec?.containers ?? [];
const environmentOf = (container: Tree): ReadonlyMap<string, string> =>
  new Map((container.env ?? []).map((one: Tree) => [String(one.name), String(one.value ?? '')]));

function podMisfits(deployment: Tree, paths: ReadonlySet<string>): readonly string[] {
  const name = String(deployment.metadata?.name);
  const { annotations } = deployment.spec?.template?.metadata ?? {};
  return containersOf(deployment).flatMap((container) => {
    const listens = Number(environmentOf(container).get('FLOTILLA_LISTEN')?.split(':').at(-1));
    const ports = new Map<string, number>(
      (container.ports ?? []).map((one: Tree) => [String(one.name), Number(one.containerPort)]),
    );
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((kind) => [kind, container[kind]?.httpGet]);
    return [
      ...probes
        .filter(([, probe]) => !paths.has(String(probe?.path)))
        .map(([kind, probe]) => `${name}: ${kind} asks for ${probe?.path}, which the daemon does not answer`),
      ...probes
        .filter(([, probe]) => ports.get(String(probe?.port)) !== listens)
        .map(([kind, probe]) => `${name}: ${kind} asks at ${probe?.port}, the daemon listens at ${listens}`),
      ...(Number(annotations?.['prometheus.io/port']) === listens ? [] : [`${name}: the scrape is not at ${listens}`]),
      ...restrictedMisfits(name, deployment.spec?.template?.spec ?? {}, container),
    ];
  });
}

/** The pod security level "restricted", which the namespace enforces. */
function restrictedMisfits(name: string, pod: Tree, container: Tree): readonly string[] {
  const { securityContext: own = {} } = container;
  const holds: Readonly<Record<string, boolean>> = {
    'runs as a user that is not root': pod.securityContext?.runAsNonRoot === true && pod.securityContext?.runAsUser > 0,
    'has the seccomp profile of the runtime': pod.securityContext?.seccompProfile?.type === 'RuntimeDefault',
    'cannot escalate': own.allowPrivilegeEscalation === false,
    'drops all capabilities': own.capabilities?.drop?.includes('ALL') && own.capabilities?.add === undefined,
    'has a read-only root file system': own.readOnlyRootFilesystem === true,
    'mounts no path of the node': (pod.volumes ?? []).every((one: Tree) => one.hostPath === undefined),
  };
  return Object.entries(holds)
    .filter(([, held]) => !held)
    .map(([rule]) => `${name}: it is not so that it ${rule}`);
}

/** Each budget and service means one deployment, and each deployment has a budget. */
function selectorMisfits(objects: readonly Tree[], deployments: readonly Tree[]): readonly string[] {
  const chosen = (matchLabels: Readonly<Record<string, string>> | undefined): readonly string[] =>
    deployments.filter((one) => selects(matchLabels ?? {}, one)).map((one) => String(one.metadata?.name));
  const budgets = ofKind(objects, 'PodDisruptionBudget').map((one) => [one, chosen(one.spec?.selector?.matchLabels)]);
  const services = ofKind(objects, 'Service').map((one) => [one, chosen(one.spec?.selector)]);
  const kept = new Set(budgets.flatMap(([, names]) => names));
  const portsOf = (names: readonly string[]): ReadonlySet<string> =>
    new Set(
      deployments
        .filter((one) => names.includes(String(one.metadata?.name)))
        .flatMap((one) => containersOf(one).flatMap(({ ports }) => ports.map((port: Tree) => String(port.name)))),
    );
  return [
    ...[...budgets, ...services]
      .filter(([, names]) => names.length !== 1)
      .map(([one, names]) => `${one.kind} ${one.metadata?.name} chooses ${names.join(', ') || 'no deployment'}`),
    ...deployments
      .filter((one) => !kept.has(String(one.metadata?.name)))
      .map((one) => `${one.metadata?.name} has no disruption budget`),
    ...services.flatMap(([one, names]) =>
      one.spec.ports
        .filter((port: Tree) => !portsOf(names).has(String(port.targetPort)))
        .map(
          (port: Tree) => `Service ${one.metadata?.name} leads to port ${port.targetPort}, which its pods do not have`,
        ),
    ),
  ];
}

/** What an autoscaler asks for is there, and its deployment does not say how many besides. */
function scalerMisfits(
  objects: readonly Tree[],
  deployments: readonly Tree[],
  series: ReadonlySet<string>,
): readonly string[] {
  return ofKind(objects, 'HorizontalPodAutoscaler').flatMap((scaler) => {
    const target = deployments.find((one) => one.metadata?.name === scaler.spec?.scaleTargetRef?.name);
    const asked: readonly Tree[] = (scaler.spec?.metrics ?? []).map((one: Tree) => one.pods?.metric);
    return [
      ...(target === undefined ? [`the autoscaler's ${scaler.spec?.scaleTargetRef?.name} is not there`] : []),
      ...(target?.spec?.replicas === undefined ? [] : ['the autoscaler and its deployment both say how many']),
      ...asked
        .filter((metric) => {
          const labels = Object.entries(metric?.selector?.matchLabels ?? {}).map(
            ([name, value]) => `${name}="${value}"`,
          );
          return ![...series].some(
            (one) => one.startsWith(`${metric?.name}{`) && labels.every((label) => one.includes(label)),
          );
        })
        .map((metric) => `the daemon has no series of ${metric?.name} as the autoscaler asks for it`),
    ];
  });
}

/** The policy covers every deployment, lets their port in, and lets out what their settings name. */
function policyMisfits(objects: readonly Tree[], deployments: readonly Tree[]): readonly string[] {
  return ofKind(objects, 'NetworkPolicy').flatMap(({ spec }) => {
    const portsOf = (rules: readonly Tree[]): ReadonlySet<string> =>
      new Set(rules.flatMap(({ ports }) => ports.map((one: Tree) => `${one.protocol} ${one.port}`)));
    const [into, out] = [portsOf(spec.ingress), portsOf(spec.egress)];
    const temporal = deployments.flatMap((one) =>
      containersOf(one).map((container) =>
        environmentOf(container).get('FLOTILLA_TEMPORAL_ADDRESS')?.split(':').at(-1),
      ),
    );
    // Names, the store and Postgres tenants, MySQL and MariaDB tenants, Temporal.
    const needed = ['UDP 53', 'TCP 53', 'TCP 5432', 'TCP 3306', ...new Set(temporal.map((port) => `TCP ${port}`))];
    return [
      ...deployments
        .filter((one) => !selects(spec.podSelector?.matchLabels ?? {}, one))
        .map((one) => `the policy leaves ${one.metadata?.name} open`),
      ...deployments
        .flatMap(containersOf)
        .flatMap(({ ports }) => ports.map((one: Tree) => `TCP ${one.name}`))
        .filter((port) => !into.has(port))
        .map((port) => `the policy does not let ${port} in`),
      ...needed.filter((port) => !out.has(port)).map((port) => `the policy does not let ${port} out`),
    ];
  });
}
