import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const FILE = path.resolve(import.meta.dirname, '../../../deploy/compose/compose.yaml');

/** What deploy/compose/compose.yaml says of a service, its variables filled in. */
export interface Service {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** In place of the image's CMD. */
  readonly command: readonly string[] | undefined;
  /** File or folder of this machine, by where the container has it. */
  readonly mounts: ReadonlyMap<string, string>;
  /** Folders that the container may write to. */
  readonly tmpfs: readonly string[];
}

interface Raw {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string;
        readonly environment?: Readonly<Record<string, string>>;
        readonly command?: readonly string[];
        readonly volumes?: readonly string[];
        readonly tmpfs?: readonly string[];
        readonly secrets?: readonly string[];
      }
    >
  >;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

/**
 * The services by name.
 * @param variables of `docker compose`: its environment, or .env
 * @throws where the file asks for one that is not given, as `docker compose` does
 */
export function readCompose(variables: Readonly<Record<string, string>>): ReadonlyMap<string, Service> {
  const raw = parse(interpolate(fs.readFileSync(FILE, 'utf8'), variables), { merge: true }) as Raw;
  const onMachine = (file: string): string => path.resolve(path.dirname(FILE), file);
  return new Map(
    Object.entries(raw.services).map(([name, service]) => [
      name,
      {
        image: service.image,
        environment: service.environment ?? {},
        command: service.command,
        tmpfs: (service.tmpfs ?? []).map((one) => one.split(':')[0] ?? ''),
        mounts: new Map([
          // A source without a slash is the name of a volume.
          ...(service.volumes ?? [])
            .map((one) => one.split(':'))
            .filter(([source = '']) => source.includes('/'))
            .map(([source = '', target = '']) => [target, onMachine(source)] as const),
          ...(service.secrets ?? []).map(
            (secret) => [`/run/secrets/${secret}`, onMachine(raw.secrets[secret]?.file ?? '')] as const,
          ),
        ]),
      },
    ]),
  );
}

/** `${NAME:?}` and `${NAME:-default}` of compose's own language: the file has no others. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?::([?-])([^}]*))?\}/g, (_, name: string, form?: string, preset = '') => {
    const given = variables[name];
    if (given !== undefined && given !== '') return given;
    if (form === '-') return preset;
    throw new Error(`compose.yaml asks for ${name}`);
  });
}
