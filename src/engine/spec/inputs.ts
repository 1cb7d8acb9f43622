import { evaluate } from '../hcl/evaluate/evaluate.ts';
import { freeVariables } from '../hcl/evaluate/free-variables.ts';
import type { Functions } from '../hcl/evaluate/hcl-function.ts';
import { parseType } from '../hcl/evaluate/parse-type.ts';
import { EMPTY_SCOPE, type Scope, scopeOf } from '../hcl/evaluate/scope.ts';
import { type Attribute, type Block, type Body, findAttribute, findBlocks } from '../hcl/syntax/nodes.ts';
import { convert } from '../hcl/values/convert.ts';
import { lazyObject } from '../hcl/values/lazy-object.ts';
import { object, UNKNOWN, type Value } from '../hcl/values/value.ts';
import type { Problems } from './problems.ts';

/** Values for `variable` blocks, by name: from flags, or from the env of a project. */
export type InputValues = ReadonlyMap<string, Value>;

/** `var` and `local` of a document. */
export function inputsOf(bodies: readonly Body[], given: InputValues, functions: Functions, problems: Problems): Scope {
  const variables = new Map<string, Value>();
  for (const block of bodies.flatMap((body) => findBlocks(body, 'variable')))
    variables.set(block.labels[0]?.value ?? '', variableOf(block, given, functions, problems));
  const locals = new Map(
    bodies
      .flatMap((body) => findBlocks(body, 'locals'))
      .flatMap(({ body }) => body.attributes)
      .map((attribute) => [attribute.name, attribute]),
  );
  const underway = new Set<string>();
  const compute = (name: string): Value => {
    const attribute = locals.get(name);
    if (attribute === undefined) return UNKNOWN;
    if (underway.has(name)) {
      problems.add('SCHEMA_CYCLE', attribute, `cyclic reference to "local.${name}"`, cycleText(attribute));
      return UNKNOWN;
    }
    underway.add(name);
    const { value, diagnostics } = evaluate(attribute.value, scope, functions);
    underway.delete(name);
    problems.addAll(diagnostics);
    return value;
  };
  const scope = scopeOf({ var: object(variables), local: lazyObject(locals.keys(), compute) });
  return scope;
}

const cycleText = ({ value }: Attribute): string => {
  const names = freeVariables(value).map(({ root, path }) => [root, ...path].join('.'));
  return `It is made of ${names.join(', ')}, which is made of it.`;
};

function variableOf(block: Block, given: InputValues, functions: Functions, problems: Problems): Value {
  const name = block.labels[0]?.value ?? '';
  const preset = findAttribute(block.body, 'default');
  const value = given.get(name) ?? presetOf(preset, functions, problems);
  if (value === undefined) {
    problems.add('VARIABLE_MISSING', block, `missing value for required variable "${name}"`, 'Pass one with --var.');
    return UNKNOWN;
  }
  const typeOf = findAttribute(block.body, 'type');
  if (typeOf === undefined) return value;
  const { type, diagnostics } = parseType(typeOf.value);
  problems.addAll(diagnostics);
  if (type === undefined) return UNKNOWN;
  const converted = convert(value, type);
  if ('value' in converted) return converted.value;
  problems.add('VARIABLE_TYPE', preset?.value ?? block, `variable "${name}": ${converted.problem}`, '');
  return UNKNOWN;
}

function presetOf(attribute: Attribute | undefined, functions: Functions, problems: Problems): Value | undefined {
  if (attribute === undefined) return undefined;
  const { value, diagnostics } = evaluate(attribute.value, EMPTY_SCOPE, functions);
  problems.addAll(diagnostics);
  return value;
}
