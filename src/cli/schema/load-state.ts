import {
  atlasText,
  type DatabaseUrl,
  DEFAULT_LIMITS,
  type Diagnostic,
  type Dialect,
  dialectOf,
  excludeFrom,
  parsePatterns,
  planCreation,
  type Realm,
  readDocument,
  reattach,
  renameSchema,
  renderDiagnostic,
  SCAN_OPTIONS,
  SourceText,
  scanText,
} from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { hasColour } from '../io.ts';
import type { MigrateDeps, SchemaFile } from '../migrate/deps.ts';
import { resolvePath } from '../resolve-path.ts';
import type { SchemaSettings } from './flags.ts';

const FILE = 'file://';
/** SQL that is to be run goes through a database; so does HCL, whose expressions the server says in its own words. */
const NO_DEV = '--dev-url cannot be empty';

export interface StateRequest {
  readonly dialect: Dialect;
  readonly settings: SchemaSettings;
  /** HCL may be compared as it is written: `schema apply` without a dev database. */
  readonly isDevOptional: boolean;
}

/** The database of a URL that is no file. */
async function databaseOf(deps: MigrateDeps, urls: readonly string[]): Promise<DatabaseUrl | undefined> {
  const url = urls.find((one) => !one.startsWith(FILE));
  return url === undefined ? undefined : deps.parseUrl(url);
}

/**
 * The state that some URLs name: one database, or HCL and SQL files and folders that are read as one document.
 * @throws AppError SCHEMA_INVALID with every mistake, SCHEMA_EMPTY, INPUT_INVALID; what a database says
 */
export const loadState = async (deps: MigrateDeps, urls: readonly string[], request: StateRequest): Promise<Realm> =>
  withoutExcluded(await loadWhole(deps, urls, request), request);

/** The realm without what `--exclude` names. @throws AppError INPUT_INVALID */
export function withoutExcluded(realm: Realm, { settings }: Pick<StateRequest, 'settings'>): Realm {
  const parsed = parsePatterns(settings.exclude);
  if ('problem' in parsed) throw new AppError('INPUT_INVALID', parsed.problem);
  return excludeFrom(realm, parsed.patterns, { isSchemaScoped: realm.boundTo !== undefined });
}

async function loadWhole(deps: MigrateDeps, urls: readonly string[], request: StateRequest): Promise<Realm> {
  const [first] = urls;
  if (first === undefined) throw new AppError('INPUT_INVALID', 'required flag "to" not set');
  const files = urls.filter((url) => url.startsWith(FILE));
  if (files.length === 0) {
    if (urls.length > 1)
      throw new AppError('INPUT_INVALID', `${urls.length} databases are named, expected one database or files`);
    return (await deps.engine()).inspect(await deps.parseUrl(first), DEFAULT_LIMITS);
  }
  if (files.length < urls.length)
    throw new AppError('INPUT_INVALID', 'a database and files are named together, expected one database or files');
  const sources = (await Promise.all(files.map((url) => readFiles(deps, url)))).flat();
  const isSql = sources.some(({ name }) => name.endsWith('.sql'));
  if (isSql && sources.some(({ name }) => name.endsWith('.hcl')))
    throw new AppError('INPUT_INVALID', 'HCL and SQL files are named together, expected one of them');
  return isSql ? loadSql(deps, sources, request) : loadHcl(deps, sources, request);
}

async function readFiles(deps: MigrateDeps, url: string): Promise<readonly SchemaFile[]> {
  const place = url.slice(FILE.length).replace(/\?.*$/s, '');
  const files = await deps.files.readSchema(resolvePath(deps.io.cwd, place));
  if (files === undefined) throw new AppError('INPUT_INVALID', `stat ${place}: no such file or directory`);
  if (files.length === 0)
    throw new AppError('SCHEMA_EMPTY', `"${place}" has no .hcl and no .sql file, expected the desired schema`);
  return files;
}

async function loadSql(
  deps: MigrateDeps,
  files: readonly SchemaFile[],
  { dialect, settings }: StateRequest,
): Promise<Realm> {
  if (settings.devUrl === undefined) throw new AppError('INPUT_INVALID', NO_DEV);
  const statements = files.flatMap(({ name, text }) => {
    const scanned = scanText(text, SCAN_OPTIONS[dialect.name]);
    if ('problem' in scanned)
      throw new AppError('SCHEMA_INVALID', `scanning statements from "${name}": ${scanned.problem.text}`);
    const source = new SourceText(name, text);
    return scanned.statements.map((one) => ({
      text: one.text,
      place: `${name}:${source.range(one.offset, one.offset).start.line}`,
    }));
  });
  if (statements.length === 0)
    throw new AppError(
      'SCHEMA_EMPTY',
      `${files.map(({ name }) => name).join(', ')}: no statement, expected the desired schema`,
    );
  return (await deps.engine()).loadOnDev(settings.devUrl, statements, DEFAULT_LIMITS, settings.lockTimeoutMs);
}

async function loadHcl(deps: MigrateDeps, files: readonly SchemaFile[], request: StateRequest): Promise<Realm> {
  const { dialect, settings, isDevOptional } = request;
  const { devUrl, inputs } = settings;
  if (devUrl === undefined && !isDevOptional) throw new AppError('INPUT_INVALID', NO_DEV);
  const { realm, diagnostics } = readDocument(
    dialect,
    files.map(({ name, text }) => ({ file: name, text })),
    inputs,
  );
  if (diagnostics.some(({ severity }) => severity === 'error')) throw invalid(deps, files, diagnostics);
  if (realm.schemas.length === 0)
    throw new AppError(
      'SCHEMA_EMPTY',
      `${files.map(({ name }) => name).join(', ')}: no schema block, expected the desired schema`,
      {
        next: 'declare each schema, also an empty one: schema "main" {}',
      },
    );
  if (devUrl === undefined) return realm;
  return reattach(realm, await normalizeOnDev(deps, realm, devUrl, request));
}

/** What the dev database makes of a document: one that is bound to a schema has that of the document under its own name for the while. */
async function normalizeOnDev(
  deps: MigrateDeps,
  written: Realm,
  devUrl: DatabaseUrl,
  { dialect, settings }: StateRequest,
): Promise<Realm> {
  const names = written.schemas.map(({ name }) => name);
  const [only = ''] = names;
  const isBound = devUrl.schema !== '';
  if (isBound && names.length > 1)
    throw new AppError(
      'SCHEMA_SCOPE',
      `cannot use HCL with more than 1 schema when dev-url is limited to schema "${devUrl.schema}"`,
      {
        next: 'leave the schema out of --dev-url',
      },
    );
  const statements = planCreation(
    dialect,
    isBound ? { ...renameSchema(written, only, devUrl.schema), boundTo: devUrl.schema } : written,
  )
    .statements('')
    .map(({ text }) => ({ text }));
  const engine = await deps.engine();
  const loaded = await engine.loadOnDev(devUrl, statements, DEFAULT_LIMITS, settings.lockTimeoutMs, names);
  return isBound ? renameSchema(loaded, devUrl.schema, only) : loaded;
}

/** Atlas's line of the first mistake, then each with its lines of the file. */
function invalid(deps: MigrateDeps, files: readonly SchemaFile[], diagnostics: readonly Diagnostic[]): AppError {
  const sources = new Map(files.map(({ name, text }) => [name, text] as const));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const details = errors.map((one) => ({
    message: one.summary,
    frame: renderDiagnostic(one, sources, { colour: hasColour(deps.io) }),
  }));
  return new AppError('SCHEMA_INVALID', first === undefined ? '' : atlasText(first), { details });
}

/** What both sides of a command speak: the dialect of the first database that is named, else that of the dev database. */
export async function dialectFor(
  deps: MigrateDeps,
  urls: readonly string[],
  { devUrl }: SchemaSettings,
): Promise<Dialect> {
  const url = (await databaseOf(deps, urls)) ?? devUrl;
  if (url === undefined) throw new AppError('INPUT_INVALID', NO_DEV);
  return dialectOf(url);
}
