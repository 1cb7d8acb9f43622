import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { type Scope, scopeOf } from '../hcl/evaluate/scope.ts';
import { createFunctions, SQL_FUNCTION } from '../hcl/functions/create-functions.ts';
import { type Expression, findBlocks, rangeOf } from '../hcl/syntax/nodes.ts';
import { parseFile } from '../hcl/syntax/parse-body.ts';
import type { Value } from '../hcl/values/value.ts';
import type { SchemaObject } from '../schema/object.ts';
import type { Realm, Schema } from '../schema/realm.ts';
import { type InputValues, inputsOf } from './inputs.ts';
import { instancesOf } from './instances.ts';
import { Problems } from './problems.ts';
import { namesOf } from './read-index.ts';
import { readProperties } from './read-properties.ts';
import { readTable } from './read-table.ts';
import { missing, type Reader, readReference, warnUnknown } from './reader.ts';
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
    (named.get(kind) ?? []).flatMap((one) => readObject(reader, kind, { ...one, scope: within(one) })),
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
  for (const { block } of tables)
    if (!block.body.attributes.some((attribute) => attribute.name === 'schema')) missing(reader, block, 'schema');
  return { realm: dialect.normalize({ objects: [], schemas: read }), diagnostics: problems.list };
}

interface PlacedObject {
  /** '' where it says none. */
  readonly schema: string;
  readonly object: SchemaObject;
}

/** An object and where it belongs: what stands on a table belongs where the table does. */
function readObject(reader: Reader, kind: string, named: NamedBlock): readonly PlacedObject[] {
  const spec = reader.dialect.objects[kind];
  if (spec === undefined) return [];
  const { block, scope, name } = named;
  const on = ['table', 'view'].flatMap((type) =>
    block.body.attributes.some((attribute) => attribute.name === 'on' && isOf(attribute.value, type))
      ? (readReference(reader, block.body, 'on', type, scope) ?? [])
      : [],
  )[0];
  const schema = on === undefined ? schemaOf(reader, { block, scope }) : (on.path[0] ?? '');
  warnUnknown(reader, block, ['schema', 'name', 'for_each', 'depends_on', 'on', ...namesOf(spec.attributes)]);
  const object: SchemaObject = {
    kind,
    name,
    ...(on === undefined ? {} : { on: on.path[1] ?? '' }),
    properties: readProperties(reader, block, spec.attributes, on === undefined ? scope : columnsOf(scope, on.entries)),
    dependsOn: [],
    range: rangeOf(block),
  };
  return [{ schema, object }];
}

const columnsOf = (scope: Scope, entries: ReadonlyMap<string, Value> | undefined): Scope => {
  const column = entries?.get('column');
  return column === undefined ? scope : scopeOf({ column }, scope);
};

/** Whether a traversal begins with this name. */
const isOf = (expression: Expression, root: string): boolean =>
  expression.kind === 'Variable'
    ? expression.name === root
    : (expression.kind === 'GetAttribute' || expression.kind === 'Index') && isOf(expression.object, root);
