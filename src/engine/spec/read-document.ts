import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { type Scope, scopeOf } from '../hcl/evaluate/scope.ts';
import { createFunctions, SQL_FUNCTION } from '../hcl/functions/create-functions.ts';
import { findBlocks, rangeOf } from '../hcl/syntax/nodes.ts';
import { parseFile } from '../hcl/syntax/parse-body.ts';
import type { Realm, Schema } from '../schema/realm.ts';
import { type InputValues, inputsOf } from './inputs.ts';
import { instancesOf } from './instances.ts';
import { Problems } from './problems.ts';
import { readObject } from './read-object.ts';
import { readProperties } from './read-properties.ts';
import { readTable } from './read-table.ts';
import { missing, type Reader } from './reader.ts';
import { type NamedBlock, nameBlock, objectReferences, schemaOf, schemaReferences } from './references.ts';

export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

export interface ReadDocument {
  /** In canonical form. Whole only where there is no error. */
  readonly realm: Realm;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads files of the schema language as one document (atlas-engine.md 1.1, 1.8). Never throws on what a user wrote. */
export function readDocument(
  dialect: Dialect,
  files: readonly SourceFile[],
  given: InputValues = new Map(),
): ReadDocument {
  const problems = new Problems();
  const functions = new Map(createFunctions()).set('sql', SQL_FUNCTION);
  const reader: Reader = { dialect, functions, problems };
  const bodies = files.map(({ file, text }) => {
    const { value, diagnostics } = parseFile(file, text);
    problems.addAll(diagnostics);
    return value;
  });
  const inputs = inputsOf(bodies, given, functions, problems);
  const blocksOf = (type: string, scope: Scope): readonly NamedBlock[] =>
    bodies
      .flatMap((body) => findBlocks(body, type))
      .flatMap((block) => instancesOf(block, scope, functions, problems))
      .map((instance) => nameBlock(reader, instance));

  const schemas = blocksOf('schema', inputs);
  const scope = scopeOf({ schema: schemaReferences(schemas) }, inputs);
  const kinds = ['table', ...Object.keys(dialect.objects)];
  const named = new Map(kinds.map((kind) => [kind, blocksOf(kind, scope)] as const));
  const references = scopeOf(
    Object.fromEntries([...named].map(([kind, blocks]) => [kind, objectReferences(reader, kind, blocks)])),
    scope,
  );
  const within = ({ scope: own }: NamedBlock): Scope => {
    const each = own.lookup('each');
    return each === undefined ? references : scopeOf({ each }, references);
  };
  const known = [...kinds, 'schema', 'variable', 'locals'];
  for (const block of bodies.flatMap((body) => body.blocks))
    if (!known.includes(block.type))
      problems.add(
        'SCHEMA_UNKNOWN',
        block,
        'Unsupported',
        `block "${block.type}" means nothing to ${dialect.name}.`,
        'warning',
      );

  const tables = named.get('table') ?? [];
  const placed = tables.map((table) => ({ ...table, scope: within(table) }));
  const tablesOf = Map.groupBy(placed, (table) => schemaOf(reader, table));
  const objects = Object.keys(dialect.objects).flatMap((kind) =>
    (named.get(kind) ?? []).map((one) => readObject(reader, kind, { ...one, scope: within(one) })),
  );
  const objectsOf = Map.groupBy(objects, ({ schema }) => schema);
  const read = schemas.map(
    ({ block, name, scope: own }): Schema => ({
      name,
      properties: readProperties(reader, block, dialect.blocks.schema, own),
      tables: (tablesOf.get(name) ?? []).map((table) => readTable(reader, table, name)),
      objects: (objectsOf.get(name) ?? []).map(({ object }) => object),
      range: rangeOf(block),
    }),
  );
  // Where the schema is not there, what else is wrong with the table is said too.
  for (const table of tablesOf.get('') ?? []) readTable(reader, table, '');
  for (const { block } of tables)
    if (!block.body.attributes.some((attribute) => attribute.name === 'schema')) missing(reader, block, 'schema');
  const ofNone = (objectsOf.get('') ?? []).map(({ object }) => object);
  const ofRealm = ofNone.filter(({ kind }) => dialect.objects[kind]?.isOfRealm === true);
  return { realm: dialect.normalize({ objects: ofRealm, schemas: read }), diagnostics: problems.list };
}
