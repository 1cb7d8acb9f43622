import type { AttributeSpec } from '../dialects/dialect.ts';
import type { Scope } from '../hcl/evaluate/scope.ts';
import { type Block, type Body, findAttribute, findBlocks } from '../hcl/syntax/nodes.ts';
import { type Properties, type Property, sameProperty } from '../schema/property.ts';
import { instancesOf } from './instances.ts';
import { readType } from './read-type.ts';
import {
  missing,
  type Reader,
  readBool,
  readDefaultValue,
  readNumber,
  readObjectReference,
  readReference,
  readReferences,
  readString,
  readStrings,
  readWord,
  readWords,
  warnUnknown,
} from './reader.ts';

export const namesOf = (specs: readonly AttributeSpec[]): readonly string[] =>
  specs.flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias]));

/** What a block says of the attributes that its dialect has for it; defaults are left out. */
export function readProperties(
  reader: Reader,
  block: Block,
  specs: readonly AttributeSpec[],
  scope: Scope,
): Properties {
  const properties: Record<string, Property> = {};
  for (const spec of specs) {
    const { alias } = spec;
    const written = alias !== undefined && findAttribute(block.body, alias) !== undefined ? alias : spec.name;
    const value = readProperty(reader, block, { ...spec, name: written }, scope);
    if (value === undefined) {
      const isWritten = findAttribute(block.body, written) !== undefined;
      if (spec.isRequired === true && !isWritten) missing(reader, block, spec.name);
      continue;
    }
    if (spec.form === 'bool' && value === false && spec.default === undefined) continue;
    if (!sameProperty(value, spec.default)) properties[spec.name] = value;
  }
  return properties;
}

function readProperty(reader: Reader, block: Block, spec: AttributeSpec, scope: Scope): Property | undefined {
  const { name, form } = spec;
  const { body } = block;
  switch (form) {
    case 'string':
    case 'sql':
    case 'body':
      return readString(reader, body, name, scope);
    case 'int':
      return readNumber(reader, body, name, scope);
    case 'bool':
      return readBool(reader, body, name, scope);
    case 'word':
      return readKnownWord(reader, body, spec, scope);
    case 'strings':
      return readStrings(reader, body, name, scope);
    case 'words':
      return readWords(reader, body, spec, scope);
    case 'type':
      return findAttribute(body, name) === undefined
        ? undefined
        : (readType(reader, block, scope, name) as Property | undefined);
    case 'default':
      return readDefaultValue(reader, body, scope, name);
    case 'reference':
      return readObjectReference(reader, body, spec, scope) as Property | undefined;
    case 'indexes':
      // By whoever reads the object: see readObject.
      return undefined;
    case 'column':
      return readReference(reader, body, name, 'column', scope)?.path.at(-1);
    case 'columns':
      return readReferences(reader, body, name, 'column', scope)?.map(({ path }) => path.at(-1) ?? '');
    case 'block': {
      const [inner] = findBlocks(body, name);
      return inner === undefined ? undefined : readBlock(reader, inner, spec, scope);
    }
    case 'blocks': {
      const blocks = findBlocks(body, name).flatMap((inner) =>
        instancesOf(inner, scope, reader.functions, reader.problems),
      );
      return blocks.length === 0 ? undefined : blocks.map((inner) => readBlock(reader, inner.block, spec, inner.scope));
    }
    case 'map': {
      const [inner] = findBlocks(body, name);
      return inner === undefined ? undefined : readLiterals(reader, inner, scope);
    }
  }
}

function readBlock(
  reader: Reader,
  block: Block,
  { attributes = [], isLabelled }: AttributeSpec,
  scope: Scope,
): Properties {
  warnUnknown(reader, block, ['for_each', ...(isLabelled === true ? ['name'] : []), ...namesOf(attributes)]);
  const properties = readProperties(reader, block, attributes, scope);
  if (isLabelled !== true) return properties;
  return { name: readString(reader, block.body, 'name', scope) ?? block.labels[0]?.value ?? '', ...properties };
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
