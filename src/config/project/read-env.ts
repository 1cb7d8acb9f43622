import { type DatabaseUrl, hcl, parseDatabaseUrl } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { EvaluatedEnv, MigrationConfig } from '../types.ts';
import type { BlockReader } from './block-reader.ts';
import { type Evaluator, expressionsOf } from './evaluator.ts';
import { createHooksReader } from './read-hooks.ts';
import type { ProjectSyntax } from './read-syntax.ts';
import type { Secrets } from './secrets.ts';

/** Attributes of an env that have a meaning of their own; all others are `extra`. */
const KNOWN = new Set(['name', 'for_each', 'url', 'dev', 'src', 'schemas', 'exclude', 'include', 'target', 'labels']);
const FORMATS = ['atlas', 'golang-migrate', 'goose', 'flyway', 'liquibase', 'dbmate'];
const EXEC_ORDERS = ['LINEAR', 'LINEAR_SKIP', 'NON_LINEAR', 'linear', 'linear-skip', 'non-linear'];
const TX_MODES = ['none', 'file', 'all'];

export interface EnvTools {
  readonly evaluator: Evaluator;
  readonly reader: BlockReader;
  readonly parseUrl: ((text: string) => DatabaseUrl) | undefined;
  readonly policies: ProjectSyntax['policies'];
  readonly around: ProjectSyntax['around'];
  readonly secrets: Secrets;
}

export type EnvWithoutTarget = Required<Pick<EvaluatedEnv, 'extra' | 'policies'>> & Omit<EvaluatedEnv, 'target'>;

/** Reads one env block in one scope after another, all but its target. What is the same for all targets is made once. */
export function createEnvReader(
  block: hcl.Block,
  tools: EnvTools,
): (name: string, scope: hcl.Scope) => EnvWithoutTarget {
  const { reader } = tools;
  const { body } = block;
  const attribute = (key: string) => hcl.findAttribute(body, key);
  const below = (...types: readonly string[]) =>
    types.flatMap((type) => hcl.findBlocks(body, type).flatMap((one) => expressionsOf(one.body)));
  const ofAttribute = (key: string) => attribute(key)?.value ?? [];
  const list = (key: string) =>
    reader.shared([ofAttribute(key)].flat(), (scope) => reader.texts(attribute(key), scope));
  const devUrl = reader.shared([ofAttribute('dev')].flat(), (scope) =>
    readUrl(attribute('dev'), scope, tools, 'warning'),
  );
  const src = reader.shared([...below('schema'), ofAttribute('src')].flat(), (scope) =>
    readSources(body, scope, reader),
  );
  const schemas = list('schemas');
  const exclude = list('exclude');
  const migration = reader.shared(below('migration'), (scope) => readMigration(body, scope, reader));
  const formats = reader.shared(below('log', 'format'), (scope) => readFormats(body, scope, reader));
  const extras = body.attributes.filter(({ name }) => !KNOWN.has(name));
  const extra = reader.shared(
    extras.map(({ value }) => value),
    (scope) => readExtra(extras, scope, reader),
  );
  const policies = policiesOf(body, tools.policies);
  const hooks = createHooksReader(block, tools);
  return (name, scope) => {
    const url = readUrl(attribute('url'), scope, tools, 'error');
    const dev = devUrl(scope);
    const around = hooks(scope);
    return {
      name,
      ...(url === undefined ? {} : { url }),
      ...(dev === undefined ? {} : { devUrl: dev }),
      src: src(scope),
      schemas: schemas(scope),
      exclude: exclude(scope),
      migration: migration(scope),
      formats: formats(scope),
      extra: extra(scope),
      policies,
      ...(around === undefined ? {} : { hooks: around }),
    };
  };
}

/** `dev` may be what this version cannot connect to (docker://): that matters to who uses it, not here. */
function readUrl(
  attribute: hcl.Attribute | undefined,
  scope: hcl.Scope,
  { reader, evaluator, parseUrl }: EnvTools,
  severity: 'error' | 'warning',
): DatabaseUrl | undefined {
  const text = reader.text(attribute, scope, severity);
  if (attribute === undefined || text === undefined || text === '') return undefined;
  try {
    return (parseUrl ?? parseDatabaseUrl)(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    evaluator.problems.add({
      code: error.code,
      severity,
      summary: `Invalid "${attribute.name}"`,
      detail: `${error.message}.`,
      at: attribute.value,
    });
    return undefined;
  }
}

/** Atlas reads `src` first, `schema { src }` only where that is absent (atlas-config-cli.md 1.3). */
function readSources(body: hcl.Body, scope: hcl.Scope, reader: BlockReader): readonly string[] {
  const own = hcl.findAttribute(body, 'src');
  if (own !== undefined) return reader.texts(own, scope, 'warning');
  const schema = hcl.findBlocks(body, 'schema')[0];
  return schema === undefined ? [] : reader.texts(hcl.findAttribute(schema.body, 'src'), scope, 'warning');
}

function readMigration(body: hcl.Body, scope: hcl.Scope, reader: BlockReader): MigrationConfig | undefined {
  const block = hcl.findBlocks(body, 'migration')[0];
  if (block === undefined) return undefined;
  const attribute = (key: string) => hcl.findAttribute(block.body, key);
  const text = (key: string) => reader.text(attribute(key), scope);
  const execOrder = reader.word(attribute('exec_order'), scope, EXEC_ORDERS);
  return withoutUndefined({
    dir: text('dir') ?? 'file://migrations',
    format: reader.word(attribute('format'), scope, FORMATS),
    baseline: text('baseline'),
    execOrder: execOrder?.toLowerCase().replaceAll('_', '-'),
    txMode: reader.word(attribute('tx_mode'), scope, TX_MODES),
    lockTimeoutMs: reader.durationMs(attribute('lock_timeout'), scope),
    lockName: text('lock_name'),
    revisionsSchema: text('revisions_schema'),
    toVersion: text('to_version'),
  });
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function withoutUndefined<T extends object>(record: T): Present<T>;
function withoutUndefined(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** `format { migrate { apply = "…" } }` by "migrate.apply". `log` is the old name of `format`, which wins. */
function readFormats(body: hcl.Body, scope: hcl.Scope, reader: BlockReader): Readonly<Record<string, string>> {
  const formats: Record<string, string> = {};
  for (const type of ['log', 'format']) {
    for (const group of hcl.findBlocks(body, type).flatMap((block) => block.body.blocks)) {
      for (const attribute of group.body.attributes) {
        const text = reader.text(attribute, scope);
        if (text !== undefined) formats[`${group.type}.${attribute.name}`] = text;
      }
    }
  }
  return formats;
}

function readExtra(
  attributes: readonly hcl.Attribute[],
  scope: hcl.Scope,
  reader: BlockReader,
): ReadonlyMap<string, hcl.Value> {
  const extra = new Map<string, hcl.Value>();
  for (const attribute of attributes) {
    const value = reader.as(attribute, hcl.ANY, scope, 'warning');
    if (value !== undefined) extra.set(attribute.name, value);
  }
  return extra;
}

/** The env's own blocks, else the file's. */
function policiesOf(body: hcl.Body, file: ProjectSyntax['policies']): ProjectSyntax['policies'] {
  const pick = (type: keyof ProjectSyntax['policies']): readonly hcl.Block[] => {
    const own = hcl.findBlocks(body, type);
    return own.length > 0 ? own : file[type];
  };
  return { lint: pick('lint'), diff: pick('diff'), test: pick('test') };
}
