import { didYouMean } from '../diagnostics/nearest-name.ts';
import type { AttributeSpec, Dialect } from '../dialects/dialect.ts';
import { evaluate } from '../hcl/evaluate/evaluate.ts';
import type { Functions } from '../hcl/evaluate/hcl-function.ts';
import type { Scope } from '../hcl/evaluate/scope.ts';
import { type Attribute, type Block, type Body, type Expression, findAttribute } from '../hcl/syntax/nodes.ts';
import { convert } from '../hcl/values/convert.ts';
import { toDouble } from '../hcl/values/exact-number.ts';
import { BOOL, NUMBER, STRING } from '../hcl/values/type.ts';
import type { ReferenceValue, Value } from '../hcl/values/value.ts';
import type { ObjectReference } from '../schema/object.ts';
import type { Sql } from '../schema/property.ts';
import type { Default } from '../schema/table.ts';
import { objectReference } from './object-reference.ts';
import type { Problems } from './problems.ts';

/** What every part of the reader needs. */
export interface Reader {
  readonly dialect: Dialect;
  readonly functions: Functions;
  readonly problems: Problems;
}

export function evaluateIn({ functions, problems }: Reader, expression: Expression, scope: Scope): Value {
  const { value, diagnostics } = evaluate(expression, scope, functions);
  problems.addAll(diagnostics);
  return value;
}

/** Of an attribute: its value, or undefined where it is missing, null, or not known after a mistake. */
function given(reader: Reader, body: Body, name: string, scope: Scope): readonly [Attribute, Value] | undefined {
  const attribute = findAttribute(body, name);
  if (attribute === undefined) return undefined;
  const value = evaluateIn(reader, attribute.value, scope);
  return value.kind === 'null' || value.kind === 'unknown' ? undefined : [attribute, value];
}

const wrongType = ({ problems }: Reader, { name, value }: Attribute, expected: string): undefined =>
  problems.add('SCHEMA_TYPE', value, 'Unsuitable value type', `"${name}" is ${expected}.`) as undefined;

export function readString(reader: Reader, body: Body, name: string, scope: Scope): string | undefined {
  const found = given(reader, body, name, scope);
  if (found === undefined) return undefined;
  const sql = sqlOf(found[1]);
  if (sql !== undefined) return sql.sql;
  const converted = convert(found[1], STRING);
  return 'value' in converted && converted.value.kind === 'string'
    ? converted.value.value
    : wrongType(reader, found[0], 'a string');
}

export function readBool(reader: Reader, body: Body, name: string, scope: Scope): boolean | undefined {
  const found = given(reader, body, name, scope);
  if (found === undefined) return undefined;
  const converted = convert(found[1], BOOL);
  return 'value' in converted && converted.value.kind === 'bool'
    ? converted.value.value
    : wrongType(reader, found[0], 'true or false');
}

export function readNumber(reader: Reader, body: Body, name: string, scope: Scope): number | undefined {
  const found = given(reader, body, name, scope);
  if (found === undefined) return undefined;
  const converted = convert(found[1], NUMBER);
  return 'value' in converted && converted.value.kind === 'number'
    ? toDouble(converted.value.value)
    : wrongType(reader, found[0], 'a number');
}

/** A word that is written bare (`NO_ACTION`), as a string, or with `sql()`. */
export function readWord(reader: Reader, body: Body, name: string, scope: Scope): string | undefined {
  const attribute = findAttribute(body, name);
  if (attribute?.value.kind === 'Variable' && scope.lookup(attribute.value.name) === undefined)
    return attribute.value.name;
  return readString(reader, body, name, scope);
}

export function readStrings(reader: Reader, body: Body, name: string, scope: Scope): readonly string[] | undefined {
  const found = given(reader, body, name, scope);
  if (found === undefined) return undefined;
  const items = itemsOf(found[1])?.map((item) => (item.kind === 'string' ? item.value : undefined));
  return items?.every((item) => item !== undefined) === true
    ? (items as readonly string[])
    : wrongType(reader, found[0], 'a list of strings');
}

/** References of one kind: `[column.id, column.name]`. */
export function readReferences(
  reader: Reader,
  body: Body,
  name: string,
  kind: string,
  scope: Scope,
): readonly ReferenceValue[] | undefined {
  const found = given(reader, body, name, scope);
  if (found === undefined) return undefined;
  const items = itemsOf(found[1]);
  if (items === undefined) return wrongType(reader, found[0], `a list of references to a ${kind}`);
  // What is unknown has been reported where it was read.
  const known = items.filter((item) => item.kind !== 'unknown');
  const references = known.filter((item): item is ReferenceValue => item.kind === 'reference' && item.name === kind);
  return references.length === known.length
    ? references
    : wrongType(reader, found[0], `a list of references to a ${kind}`);
}

export const readReference = (
  reader: Reader,
  body: Body,
  name: string,
  kind: string,
  scope: Scope,
): ReferenceValue | undefined => readReferenceTo(reader, body, name, [kind], scope);

/** A reference to a block of one of the kinds. */
export function readReferenceTo(
  reader: Reader,
  body: Body,
  name: string,
  kinds: readonly string[],
  scope: Scope,
): ReferenceValue | undefined {
  const found = given(reader, body, name, scope);
  if (found === undefined) return undefined;
  const [attribute, value] = found;
  return value.kind === 'reference' && kinds.includes(value.name)
    ? value
    : wrongType(reader, attribute, `a reference to a ${kinds.join(' or a ')}`);
}

/** An object of one of the kinds; the name of one that the document does not hold, as a string or `sql("…")`, where that may be. */
export function readObjectReference(
  reader: Reader,
  body: Body,
  { name, kinds = [], isOpen }: AttributeSpec,
  scope: Scope,
): ObjectReference | string | undefined {
  const found = given(reader, body, name, scope);
  if (found === undefined) return undefined;
  const [attribute, value] = found;
  if (value.kind === 'reference' && kinds.includes(value.name)) return objectReference(value);
  const text = sqlOf(value)?.sql ?? (value.kind === 'string' ? value.value : undefined);
  return isOpen === true && text !== undefined
    ? text
    : wrongType(reader, attribute, `a reference to a ${kinds.join(', a ')}`);
}

/** `depends_on`: references to anything. */
export function readDependencies(reader: Reader, body: Body, scope: Scope): readonly ObjectReference[] {
  const found = given(reader, body, 'depends_on', scope);
  if (found === undefined) return [];
  const items = itemsOf(found[1])?.filter(({ kind }) => kind !== 'unknown');
  if (items?.every((item): item is ReferenceValue => item.kind === 'reference') !== true)
    return wrongType(reader, found[0], 'a list of references') ?? [];
  return items.map(objectReference);
}

/** A list of words, each bare, as a string, or a reference that stands for its name: `to = [PUBLIC, "app"]`. */
export function readWords(
  reader: Reader,
  body: Body,
  { name, values = [], isOpen }: AttributeSpec,
  scope: Scope,
): readonly string[] | undefined {
  const attribute = findAttribute(body, name);
  if (attribute === undefined) return undefined;
  if (attribute.value.kind !== 'TupleConstructor') return wrongType(reader, attribute, 'a list of words');
  const words = attribute.value.items.map((item) => {
    if (item.kind === 'Variable' && values.includes(item.name) && scope.lookup(item.name) === undefined)
      return item.name;
    const value = evaluateIn(reader, item, scope);
    if (value.kind === 'reference') return sqlOf(value)?.sql ?? value.path.at(-1);
    return value.kind === 'string' && (isOpen === true || values.includes(value.value)) ? value.value : undefined;
  });
  return words.every((word) => word !== undefined)
    ? words
    : wrongType(reader, attribute, `a list of ${values.join(', ')}${isOpen === true ? ' or other names' : ''}`);
}

/** A literal stays one; `sql("…")` is SQL. */
export function readDefaultValue(reader: Reader, body: Body, scope: Scope, name = 'default'): Default | undefined {
  const found = given(reader, body, name, scope);
  if (found === undefined) return undefined;
  const [attribute, value] = found;
  switch (value.kind) {
    case 'string':
      return value.value;
    case 'bool':
      return value.value;
    case 'number': {
      const double = toDouble(value.value);
      return Number.isSafeInteger(double) || !Number.isInteger(double) ? double : { sql: String(value.value) };
    }
    default:
      return sqlOf(value) ?? wrongType(reader, attribute, 'a string, a number, true, false or sql("…")');
  }
}

/** Of `sql("…")`. */
export function sqlOf(value: Value): Sql | undefined {
  return value.kind === 'reference' && value.name === 'sql' ? { sql: value.path[0] ?? '' } : undefined;
}

const itemsOf = (value: Value): readonly Value[] | undefined => ('items' in value ? value.items : undefined);

/** Required, and not there. */
export function missing({ problems }: Reader, block: Block, name: string): void {
  problems.add(
    'SCHEMA_MISSING_ATTRIBUTE',
    block,
    'Missing required argument',
    `The argument "${name}" is required, but no definition was found.`,
  );
}

/** Says what the dialect does not know. It is passed over, as Atlas does, but not in silence. */
export function warnUnknown({ problems, dialect }: Reader, block: Block, known: readonly string[]): void {
  const { attributes, blocks } = block.body;
  for (const { name, ...at } of attributes)
    if (!known.includes(name))
      warn(problems, { ...at }, `argument "${name}"`, block.type, dialect.name, didYouMean(name, known));
  for (const inner of blocks)
    if (!known.includes(inner.type))
      warn(problems, inner, `block "${inner.type}"`, block.type, dialect.name, didYouMean(inner.type, known));
}

const warn = (
  problems: Problems,
  at: Pick<Block, 'source' | 'start' | 'end'>,
  what: string,
  type: string,
  dialect: string,
  hint: string,
): void =>
  problems.add(
    'SCHEMA_UNKNOWN',
    at,
    'Unsupported',
    `${what} of "${type}" means nothing to ${dialect}.${hint}`,
    'warning',
  );
