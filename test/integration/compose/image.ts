import fs from 'node:fs';
import path from 'node:path';

const FILE = path.resolve(import.meta.dirname, '../../../deploy/docker/Dockerfile');

export interface Image {
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
}

/** What deploy/docker/Dockerfile says of a container's process, in its last stage. */
export function readImage(): Image {
  const stage =
    fs
      .readFileSync(FILE, 'utf8')
      .replaceAll('\\\n', ' ')
      .split(/^FROM /m)
      .at(-1) ?? '';
  const words = (instruction: string): string => new RegExp(`^${instruction} (.+)$`, 'm').exec(stage)?.[1] ?? '';
  const [uid = Number.NaN, gid = Number.NaN] = words('USER').split(':').map(Number);
  return {
    env: Object.fromEntries(
      words('ENV')
        .split(/\s+/)
        .map((pair) => pair.split('=') as [string, string]),
    ),
    entrypoint: JSON.parse(words('ENTRYPOINT')),
    command: JSON.parse(words('CMD')),
    user: { uid, gid },
  };
}
