import type { SchemaSource } from '../../config/types.ts';
import {
  type DatabaseUrl,
  DEFAULT_LIMITS,
  type Dialect,
  dialectOf,
  excludeFrom,
  NO_DEV,
  parsePatterns,
  type Realm,
} from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import { hasColour } from '../io.ts';
import type { MigrateDeps, SchemaFile } from '../migrate/deps.ts';
import { resolvePath } from '../resolve-path.ts';
import type { SchemaSettings } from './flags.ts';

const FILE = 'file://';

export interface StateRequest {
  readonly dialect: Dialect;
  readonly settings: SchemaSettings;
  /** HCL may be compared as it is written: `schema apply` without a dev database. */
  readonly isDevOptional: boolean;
}

/** The database of a URL that is no file. */
async function databaseOf(
  deps: MigrateDeps,
  urls: readonly string[],
  settings: SchemaSettings,
): Promise<DatabaseUrl | undefined> {
  const url = urls.find((one) => !isFile(settings, one));
  return url === undefined ? undefined : deps.parseUrl(url);
}

/** Files, or what a data source has read. */
const isFile = ({ schemaSources }: SchemaSettings, url: string): boolean =>
  url.startsWith(FILE) || Object.hasOwn(schemaSources, url);

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
  const { settings, dialect, isDevOptional } = request;
  const files = urls.filter((url) => isFile(settings, url));
  if (files.length === 0) {
    if (urls.length > 1)
      throw new AppError('INPUT_INVALID', `${urls.length} databases are named, expected one database or files`);
    return (await deps.engine()).inspect(await deps.parseUrl(first), DEFAULT_LIMITS);
  }
  if (files.length < urls.length)
    throw new AppError('INPUT_INVALID', 'a database and files are named together, expected one database or files');
  const [source, other] = files.flatMap((url) => settings.schemaSources[url] ?? []);
  if (other !== undefined || (source !== undefined && files.length > 1))
    throw new AppError('INPUT_INVALID', `${files.length} desired states are named, expected one data source, or files`);
  const sources =
    source === undefined
      ? (await Promise.all(files.map((url) => readFiles(deps, url)))).flat()
      : await readSource(deps, source, files[0] ?? '');
  const { devUrl, lockTimeoutMs } = settings;
  const inputs = source !== undefined && 'inputs' in source ? source.inputs : settings.inputs;
  const common = { limits: DEFAULT_LIMITS, colour: hasColour(deps.io) };
  return (await deps.engine()).loadDesired({
    ...common,
    ...{ dialect, files: sources, inputs, devUrl, isDevOptional, lockTimeoutMs },
  });
}

/** What a data source stands for. */
async function readSource(deps: MigrateDeps, source: SchemaSource, url: string): Promise<readonly SchemaFile[]> {
  if ('paths' in source)
    return (await Promise.all(source.paths.map((place) => readFiles(deps, `${FILE}${place}`)))).flat();
  const text = await deps.runProgram(source.program, source.workingDir).catch((error: Error) => {
    throw new AppError('SCHEMA_INVALID', error.message, { next: `run the program of ${url} by hand`, cause: error });
  });
  return [{ name: `${url.slice('mem://'.length)}.sql`, text }];
}

async function readFiles(deps: MigrateDeps, url: string): Promise<readonly SchemaFile[]> {
  const place = url.slice(FILE.length).replace(/\?.*$/s, '');
  const files = await deps.files.readSchema(resolvePath(deps.io.cwd, place));
  if (files === undefined) throw new AppError('INPUT_INVALID', `stat ${place}: no such file or directory`);
  if (files.length === 0)
    throw new AppError('SCHEMA_EMPTY', `"${place}" has no .hcl and no .sql file, expected the desired schema`);
  return files;
}

/** What both sides of a command speak: the dialect of the first database that is named, else that of the dev database. */
export async function dialectFor(
  deps: MigrateDeps,
  urls: readonly string[],
  settings: SchemaSettings,
): Promise<Dialect> {
  const url = (await databaseOf(deps, urls, settings)) ?? settings.devUrl;
  if (url === undefined) throw new AppError('INPUT_INVALID', NO_DEV);
  return dialectOf(url);
}
