import type { AttributeSpec } from '../dialects/dialect.ts';
import type { Scope } from '../hcl/evaluate/scope.ts';
import { type Block, type Body, findAttribute, findBlocks } from '../hcl/syntax/nodes.ts';
import { type Properties, type Property, sameProperty } from '../schema/property.ts';
import {
  missing,
  type Reader,
  readBool,
  readNumber,
  readReference,
  readReferences,
  readString,
  readStrings,
  readWord,
} from './reader.ts';

/** What a block says of the attributes that its dialect has for it; defaults are left out. */
export function readProperties(
  reader: Reader,
  block: Block,
  specs: readonly AttributeSpec[],
  scope: Scope,
): Properties {
  const properties: Record<string, Property> = {};
  for (const spec of specs) {
    const value = readProperty(reader, block.body, spec, scope);
    if (value === undefined) {
      const isWritten = findAttribute(block.body, spec.name) !== undefined;
      if (spec.isRequired === true && !isWritten) missing(reader, block, spec.name);
      continue;
    }
    if (spec.form === 'bool' && value === false && spec.default === undefined) continue;
    if (!sameProperty(value, spec.default)) properties[spec.name] = value;
  }
  return properties;
}

function readProperty(reader: Reader, body: Body, spec: AttributeSpec, scope: Scope): Property | undefined {
  const { name, form } = spec;
  switch (form) {
    case 'string':
    case 'sql':
      return readString(reader, body, name, scope);
    case 'int':
      return readNumber(reader, body, name, scope);
    case 'bool':
      return readBool(reader, body, name, scope);
    case 'word':
      return readKnownWord(reader, body, spec, scope);
    case 'strings':
      return readStrings(reader, body, name, scope);
    case 'column':
      return readReference(reader, body, name, 'column', scope)?.path.at(-1);
    case 'columns':
      return readReferences(reader, body, name, 'column', scope)?.map(({ path }) => path.at(-1) ?? '');
    case 'block': {
      const [block] = findBlocks(body, name);
      return block === undefined ? undefined : readProperties(reader, block, spec.attributes ?? [], scope);
    }
    case 'blocks': {
      const blocks = findBlocks(body, name);
      return blocks.length === 0
        ? undefined
        : blocks.map((block) => readProperties(reader, block, spec.attributes ?? [], scope));
    }
    case 'map': {
      const [block] = findBlocks(body, name);
      return block === undefined ? undefined : readLiterals(reader, block, scope);
    }
  }
}

/** Whatever stands in the block, as text: the database reads it. */
function readLiterals(reader: Reader, { body }: Block, scope: Scope): Properties {
  return Object.fromEntries(
    body.attributes.flatMap(({ name }) => {
      const value = readWord(reader, body, name, scope);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function readKnownWord(
  reader: Reader,
  body: Body,
  { name, values = [], isOpen }: AttributeSpec,
  scope: Scope,
): string | undefined {
  const word = readWord(reader, body, name, scope);
  if (word === undefined || isOpen === true) return word;
  const known = values.find((value) => value.toUpperCase() === word.toUpperCase());
  if (known !== undefined) return known;
  const attribute = findAttribute(body, name);
  if (attribute !== undefined)
    reader.problems.add('SCHEMA_WORD', attribute.value, 'Unknown word', `"${name}" is one of ${values.join(', ')}.`);
  return undefined;
}
