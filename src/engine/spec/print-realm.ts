import type { Dialect } from '../dialects/dialect.ts';
import type { ObjectReference, SchemaObject } from '../schema/object.ts';
import { referenceKey, referencesIn } from '../schema/property-references.ts';
import type { Realm, Schema } from '../schema/realm.ts';
import type { Check, Column, ColumnType, ForeignKey, Index, IndexPart, PrimaryKey, Table } from '../schema/table.ts';
import { attribute, block, type HclBlock, type HclItem, printBlocks, quoteText, step } from './hcl-writer.ts';
import { type DocumentWords, printDefault, printProperties, printSql } from './print-properties.ts';

/**
 * The realm as a document: tables, then other objects, schemas last (atlas-engine.md 1.7). Canonical: what it prints, read and compared
 * with the realm, is no change.
 */
export function printRealm(dialect: Dialect, realm: Realm): string {
  const names = namesOf(realm);
  const { schemas } = realm;
  const all = Object.keys(dialect.objects);
  const kinds = [
    ...all.filter((kind) => dialect.objects[kind]?.readsTables === true),
    ...all.filter((kind) => dialect.objects[kind]?.readsTables !== true),
  ];
  const objectsOf = (kind: string): readonly HclBlock[] => [
    ...schemas.flatMap((schema) =>
      schema.objects.filter((one) => one.kind === kind).map((one) => printObject(dialect, names, schema, one)),
    ),
    ...realm.objects.filter((one) => one.kind === kind).map((one) => printObject(dialect, names, undefined, one)),
  ];
  return printBlocks([
    ...schemas.flatMap((schema) => schema.tables.map((table) => printTable(dialect, names, schema, table))),
    ...kinds.flatMap(objectsOf),
    ...schemas.map(({ name, properties }) =>
      block('schema', [name], printProperties(properties, dialect.blocks.schema)),
    ),
  ]);
}

/** How things are named in the document: with their schema where two have one name. */
interface Names {
  labels(kind: string, schema: string, name: string): readonly string[];
  /** Whether the document has it. */
  has(reference: ObjectReference): boolean;
}

function namesOf({ schemas, objects }: Realm): Names {
  const known = new Set(
    [
      ...objects.map(({ kind, name }) => ({ kind, name })),
      ...schemas.flatMap(({ name: schema, tables, objects: own }) => [
        ...tables.map(({ name }) => ({ kind: 'table', schema, name })),
        ...own.map(({ kind, name }) => ({ kind, schema, name })),
      ]),
    ].map(referenceKey),
  );
  const owners = new Map<string, number>();
  const key = (kind: string, name: string): string => JSON.stringify([kind, name]);
  const count = (kind: string, name: string): void => {
    owners.set(key(kind, name), (owners.get(key(kind, name)) ?? 0) + 1);
  };
  for (const schema of schemas) {
    for (const { name } of schema.tables) count('table', name);
    for (const kind of new Set(schema.objects.map((one) => one.kind)))
      for (const name of new Set(schema.objects.filter((one) => one.kind === kind).map((one) => one.name)))
        count(kind, name);
  }
  return {
    labels: (kind, schema, name) => ((owners.get(key(kind, name)) ?? 0) > 1 ? [schema, name] : [name]),
    has: (one) => known.has(referenceKey(one)),
  };
}

const reference = (kind: string, labels: readonly string[]): string => `${kind}${labels.map(step).join('')}`;

function printTable(dialect: Dialect, names: Names, schema: Schema, table: Table): HclBlock {
  const { blocks } = dialect;
  const { primaryKey } = table;
  const properties = printProperties(table.properties, blocks.table);
  return block('table', names.labels('table', schema.name, table.name), [
    attribute('schema', `schema${step(schema.name)}`),
    ...properties.filter(({ kind }) => kind === 'attribute'),
    ...printDependencies(names, table.dependsOn, []),
    ...table.columns.map((column) => printColumn(dialect, names, schema.name, column)),
    ...(primaryKey === undefined ? [] : [printPrimaryKey(dialect, primaryKey)]),
    ...table.foreignKeys.map((key) => printForeignKey(dialect, names, schema, table, key)),
    ...table.indexes.filter(({ constraint }) => constraint === undefined).map((index) => printIndex(dialect, index)),
    ...table.indexes.filter(({ constraint }) => constraint !== undefined).map((index) => printIndex(dialect, index)),
    ...table.checks.map((check) => printCheck(dialect, check)),
    ...properties.filter(({ kind }) => kind === 'block'),
  ]);
}

function printColumn(dialect: Dialect, names: Names, schema: string, column: Column): HclBlock {
  const { generated } = column;
  return block(
    'column',
    [column.name],
    [
      attribute('null', String(column.isNullable)),
      attribute('type', printType(dialect, names, schema, column.type)),
      ...(column.default === undefined ? [] : [attribute('default', printDefault(column.default))]),
      ...printProperties(column.properties, dialect.blocks.column),
      ...(generated === undefined
        ? []
        : [
            block('as', [], [attribute('expr', quoteText(generated.expression)), attribute('type', generated.storage)]),
          ]),
    ],
  );
}

function printType(dialect: Dialect, names: Names, schema: string, { text, object }: ColumnType): string {
  if (object === undefined) return dialect.types.print(text) ?? printSql(text);
  if (text === object.name && names.has(object))
    return reference(object.kind, names.labels(object.kind, object.schema ?? '', object.name));
  // An array of the object, or one that the document does not have, can only be said as SQL.
  const name = [...(object.schema === schema ? [] : [object.schema ?? '']), object.name].map((part) =>
    /^[a-z_][a-z0-9_$]*$/.test(part) ? part : dialect.quote(part),
  );
  return printSql(`${name.join('.')}${text.slice(object.name.length)}`);
}

/** `columns` where every part is a plain ascending column, else one `on` for each. */
function printParts({ blocks }: Dialect, parts: readonly IndexPart[]): readonly HclItem[] {
  const isPlain = parts.every(
    ({ column, isDescending, properties }) =>
      column !== undefined && !isDescending && Object.keys(properties).length === 0,
  );
  if (isPlain) return [attribute('columns', `[${parts.map(({ column = '' }) => `column${step(column)}`).join(', ')}]`)];
  return parts.map(({ column, expression = '', isDescending, properties }) =>
    block(
      'on',
      [],
      [
        ...(isDescending ? [attribute('desc', 'true')] : []),
        column === undefined ? attribute('expr', quoteText(expression)) : attribute('column', `column${step(column)}`),
        ...printProperties(properties, blocks.on),
      ],
    ),
  );
}

function printIndex(dialect: Dialect, { name, isUnique, constraint, parts, properties }: Index): HclBlock {
  return block(
    constraint ?? 'index',
    name === '' ? [] : [name],
    inOrder([
      ...(isUnique && constraint === undefined ? [attribute('unique', 'true')] : []),
      ...printParts(dialect, parts),
      ...printProperties(properties, dialect.blocks[constraint ?? 'index'] ?? []),
    ]),
  );
}

/** Attributes before blocks: `where` of an index with `on` parts stands above them. */
const inOrder = (items: readonly HclItem[]): readonly HclItem[] => [
  ...items.filter(({ kind }) => kind === 'attribute'),
  ...items.filter(({ kind }) => kind === 'block'),
];

const printPrimaryKey = (dialect: Dialect, { name, parts, properties }: PrimaryKey): HclBlock =>
  block(
    'primary_key',
    name === '' ? [] : [name],
    inOrder([...printParts(dialect, parts), ...printProperties(properties, dialect.blocks.primary_key)]),
  );

function printForeignKey(dialect: Dialect, names: Names, schema: Schema, table: Table, key: ForeignKey): HclBlock {
  const { references } = key;
  const isOwn = references.table === table.name && references.schema === schema.name;
  const target = isOwn ? '' : `${reference('table', names.labels('table', references.schema, references.table))}.`;
  return block('foreign_key', key.name === '' ? [] : [key.name], [
    attribute('columns', `[${key.columns.map((name) => `column${step(name)}`).join(', ')}]`),
    attribute('ref_columns', `[${references.columns.map((name) => `${target}column${step(name)}`).join(', ')}]`),
    attribute('on_update', key.onUpdate.replaceAll(' ', '_')),
    attribute('on_delete', key.onDelete.replaceAll(' ', '_')),
    ...printProperties(key.properties, dialect.blocks.foreign_key),
  ]);
}

const printCheck = (dialect: Dialect, { name, expression, properties }: Check): HclBlock =>
  block('check', name === '' ? [] : [name], [
    attribute('expr', quoteText(expression)),
    ...printProperties(properties, dialect.blocks.check),
  ]);

/** @param schema undefined for what belongs to none */
function printObject(dialect: Dialect, names: Names, schema: Schema | undefined, object: SchemaObject): HclBlock {
  const { kind, name, on, properties } = object;
  const spec = dialect.objects[kind];
  const owner = schema === undefined ? [] : [printOwner(names, schema, on)];
  const items = printProperties(properties, spec?.attributes ?? [], wordsOf(dialect, names, schema?.name ?? ''));
  const labels = spec?.isQualified === true ? names.labels(kind, schema?.name ?? '', name) : [name];
  const said = [...referencesIn(properties), { kind, schema: schema?.name ?? '', name }];
  return block(kind, labels, [
    ...owner,
    ...items.filter((item) => item.kind === 'attribute'),
    ...(spec?.hasDependencies === true ? printDependencies(names, object.dependsOn, said) : []),
    ...items.filter((item) => item.kind === 'block'),
  ]);
}

const printOwner = (names: Names, schema: Schema, on: string | undefined): HclItem =>
  on === undefined
    ? attribute('schema', `schema${step(schema.name)}`)
    : attribute('on', reference(kindOf(schema, on), names.labels(kindOf(schema, on), schema.name, on)));

/** @param said elsewhere in the block */
function printDependencies(
  names: Names,
  dependsOn: readonly ObjectReference[],
  said: readonly ObjectReference[],
): readonly HclItem[] {
  const known = new Set(said.map(referenceKey));
  const texts = dependsOn
    .filter((one) => one.on === undefined && names.has(one) && !known.has(referenceKey(one)))
    .map((one) => reference(one.kind, names.labels(one.kind, one.schema ?? '', one.name)));
  return texts.length === 0 ? [] : [attribute('depends_on', `[${[...new Set(texts)].toSorted().join(', ')}]`)];
}

const wordsOf = (dialect: Dialect, names: Names, schema: string): DocumentWords => ({
  reference: ({ kind, schema: of = '', on, name }) =>
    on === undefined
      ? reference(kind, kind === 'schema' ? [name] : names.labels(kind, of, name))
      : `${reference('table', names.labels('table', of, on))}.${kind}${step(name)}`,
  type: (type) => printType(dialect, names, schema, type),
  index: (index) => printIndex(dialect, index),
});

/** A name is one of a table, a view or another relation: no two have the same. */
const kindOf = ({ tables, objects }: Schema, on: string): string =>
  tables.some(({ name }) => name === on)
    ? 'table'
    : (objects.find(({ kind, name }) => name === on && RELATIONS.has(kind))?.kind ?? 'table');

const RELATIONS = new Set(['view', 'materialized', 'foreign_table', 'partition']);
