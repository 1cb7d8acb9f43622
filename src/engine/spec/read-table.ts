import { type Scope, scopeOf } from '../hcl/evaluate/scope.ts';
import { type Block, findAttribute, findBlocks, rangeOf } from '../hcl/syntax/nodes.ts';
import { object } from '../hcl/values/value.ts';
import type { Check, Column, ForeignKey, ForeignKeyAction, Generated, Table } from '../schema/table.ts';
import { instancesOf } from './instances.ts';
import { readIndex, readPrimaryKey } from './read-index.ts';
import { namesOf, readProperties } from './read-properties.ts';
import { readType } from './read-type.ts';
import {
  missing,
  type Reader,
  readBool,
  readDefaultValue,
  readDependencies,
  readReferences,
  readString,
  readWord,
  warnUnknown,
} from './reader.ts';
import { type NamedBlock, partReferences } from './references.ts';

const ACTIONS: readonly ForeignKeyAction[] = ['NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT'];
const PARTS = ['column', 'primary_key', 'index', 'foreign_key', 'check'];
/** Where the dialect has them. */
const CONSTRAINTS = ['unique', 'exclude'] as const;

/** A table of the document; what is wrong with it is noted, and left out. */
export function readTable(reader: Reader, named: NamedBlock, schema: string): Table {
  const { block, scope: outer, name } = named;
  const { blocks } = reader.dialect;
  warnUnknown(reader, block, [
    'schema',
    'name',
    'for_each',
    'depends_on',
    'renamed_from',
    ...PARTS,
    ...CONSTRAINTS.filter((type) => blocks[type] !== undefined),
    ...namesOf(blocks.table),
  ]);
  const scope = scopeOf(
    {
      column: partReferences(reader, 'column', schema, named),
      index: partReferences(reader, 'index', schema, named),
      each: outer.lookup('each') ?? object({}),
    },
    outer,
  );
  const parts = (type: string) =>
    findBlocks(block.body, type).flatMap((part) => instancesOf(part, scope, reader.functions, reader.problems));
  const columns = parts('column').flatMap((part) => readColumn(reader, part.block, part.scope) ?? []);
  reportTwice(reader, block, 'column');
  reportTwice(reader, block, 'index');
  const keys = findBlocks(block.body, 'primary_key');
  for (const second of keys.slice(1))
    reader.problems.add('SCHEMA_TWICE', second, 'Duplicate primary_key', `table "${name}" has one already.`);
  const renamedFrom = readString(reader, block.body, 'renamed_from', scope);
  return {
    name,
    columns,
    ...(keys[0] === undefined ? {} : { primaryKey: readPrimaryKey(reader, keys[0], scope) }),
    foreignKeys: parts('foreign_key').flatMap((part) => readForeignKey(reader, part.block, part.scope, schema) ?? []),
    indexes: ['index', ...CONSTRAINTS.filter((type) => blocks[type] !== undefined)]
      .flatMap(parts)
      .map((part) => readIndex(reader, part.block, part.scope)),
    checks: parts('check').map((part) => readCheck(reader, part.block, part.scope)),
    properties: readProperties(reader, block, blocks.table, scope),
    dependsOn: readDependencies(reader, block.body, outer),
    range: rangeOf(block),
    ...(renamedFrom === undefined ? {} : { renamedFrom }),
  };
}

function reportTwice(reader: Reader, table: Block, type: string): void {
  const seen = new Set<string>();
  for (const block of findBlocks(table.body, type)) {
    const name = block.labels[0]?.value ?? '';
    if (seen.has(name))
      reader.problems.add('SCHEMA_TWICE', block, `Duplicate ${type}`, `${type} "${name}" stands in the table already.`);
    seen.add(name);
  }
}

function readColumn(reader: Reader, block: Block, scope: Scope): Column | undefined {
  const { column: specs } = reader.dialect.blocks;
  warnUnknown(reader, block, ['name', 'null', 'type', 'default', 'as', 'renamed_from', ...namesOf(specs)]);
  const type = readType(reader, block, scope);
  const value = readDefaultValue(reader, block.body, scope);
  const generated = readGenerated(reader, block, scope);
  const renamedFrom = readString(reader, block.body, 'renamed_from', scope);
  if (type === undefined) return undefined;
  return {
    name: readString(reader, block.body, 'name', scope) ?? block.labels[0]?.value ?? '',
    type,
    isNullable: readBool(reader, block.body, 'null', scope) ?? false,
    ...(value === undefined ? {} : { default: value }),
    ...(generated === undefined ? {} : { generated }),
    properties: readProperties(reader, block, specs, scope),
    range: rangeOf(block),
    ...(renamedFrom === undefined ? {} : { renamedFrom }),
  };
}

/** `as = "a + b"`, or a block with `expr` and `type`. */
function readGenerated(reader: Reader, block: Block, scope: Scope): Generated | undefined {
  const { generatedStorage } = reader.dialect;
  if (findAttribute(block.body, 'as') !== undefined) {
    const expression = readString(reader, block.body, 'as', scope);
    return expression === undefined ? undefined : { expression, storage: generatedStorage };
  }
  const [as] = findBlocks(block.body, 'as');
  if (as === undefined) return undefined;
  const expression = readString(reader, as.body, 'expr', scope);
  const storage = readWord(reader, as.body, 'type', scope)?.toUpperCase() ?? generatedStorage;
  if (expression === undefined) {
    missing(reader, as, 'expr');
    return undefined;
  }
  return { expression, storage: storage === 'VIRTUAL' ? 'VIRTUAL' : 'STORED' };
}

function readForeignKey(reader: Reader, block: Block, scope: Scope, schema: string): ForeignKey | undefined {
  const { foreign_key: specs } = reader.dialect.blocks;
  warnUnknown(reader, block, ['columns', 'ref_columns', 'on_update', 'on_delete', ...namesOf(specs)]);
  const columns = readReferences(reader, block.body, 'columns', 'column', scope);
  const referenced = readReferences(reader, block.body, 'ref_columns', 'column', scope);
  if (findAttribute(block.body, 'columns') === undefined) missing(reader, block, 'columns');
  if (findAttribute(block.body, 'ref_columns') === undefined) missing(reader, block, 'ref_columns');
  if (columns === undefined || referenced === undefined) return undefined;
  if (columns.length !== referenced.length && referenced.length > 0)
    reader.problems.add(
      'SCHEMA_FOREIGN_KEY',
      block,
      'Unequal number of columns',
      `${columns.length} columns refer to ${referenced.length}.`,
    );
  const [refSchema = schema, refTable = ''] = referenced[0]?.path ?? [];
  return {
    name: block.labels[0]?.value ?? '',
    columns: columns.map(({ path }) => path.at(-1) ?? ''),
    references: {
      schema: refSchema,
      table: refTable,
      columns: referenced.map(({ path }) => path.at(-1) ?? ''),
    },
    onUpdate: readAction(reader, block, 'on_update', scope),
    onDelete: readAction(reader, block, 'on_delete', scope),
    properties: readProperties(reader, block, specs, scope),
    range: rangeOf(block),
  };
}

function readAction(reader: Reader, block: Block, name: string, scope: Scope): ForeignKeyAction {
  const written = readWord(reader, block.body, name, scope);
  if (written === undefined) return 'NO ACTION';
  const action = ACTIONS.find((one) => one === written.toUpperCase().replaceAll('_', ' '));
  const at = findAttribute(block.body, name)?.value ?? block;
  if (action === undefined)
    reader.problems.add('SCHEMA_WORD', at, 'Unknown word', `"${name}" is one of ${ACTIONS.map(word).join(', ')}.`);
  return action ?? 'NO ACTION';
}

const word = (action: string): string => action.replaceAll(' ', '_');

function readCheck(reader: Reader, block: Block, scope: Scope): Check {
  const { check: specs } = reader.dialect.blocks;
  warnUnknown(reader, block, ['expr', ...namesOf(specs)]);
  const expression = readString(reader, block.body, 'expr', scope);
  if (expression === undefined) missing(reader, block, 'expr');
  return {
    name: block.labels[0]?.value ?? '',
    expression: expression ?? '',
    properties: readProperties(reader, block, specs, scope),
    range: rangeOf(block),
  };
}
