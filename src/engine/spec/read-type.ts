import { didYouMean } from '../diagnostics/nearest-name.ts';
import type { Scope } from '../hcl/evaluate/scope.ts';
import { type Block, type Expression, findAttribute } from '../hcl/syntax/nodes.ts';
import { toDouble } from '../hcl/values/exact-number.ts';
import type { ColumnType } from '../schema/table.ts';
import { objectReference } from './object-reference.ts';
import { evaluateIn, missing, type Reader, sqlOf } from './reader.ts';

/**
 * `type = varchar(255)`, `int`, `sql("int[]")`, or an object of the user's; undefined after a mistake.
 * @param name of the attribute
 */
export function readType(reader: Reader, block: Block, scope: Scope, name = 'type'): ColumnType | undefined {
  const attribute = findAttribute(block.body, name);
  if (attribute === undefined) {
    missing(reader, block, name);
    return undefined;
  }
  const { value } = attribute;
  const words = wordsOf(reader, value, scope);
  if (words !== undefined) {
    const parsed = reader.dialect.types.parse(words);
    if ('text' in parsed) return { text: parsed.text };
    const hint = didYouMean(words.name, reader.dialect.types.names);
    reader.problems.add('SCHEMA_TYPE', value, 'Unknown type', `${parsed.problem} of ${reader.dialect.name}.${hint}`);
    return undefined;
  }
  const found = evaluateIn(reader, value, scope);
  const sql = sqlOf(found)?.sql ?? (found.kind === 'string' ? found.value : undefined);
  if (sql !== undefined) return { text: reader.dialect.types.canonical(sql) };
  if (found.kind === 'reference') {
    const object = objectReference(found);
    return { text: object.name, object };
  }
  if (found.kind !== 'unknown')
    reader.problems.add('SCHEMA_TYPE', value, 'Unsuitable value type', `"${name}" is the name of a type, or sql("…").`);
  return undefined;
}

/** A bare name, or a name with sizes; what is in scope under that name goes first, but for `trigger`: all blocks of a kind are no type. */
function wordsOf(reader: Reader, expression: Expression, scope: Scope) {
  if (expression.kind === 'Variable') {
    const bound = scope.lookup(expression.name);
    if (bound === undefined || bound.kind === 'object') return { name: expression.name, arguments: [] };
  }
  if (expression.kind !== 'Call' || reader.functions.has(expression.name)) return undefined;
  const sizes = expression.args.map((arg) => {
    const value = evaluateIn(reader, arg, scope);
    return value.kind === 'number' ? toDouble(value.value) : value.kind === 'string' ? value.value : '';
  });
  return { name: expression.name, arguments: sizes };
}
