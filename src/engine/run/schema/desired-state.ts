import { AppError } from '../../../shared/errors.ts';
import { atlasText } from '../../diagnostics/atlas-text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderDiagnostic } from '../../diagnostics/render-diagnostic.ts';
import { SourceText } from '../../diagnostics/source-text.ts';
import type { Dialect } from '../../dialects/dialect.ts';
import { SCAN_OPTIONS } from '../../dialects/index.ts';
import { scanText } from '../../dialects/scan-statements.ts';
import { planCreation } from '../../plan/plan-realms.ts';
import type { Realm } from '../../schema/realm.ts';
import { reattach } from '../../schema/reattach.ts';
import { renameSchema } from '../../schema/rename-schema.ts';
import type { InputValues } from '../../spec/inputs.ts';
import { readDocument } from '../../spec/read-document.ts';
import type { DatabaseUrl } from '../../url/database-url.ts';
import type { Engine, SessionLimits } from '../types.ts';

/** A desired state as somebody has written it. */
export interface DesiredState {
  readonly dialect: Dialect;
  /** HCL, or SQL; read as one document, in this order. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** For `variable` blocks. */
  readonly inputs: InputValues;
  readonly devUrl: DatabaseUrl | undefined;
  /** HCL may be compared as it is written. */
  readonly isDevOptional: boolean;
  readonly limits: SessionLimits;
  /** How long a dev database that somebody else uses is waited for. */
  readonly lockTimeoutMs: number;
  /** Of the frames in messages. */
  readonly colour: boolean;
}

/** SQL that is to be run goes through a database; so does HCL, whose expressions the server says in its own words. */
export const NO_DEV = '--dev-url cannot be empty';

/**
 * Engine.loadDesired: the state that files describe. HCL and SQL go through the dev database.
 * @throws AppError SCHEMA_INVALID with every mistake, SCHEMA_EMPTY, SCHEMA_SCOPE, INPUT_INVALID; what the dev database says
 */
export async function loadDesired(loadOnDev: Engine['loadOnDev'], desired: DesiredState): Promise<Realm> {
  const { files } = desired;
  const isSql = files.some(({ name }) => name.endsWith('.sql'));
  if (isSql && files.some(({ name }) => name.endsWith('.hcl')))
    throw new AppError('INPUT_INVALID', 'HCL and SQL files are named together, expected one of them');
  return isSql ? loadSql(loadOnDev, desired) : loadHcl(loadOnDev, desired);
}

async function loadSql(loadOnDev: Engine['loadOnDev'], desired: DesiredState): Promise<Realm> {
  const { files, dialect, devUrl, limits, lockTimeoutMs } = desired;
  if (devUrl === undefined) throw new AppError('INPUT_INVALID', NO_DEV);
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
  return loadOnDev(devUrl, statements, limits, lockTimeoutMs);
}

async function loadHcl(loadOnDev: Engine['loadOnDev'], desired: DesiredState): Promise<Realm> {
  const { dialect, files, inputs, devUrl, isDevOptional } = desired;
  if (devUrl === undefined && !isDevOptional) throw new AppError('INPUT_INVALID', NO_DEV);
  const { realm, diagnostics } = readDocument(
    dialect,
    files.map(({ name, text }) => ({ file: name, text })),
    inputs,
  );
  if (diagnostics.some(({ severity }) => severity === 'error')) throw invalid(desired, diagnostics);
  if (realm.schemas.length === 0)
    throw new AppError(
      'SCHEMA_EMPTY',
      `${files.map(({ name }) => name).join(', ')}: no schema block, expected the desired schema`,
      {
        next: 'declare each schema, also an empty one: schema "main" {}',
      },
    );
  return devUrl === undefined ? realm : reattach(realm, await normalizeOnDev(loadOnDev, realm, devUrl, desired));
}

/** What the dev database makes of a document: one that is bound to a schema has that of the document under its own name for the while. */
async function normalizeOnDev(
  loadOnDev: Engine['loadOnDev'],
  written: Realm,
  devUrl: DatabaseUrl,
  { dialect, limits, lockTimeoutMs }: DesiredState,
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
  const loaded = await loadOnDev(devUrl, statements, limits, lockTimeoutMs, names);
  return isBound ? renameSchema(loaded, devUrl.schema, only) : loaded;
}

/** Atlas's line of the first mistake, then each with its lines of the file. */
function invalid({ files, colour }: DesiredState, diagnostics: readonly Diagnostic[]): AppError {
  const sources = new Map(files.map(({ name, text }) => [name, text] as const));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const details = errors.map((one) => ({ message: one.summary, frame: renderDiagnostic(one, sources, { colour }) }));
  return new AppError('SCHEMA_INVALID', first === undefined ? '' : atlasText(first), { details });
}
