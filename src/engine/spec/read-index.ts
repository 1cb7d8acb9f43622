import type { Scope } from '../hcl/evaluate/scope.ts';
import { type Block, findAttribute, findBlocks, rangeOf } from '../hcl/syntax/nodes.ts';
import type { Index, IndexPart, PrimaryKey } from '../schema/table.ts';
import { namesOf, readProperties } from './read-properties.ts';
import { type Reader, readBool, readReference, readReferences, readString, warnUnknown } from './reader.ts';

/** An index, or a constraint that an index keeps: blocks `index`, `unique`, `exclude`. */
export function readIndex(reader: Reader, block: Block, scope: Scope): Index {
  const constraint = block.type === 'index' ? undefined : (block.type as NonNullable<Index['constraint']>);
  const specs = reader.dialect.blocks[constraint ?? 'index'] ?? [];
  warnUnknown(reader, block, ['name', 'unique', 'columns', 'on', 'renamed_from', ...namesOf(specs)]);
  const label = block.labels[0]?.value ?? '';
  const renamedFrom = readString(reader, block.body, 'renamed_from', scope);
  return {
    name: readString(reader, block.body, 'name', scope) ?? label,
    isUnique: constraint === 'unique' || (readBool(reader, block.body, 'unique', scope) ?? false),
    ...(constraint === undefined ? {} : { constraint }),
    parts: readParts(reader, block, scope, label),
    properties: readProperties(reader, block, specs, scope),
    range: rangeOf(block),
    ...(renamedFrom === undefined ? {} : { renamedFrom }),
  };
}

export function readPrimaryKey(reader: Reader, block: Block, scope: Scope): PrimaryKey {
  const { primary_key: specs } = reader.dialect.blocks;
  warnUnknown(reader, block, ['name', 'columns', 'on', ...namesOf(specs)]);
  return {
    name: block.labels[0]?.value ?? readString(reader, block.body, 'name', scope) ?? '',
    parts: readParts(reader, block, scope, 'primary_key'),
    properties: readProperties(reader, block, specs, scope),
    range: rangeOf(block),
  };
}

/** Either `columns`, or one `on` for each part (atlas-engine.md 1.2). */
function readParts(reader: Reader, block: Block, scope: Scope, name: string): readonly IndexPart[] {
  const columns = findAttribute(block.body, 'columns');
  const parts = findBlocks(block.body, 'on');
  if (columns !== undefined && parts.length > 0) {
    reader.problems.add(
      'SCHEMA_INDEX',
      columns,
      `multiple definitions for index "${name}"`,
      'use "columns" or "on", not both.',
    );
    return [];
  }
  if (columns === undefined && parts.length === 0) {
    reader.problems.add('SCHEMA_INDEX', block, `missing definition for index "${name}"`, 'say "columns" or "on".');
    return [];
  }
  if (columns !== undefined) {
    const references = readReferences(reader, block.body, 'columns', 'column', scope) ?? [];
    return references.map(({ path }) => ({ column: path.at(-1) ?? '', isDescending: false, properties: {} }));
  }
  return parts.flatMap((part) => readPart(reader, part, scope, name));
}

function readPart(reader: Reader, block: Block, scope: Scope, name: string): readonly IndexPart[] {
  const { on: specs } = reader.dialect.blocks;
  warnUnknown(reader, block, ['column', 'expr', 'desc', ...namesOf(specs)]);
  const column = readReference(reader, block.body, 'column', 'column', scope)?.path.at(-1);
  const expression = readString(reader, block.body, 'expr', scope);
  const isDescending = readBool(reader, block.body, 'desc', scope) ?? false;
  const properties = readProperties(reader, block, specs, scope);
  if ((column === undefined) === (expression === undefined)) {
    const isWritten = ['column', 'expr'].filter((one) => findAttribute(block.body, one) !== undefined).length === 1;
    if (!isWritten)
      reader.problems.add(
        'SCHEMA_INDEX',
        block,
        `invalid part of index "${name}"`,
        'say "column" or "expr", one of them.',
      );
    return [];
  }
  return [
    {
      ...(column === undefined ? {} : { column }),
      ...(expression === undefined ? {} : { expression }),
      isDescending,
      properties,
    },
  ];
}
