import type { AttributeSpec, ObjectSpec } from '../dialects/dialect.ts';
import { type Scope, scopeOf } from '../hcl/evaluate/scope.ts';
import { type Block, findAttribute, findBlocks, rangeOf } from '../hcl/syntax/nodes.ts';
import type { ReferenceValue, Value } from '../hcl/values/value.ts';
import type { SchemaObject } from '../schema/object.ts';
import type { Properties, Property } from '../schema/property.ts';
import { referenceKey, referencesIn } from '../schema/property-references.ts';
import { readIndex } from './read-index.ts';
import { namesOf, readProperties } from './read-properties.ts';
import { missing, type Reader, readDependencies, readReferenceTo, warnUnknown } from './reader.ts';
import { type NamedBlock, partReferences, schemaOf } from './references.ts';

export interface PlacedObject {
  /** '' where it says none, or belongs to none. */
  readonly schema: string;
  readonly object: SchemaObject;
}

const NOTHING: ObjectSpec = { attributes: [], isQualified: false, readsTables: false };

/** An object and where it belongs: what stands on a table belongs where the table does. */
export function readObject(reader: Reader, kind: string, named: NamedBlock): PlacedObject {
  const spec = reader.dialect.objects[kind] ?? NOTHING;
  const { block, scope, name } = named;
  const on = spec.standsOn === undefined ? undefined : readReferenceTo(reader, block.body, 'on', spec.standsOn, scope);
  const schema = placeOf(reader, spec, named, on);
  warnUnknown(reader, block, ['schema', 'name', 'for_each', 'depends_on', 'on', ...namesOf(spec.attributes)]);
  const within = scopeWithin(reader, named, schema, on);
  const properties = {
    ...readProperties(reader, block, spec.attributes, within),
    ...readIndexes(reader, block, spec.attributes, within),
  };
  const needed = [...referencesIn(properties), ...readDependencies(reader, block.body, scope)];
  return {
    schema,
    object: {
      kind,
      name,
      ...(on === undefined ? {} : { on: on.path[1] ?? '' }),
      properties,
      dependsOn: [
        ...(on === undefined ? [] : [{ kind: on.name, schema, name: on.path[1] ?? '' }]),
        ...new Map(needed.map((one) => [referenceKey(one), { schema: '', ...one }])).values(),
      ],
      range: rangeOf(block),
    },
  };
}

/** Indexes of a materialized view, as those of a table. */
function readIndexes(reader: Reader, { body }: Block, specs: readonly AttributeSpec[], scope: Scope): Properties {
  const found = specs
    .filter(({ form, name }) => form === 'indexes' && findBlocks(body, name).length > 0)
    .map(({ name }) => {
      const indexes = findBlocks(body, name).map((one) => {
        const { range: _range, renamedFrom: _renamed, ...index } = readIndex(reader, one, scope);
        return index;
      });
      return [name, indexes as unknown as Property] as const;
    });
  return Object.fromEntries(found);
}

function placeOf(
  reader: Reader,
  { isOfRealm, standsOn }: ObjectSpec,
  { block, scope }: NamedBlock,
  on: ReferenceValue | undefined,
): string {
  if (isOfRealm === true) return '';
  if (standsOn !== undefined) {
    if (findAttribute(block.body, 'on') === undefined) missing(reader, block, 'on');
    return on?.path[0] ?? '';
  }
  if (findAttribute(block.body, 'schema') === undefined) missing(reader, block, 'schema');
  return schemaOf(reader, { block, scope });
}

/** `column.x` is one of the block's own, or one of what it stands on. */
function scopeWithin(reader: Reader, named: NamedBlock, schema: string, on: ReferenceValue | undefined): Scope {
  const { block, scope } = named;
  const column: Value | undefined =
    findBlocks(block.body, 'column').length > 0
      ? partReferences(reader, 'column', schema, named)
      : on?.entries?.get('column');
  return column === undefined ? scope : scopeOf({ column }, scope);
}
