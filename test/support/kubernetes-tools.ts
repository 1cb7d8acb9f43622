import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { runToEnd } from './child-process.ts';
import { NotToBeHad, say } from './provision.ts';

const KUSTOMIZE = 'v5.7.1';
const VALIDATE = '1.37.0';

const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';

/** kustomize: PATH, else built by Go into the cache. @throws NotToBeHad */
function kustomize(): string {
  const onPath = spawnSync('sh', ['-c', 'command -v kustomize'], { encoding: 'utf8' }).stdout.trim();
  if (onPath !== '') return onPath;
  const folder = cacheFolder('kustomize', KUSTOMIZE);
  const binary = path.join(folder, 'kustomize');
  if (fs.existsSync(binary)) return binary;
  try {
    say(`building kustomize ${KUSTOMIZE} with Go`);
    const env = { GOBIN: folder, GOFLAGS: '' };
    runToEnd('go', ['install', `sigs.k8s.io/kustomize/kustomize/v5@${KUSTOMIZE}`], { env });
    return binary;
  } catch (error) {
    throw new NotToBeHad('kustomize', ['kustomize on PATH', `go install: ${firstLine(error)}`]);
  }
}

/** The folder of PyPI's kubernetes-validate, which carries the schemas of Kubernetes. @throws NotToBeHad */
function validatorFolder(): string {
  const folder = path.join(cacheFolder('kubernetes-validate'), VALIDATE);
  if (fs.existsSync(path.join(folder, 'done'))) return folder;
  try {
    say(`kubernetes-validate ${VALIDATE} from PyPI`);
    const words = ['install', '--quiet', '--disable-pip-version-check', '--target', folder];
    runToEnd('python3', ['-m', 'pip', ...words, `kubernetes-validate==${VALIDATE}`]);
    fs.writeFileSync(path.join(folder, 'done'), '');
    return folder;
  } catch (error) {
    throw new NotToBeHad('kubernetes-validate', [`python3 -m pip install: ${firstLine(error)}`]);
  }
}

export interface KubernetesTools {
  /** `kustomize build`: all objects as one YAML text. @throws with its words */
  render(folder: string): string;
  /**
   * What the schemas of a version of Kubernetes have against the objects, one line each; an unknown field is refused.
   * @param version like "1.34"
   */
  findFaults(manifests: string, version: string): readonly string[];
}

/** @throws NotToBeHad */
export async function kubernetesTools(): Promise<KubernetesTools> {
  const [program, folder] = [kustomize(), validatorFolder()];
  return {
    render: (overlay) => runToEnd(program, ['build', overlay]),
    findFaults(manifests, version) {
      const words = ['-m', 'kubernetes_validate', '--strict', '--kubernetes-version', version, '-'];
      const { status, stdout, stderr } = spawnSync('python3', words, {
        env: { ...process.env, PYTHONPATH: folder },
        input: manifests,
        encoding: 'utf8',
      });
      const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !line.startsWith('INFO'));
      // A failure without a word is one too.
      return lines.length === 0 && status !== 0 ? [`kubernetes-validate ended with ${status}`] : lines;
    },
  };
}
