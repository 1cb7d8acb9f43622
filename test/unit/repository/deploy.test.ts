import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseDaemonConfig } from '../../../src/config/daemon/parse-daemon-config.ts';
import { SETTING_NAMES, SETTINGS, type Setting } from '../../../src/config/daemon/settings.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const FOLDERS = ['systemd', 'docker', 'compose', 'kubernetes'].map((name) => path.join('deploy', name));
const files = FOLDERS.flatMap((folder) =>
  fs.readdirSync(path.join(ROOT, folder)).map((name) => path.join(folder, name)),
);
const read = (name: string): string => fs.readFileSync(path.join(ROOT, name), 'utf8');

/** Of schemas that are not ours: `any`, as JSON.parse gives it. */
type Tree = ReturnType<JSON['parse']>;
const documents = (name: string): readonly Tree[] =>
  parseAllDocuments(read(name), { merge: true }).map((document) => {
    expect(document.errors, name).toEqual([]);
    return document.toJS() as Tree;
  });
const kubernetes = files.filter((name) => name.startsWith('deploy/kubernetes/')).flatMap(documents);
const ofKind = (kind: string): readonly Tree[] => kubernetes.filter((one) => one.kind === kind);

const settings: readonly Pick<Setting<unknown>, 'variables' | 'flag'>[] = SETTING_NAMES.map((name) => SETTINGS[name]);
const variables = new Set(['FLOTILLA_CONFIG', ...settings.flatMap((one) => one.variables)]);
const flags = new Set(['config', 'project', ...settings.flatMap(({ flag }) => flag ?? [])]);
/** Of compose's own `${…}`. */
const ELSEWHERE = new Set(['FLOTILLA_PROJECT']);

/** The flags and variables of a text that no setting has. */
function unknownNames(text: string): readonly string[] {
  const named = [...text.matchAll(/\b(?:FLOTILLA|TEMPORAL)_[A-Z_]+\b/g)].map(([name]) => name);
  const given = text
    .split('\n')
    .flatMap((line) =>
      /\bserve\b/.test(line) ? [...line.matchAll(/(?<=[\s,[])--([a-z-]+)/g)].map(([, flag]) => `--${flag}`) : [],
    );
  return [
    ...named.filter((name) => !variables.has(name) && !ELSEWHERE.has(name)),
    ...given.filter((flag) => !flags.has(flag.slice(2))),
  ];
}

describe('what deploy/ says to the daemon', () => {
  it.each(files)('%s names settings that exist', (name) => {
    expect(unknownNames(read(name))).toEqual([]);
  });

  it('a wrong name is found', () => {
    expect(unknownNames('FLOTILLA_STORE_URI: x\nargs: [serve, --rol, api]\nserve --statedir x')).toEqual([
      'FLOTILLA_STORE_URI',
      '--rol',
      '--statedir',
    ]);
  });

  it('flotilla.yaml of compose is valid once it has a token, and refused before', () => {
    const text = read('deploy/compose/flotilla.yaml');
    const parse = (given: string) =>
      parseDaemonConfig({ flags: {}, env: {}, cwd: '/', file: { path: 'flotilla.yaml', text: given } });
    const refused = expect.stringContaining('64 hexadecimal');
    expect(parse(text).diagnostics.map(({ detail }) => detail)).toEqual([refused, refused]);
    expect(parse(text.replaceAll('SHA256_OF_YOUR_TOKEN', 'ab'.repeat(32))).diagnostics).toEqual([]);
  });

  it('gives the daemon longer to end than it takes', () => {
    const [, ms] = /const STOP_MS = ([\d_]+);/.exec(read('src/bin/daemon/serve.ts')) ?? [];
    const drain = Number(ms?.replaceAll('_', '')) / 1000;
    const given = [
      ...ofKind('Deployment').map((one) => Number(one.spec?.template?.spec?.terminationGracePeriodSeconds)),
      Number.parseInt(/stop_grace_period: (\d+)s/.exec(read('deploy/compose/compose.yaml'))?.[1] ?? '', 10),
      Number.parseInt(/TimeoutStopSec=(\d+)s/.exec(read('deploy/systemd/flotilla.service'))?.[1] ?? '', 10),
    ];
    expect(given).toHaveLength(5);
    for (const seconds of given) expect(seconds).toBeGreaterThan(drain);
  });
});

describe('images', () => {
  it('are named with an exact version', () => {
    const [compose] = documents('deploy/compose/compose.yaml');
    const images = [
      ...Object.values<Tree>(compose?.services ?? {}).map(({ image }) => String(image)),
      ...[...read('deploy/docker/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image),
    ];
    expect(images.length).toBeGreaterThan(7);
    for (const image of images) expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?[a-z0-9.-]*$/);
  });

  it('run as a user of their own, on a root file system that is read-only', () => {
    expect(read('deploy/docker/Dockerfile')).toMatch(/^USER 10001:10001$/m);
    const [compose] = documents('deploy/compose/compose.yaml');
    for (const role of ['api', 'orchestrator', 'engine'])
      expect(compose?.services?.[role], role).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        environment: { FLOTILLA_ROLE: role, FLOTILLA_STORE_URL: expect.stringContaining('postgres://') },
      });
  });
});

it('grafana of compose asks the Prometheus beside it, and finds the dashboards', () => {
  const [compose] = documents('deploy/compose/compose.yaml');
  const mounts = new Map<string, string>(
    compose?.services?.grafana?.volumes
      ?.map((one: string) => one.split(':'))
      .map(([source, target]: string[]) => [target, source]),
  );
  const provisioning = '/etc/grafana/provisioning';
  const provided = (kind: string): Tree =>
    documents(path.join('deploy/compose', mounts.get(`${provisioning}/${kind}/flotilla.yaml`) ?? ''))[0];
  const { hostname, port } = new URL(String(provided('datasources')?.datasources?.[0]?.url));
  expect([Object.keys(compose?.services ?? {}).includes(hostname), port]).toEqual([true, '9090']);
  const folder = mounts.get(String(provided('dashboards')?.providers?.[0]?.options?.path)) ?? '';
  expect(fs.readdirSync(path.join(ROOT, 'deploy/compose', folder))).toContain('fleet.json');
});

/** Whether the objects are valid, and fit together and with the daemon, is test/integration/kubernetes. */
describe('kubernetes', () => {
  it('lists every file, and each object has a kind and a name of its own', () => {
    const [list] = ofKind('Kustomization');
    const others = files.filter(
      (name) => name.startsWith('deploy/kubernetes/') && !name.endsWith('kustomization.yaml'),
    );
    expect([...(list?.resources ?? [])].sort()).toEqual(others.map((name) => path.basename(name)).sort());
    const names = kubernetes
      .filter((one) => one.kind !== 'Kustomization')
      .map((one) => `${one.kind}/${one.metadata?.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(['api', 'orchestrator', 'engine'])(
    '%s: selectors meet labels, secrets are references, volumes are mounted',
    (role) => {
      const deployment = ofKind('Deployment').find((one) => one.metadata?.name === `flotilla-${role}`);
      const labels = { 'app.kubernetes.io/component': role };
      expect(deployment?.spec?.selector?.matchLabels).toEqual(labels);
      expect(deployment?.spec?.template?.metadata?.labels).toEqual(labels);
      const pod = deployment?.spec?.template?.spec;
      const [container] = pod?.containers ?? [];
      expect(container?.args).toContain(role);
      const secret = (name: string) =>
        SETTING_NAMES.some((one) => SETTINGS[one].isSecret && SETTINGS[one].variables.includes(name));
      for (const { name, value, valueFrom } of container?.env ?? [])
        if (secret(String(name)))
          expect([value, valueFrom?.secretKeyRef?.name]).toEqual([undefined, expect.any(String)]);
      expect(container?.volumeMounts?.map((one: Tree) => one.name).sort()).toEqual(
        pod?.volumes?.map((one: Tree) => one.name).sort(),
      );
    },
  );

  it('the autoscaler adds engines before all slots are taken', () => {
    const [scaler] = ofKind('HorizontalPodAutoscaler');
    expect(Number(scaler?.spec?.metrics?.[0]?.pods?.target?.averageValue)).toBeLessThan(
      Number(SETTINGS['limits.engine_concurrency'].preset({})),
    );
  });
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

it.skipIf(!hasSystemd)('the systemd unit is one that systemd takes without a word', () => {
  const unit = path.join(ROOT, 'deploy/systemd/flotilla.service');
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
  const about = (stdout + stderr).split('\n').filter((line) => line.includes('flotilla.service'));
  expect([about, status]).toEqual([[], 0]);
});
