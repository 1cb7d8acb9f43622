import type { Scope } from '../hcl/evaluate/scope.ts';
import { findAttribute, findBlocks } from '../hcl/syntax/nodes.ts';
import { object, reference, string, type Value } from '../hcl/values/value.ts';
import type { Instance } from './instances.ts';
import { type Reader, readReference, readString } from './reader.ts';

/** A block of the document with the name that its object has in the database. */
export interface NamedBlock extends Instance {
  /** The last label: what references use. */
  readonly label: string;
  /** The first of two labels. */
  readonly qualifier?: string;
  readonly name: string;
}

export function nameBlock(reader: Reader, { block, scope }: Instance): NamedBlock {
  const labels = block.labels.map(({ value }) => value);
  const label = labels.at(-1) ?? '';
  const name = readString(reader, block.body, 'name', scope) ?? label;
  return { block, scope, label, name, ...(labels.length > 1 ? { qualifier: labels[0] ?? '' } : {}) };
}

/** `schema.main`: path is the name in the database. */
export const schemaReferences = (schemas: readonly NamedBlock[]): Value =>
  object(
    new Map(
      schemas.map(
        ({ label, name }) => [label, reference('schema', [name], new Map([['name', string(name)]]))] as const,
      ),
    ),
  );

/**
 * `table.users`, `table.public.users`, `enum.status`: path is schema and name. A table has its columns as `column`, each a reference to
 * schema, table and column; a name is reachable by its qualifier where it has one, and without where it is alone.
 */
export function objectReferences(reader: Reader, kind: string, blocks: readonly NamedBlock[]): Value {
  const plain = new Map<string, Value>();
  const qualified = new Map<string, Map<string, Value>>();
  for (const block of blocks) {
    const schema = schemaOf(reader, block);
    const value = referenceTo(reader, kind, schema, block);
    if (!plain.has(block.label)) plain.set(block.label, value);
    if (block.qualifier === undefined) continue;
    const of = qualified.get(block.qualifier) ?? new Map<string, Value>();
    qualified.set(block.qualifier, of.set(block.label, value));
  }
  for (const [qualifier, of] of qualified) if (!plain.has(qualifier)) plain.set(qualifier, object(of));
  return object(plain);
}

function referenceTo(reader: Reader, kind: string, schema: string, named: NamedBlock): Value {
  const entries = new Map<string, Value>([['name', string(named.name)]]);
  for (const type of ['column', 'index', 'constraint'])
    if (findBlocks(named.block.body, type).length > 0) entries.set(type, partReferences(reader, type, schema, named));
  return reference(kind, [schema, named.name], entries);
}

/** `column.id` inside of its table, and behind `table.users`. */
export function partReferences(
  reader: Reader,
  type: string,
  schema: string,
  { block, scope, name }: NamedBlock,
): Value {
  return object(
    new Map(
      findBlocks(block.body, type).map((part) => {
        const label = part.labels[0]?.value ?? '';
        const own = readString(reader, part.body, 'name', scope) ?? label;
        return [label, reference(type, [schema, name, own], new Map([['name', string(own)]]))] as const;
      }),
    ),
  );
}

/** Name of the schema that a block says it belongs to; '' where it says none. */
export function schemaOf(
  reader: Reader,
  { block, scope }: { readonly block: NamedBlock['block']; readonly scope: Scope },
): string {
  if (findAttribute(block.body, 'schema') === undefined) return '';
  return readReference(reader, block.body, 'schema', 'schema', scope)?.path[0] ?? '';
}
