import path from 'node:path';
import type { Diagnostic } from '../../engine/index.ts';
import { fileDiagnostics, invalidValue, wordIssue } from './file-issues.ts';
import { authSchema, FILE_SCHEMA, projectsSchema } from './file-schema.ts';
import { FREEZE_KEYS, freezesSchema } from './freezes.ts';
import { type Environment, SETTING_NAMES, SETTINGS, type Setting, type SettingName } from './settings.ts';
import { showValue } from './show-value.ts';
import type { DaemonConfig, ProjectFolder, ShownSetting } from './types.ts';
import { PROJECT_NAME } from './value-schemas.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

export interface DaemonConfigInput {
  /** By the names of the flags without dashes: `listen`, `state-dir`, …; `project` holds each `NAME=DIR`. */
  readonly flags: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly env: Environment;
  /** flotilla.yaml; undefined where there is none. `path` as it is to be named in messages. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  /** Relative folders of flags are meant from here, those of the file from the file's folder. Absolute. */
  readonly cwd: string;
}

export interface DaemonConfigResult {
  /** undefined where there is a mistake. */
  readonly value: DaemonConfig | undefined;
  /** All mistakes of all sources. */
  readonly diagnostics: readonly Diagnostic[];
  /** For `config show`: every setting with its source, secrets redacted. */
  readonly shown: readonly ShownSetting[];
}

/** Flags over FLOTILLA_* (and TEMPORAL_*) over flotilla.yaml over defaults. Never throws on what a user wrote. */
export function parseDaemonConfig(input: DaemonConfigInput): DaemonConfigResult {
  const yaml = input.file === undefined ? undefined : readYaml(input.file.path, input.file.text);
  const diagnostics: Diagnostic[] = [...(yaml?.diagnostics ?? [])];
  const checked = yaml === undefined ? undefined : FILE_SCHEMA.safeParse(yaml.value ?? {});
  if (yaml !== undefined && checked?.success === false) {
    diagnostics.push(...fileDiagnostics(yaml, checked.error.issues, knownKeysOf));
  }
  const shown: ShownSetting[] = [];
  const get = <T>(name: SettingName, setting: Setting<T>): T | undefined => {
    const found = findValue(name, setting, input, yaml);
    const parsed = setting.schema.safeParse(found.value);
    if (parsed.success) {
      if (parsed.data !== undefined) shown.push({ name, value: showValue(found.value, setting), source: found.source });
      return parsed.data;
    }
    const expected = parsed.error.issues.map(wordIssue).join('; ');
    const isNamed = found.subject === undefined;
    diagnostics.push(invalidValue(isNamed ? found.source : name, expected, found.subject));
    return undefined;
  };
  const values = readSettings(get);
  const fileFolder = path.resolve(input.cwd, path.dirname(input.file?.path ?? '.'));
  const projects = readProjects(input, yaml, fileFolder, diagnostics, shown);
  const authTokens = readTokens(yaml, shown);
  const freezes = readFreezes(yaml, shown);
  const { listen, stateDir, role, log, limits, ...rest } = values;
  const isWhole =
    listen !== undefined &&
    stateDir !== undefined &&
    role !== undefined &&
    limits !== undefined &&
    log !== undefined &&
    !diagnostics.some(({ severity }) => severity === 'error');
  if (!isWhole) return { value: undefined, diagnostics, shown };
  const base = shown.find(({ name }) => name === 'state_dir')?.source.startsWith(input.file?.path ?? '\0')
    ? fileFolder
    : input.cwd;
  return {
    value: {
      ...rest,
      listen,
      role,
      limits,
      log,
      stateDir: path.resolve(base, stateDir),
      projects,
      authTokens,
      freezes,
    },
    diagnostics,
    shown,
  };
}

type Get = <T>(name: SettingName, setting: Setting<T>) => T | undefined;

/** Each setting is read, also after a mistake: all of them are to be found in one go. */
function readSettings(get: Get) {
  const read = {
    listen: get('listen', SETTINGS.listen),
    stateDir: get('state_dir', SETTINGS.state_dir),
    role: get('role', SETTINGS.role),
    storeUrl: get('store.url', SETTINGS['store.url']),
    storeKey: get('store.key', SETTINGS['store.key']),
    temporal: {
      address: get('temporal.address', SETTINGS['temporal.address']),
      namespace: get('temporal.namespace', SETTINGS['temporal.namespace']),
      profile: get('temporal.profile', SETTINGS['temporal.profile']),
      apiKey: get('temporal.api_key', SETTINGS['temporal.api_key']),
      codecKeys: get('temporal.codec_key', SETTINGS['temporal.codec_key']),
      codecKeyFile: get('temporal.codec_key_file', SETTINGS['temporal.codec_key_file']),
      tls: {
        enabled: get('temporal.tls.enabled', SETTINGS['temporal.tls.enabled']),
        serverName: get('temporal.tls.server_name', SETTINGS['temporal.tls.server_name']),
        serverCaCertPath: get('temporal.tls.server_ca_cert_path', SETTINGS['temporal.tls.server_ca_cert_path']),
        clientCertPath: get('temporal.tls.client_cert_path', SETTINGS['temporal.tls.client_cert_path']),
        clientKeyPath: get('temporal.tls.client_key_path', SETTINGS['temporal.tls.client_key_path']),
      },
    },
    retentionMs: get('retention.rollouts', SETTINGS['retention.rollouts']),
    limits: whole({
      connectTimeoutMs: get('limits.connect_timeout', SETTINGS['limits.connect_timeout']),
      lockTimeoutMs: get('limits.lock_timeout', SETTINGS['limits.lock_timeout']),
      statementTimeoutMs: get('limits.statement_timeout', SETTINGS['limits.statement_timeout']),
      idleInTransactionTimeoutMs: get(
        'limits.idle_in_transaction_timeout',
        SETTINGS['limits.idle_in_transaction_timeout'],
      ),
      keepaliveMs: get('limits.keepalive', SETTINGS['limits.keepalive']),
      perHost: get('limits.per_host', SETTINGS['limits.per_host']),
      engineConcurrency: get('limits.engine_concurrency', SETTINGS['limits.engine_concurrency']),
      retryBackoffMs: get('limits.retry_backoff', SETTINGS['limits.retry_backoff']),
      maxShrink: get('limits.max_shrink', SETTINGS['limits.max_shrink']),
      quarantineAfter: get('limits.quarantine_after', SETTINGS['limits.quarantine_after']),
      targetsPerHour: get('limits.targets_per_hour', SETTINGS['limits.targets_per_hour']),
    }),
    log: whole({ level: get('log.level', SETTINGS['log.level']), format: get('log.format', SETTINGS['log.format']) }),
  };
  return read;
}

type Whole<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

const isWholeRecord = <T extends object>(record: T): record is T & Whole<T> =>
  Object.values(record).every((value) => value !== undefined);

/** The record if nothing of it is missing. */
const whole = <T extends object>(record: T): Whole<T> | undefined => (isWholeRecord(record) ? record : undefined);

interface Found {
  readonly value: unknown;
  readonly source: string;
  readonly subject?: Diagnostic['subject'];
}

function findValue<T>(
  name: SettingName,
  setting: Setting<T>,
  input: DaemonConfigInput,
  yaml: YamlFile | undefined,
): Found {
  const flag = setting.flag === undefined ? undefined : input.flags[setting.flag];
  if (flag !== undefined) return { value: flag, source: `--${setting.flag}` };
  for (const variable of setting.variables) {
    const value = input.env[variable];
    if (value !== undefined && value !== '') return { value, source: variable };
  }
  const keys = name.split('.');
  const value = yaml === undefined ? undefined : lookUp(yaml.value, keys);
  if (yaml === undefined || value === undefined || value === null)
    return { value: setting.preset(input.env), source: 'default' };
  const subject = yaml.place(keys);
  return { value, source: placeText(yaml, subject), subject };
}

const placeText = (yaml: YamlFile, subject: Diagnostic['subject']): string =>
  subject === undefined ? yaml.file : `${yaml.file}:${subject.start.line}:${subject.start.column}`;

function lookUp(value: unknown, keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

/** Those of the file, then those of `--project NAME=DIR`, which replace one of the same name. */
function readProjects(
  input: DaemonConfigInput,
  yaml: YamlFile | undefined,
  fileFolder: string,
  diagnostics: Diagnostic[],
  shown: ShownSetting[],
): ReadonlyMap<string, ProjectFolder> {
  const projects = new Map<string, ProjectFolder>();
  const inFile = projectsSchema.safeParse(lookUp(yaml?.value, ['projects']) ?? {});
  for (const [name, { dir, config }] of Object.entries(inFile.data ?? {})) {
    projects.set(name, { dir: path.resolve(fileFolder, dir), config });
    const source = yaml === undefined ? 'default' : placeText(yaml, yaml.place(['projects', name]));
    shown.push({ name: `projects.${name}`, value: path.resolve(fileFolder, dir), source });
  }
  for (const given of [input.flags.project ?? []].flat()) {
    const at = given.indexOf('=');
    const name = given.slice(0, Math.max(0, at));
    const dir = given.slice(at + 1);
    if (!PROJECT_NAME.test(name) || dir === '') {
      diagnostics.push(invalidValue('--project', `expected NAME=DIR, got "${given}"`));
      continue;
    }
    projects.set(name, { dir: path.resolve(input.cwd, dir), config: 'atlas.hcl' });
    const line = { name: `projects.${name}`, value: path.resolve(input.cwd, dir), source: '--project' };
    const before = shown.findIndex((one) => one.name === line.name);
    if (before === -1) shown.push(line);
    else shown[before] = line;
  }
  return projects;
}

function readTokens(yaml: YamlFile | undefined, shown: ShownSetting[]): DaemonConfig['authTokens'] {
  const parsed = authSchema.safeParse(lookUp(yaml?.value, ['auth']) ?? { tokens: [] });
  if (!parsed.success || yaml === undefined) return [];
  return parsed.data.tokens.map((token, index) => {
    const source = placeText(yaml, yaml.place(['auth', 'tokens', index]));
    shown.push({ name: `auth.tokens.${token.name}`, value: token.role, source });
    return { ...token, sha256: token.sha256.toLowerCase() };
  });
}

function readFreezes(yaml: YamlFile | undefined, shown: ShownSetting[]): DaemonConfig['freezes'] {
  const parsed = freezesSchema.safeParse(lookUp(yaml?.value, ['freezes']) ?? []);
  if (!parsed.success || yaml === undefined) return [];
  for (const [index, { name, fromMs, toMs }] of parsed.data.entries()) {
    const value = `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
    shown.push({ name: `freezes.${name}`, value, source: placeText(yaml, yaml.place(['freezes', index])) });
  }
  return parsed.data;
}

/** What the mapping at that place may hold. */
function knownKeysOf(place: readonly PropertyKey[]): readonly string[] {
  const [first, second] = place;
  if (first === 'projects' && second !== undefined) return ['dir', 'config'];
  if (first === 'auth') return second === undefined ? ['tokens'] : ['name', 'role', 'sha256'];
  if (first === 'freezes') return FREEZE_KEYS;
  const prefix = place.map((key) => `${String(key)}.`).join('');
  const names = SETTING_NAMES.filter((name) => name.startsWith(prefix)).map(
    (name) => name.slice(prefix.length).split('.')[0] ?? '',
  );
  return [...new Set([...names, ...(place.length === 0 ? ['projects', 'auth', 'freezes'] : [])])];
}
