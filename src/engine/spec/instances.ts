import { evaluate } from '../hcl/evaluate/evaluate.ts';
import type { Functions } from '../hcl/evaluate/hcl-function.ts';
import { type Scope, scopeOf } from '../hcl/evaluate/scope.ts';
import { type Block, findAttribute } from '../hcl/syntax/nodes.ts';
import { iterate } from '../hcl/values/compare-values.ts';
import { object } from '../hcl/values/value.ts';
import type { Problems } from './problems.ts';

/** A block and the names that its expressions may begin with. */
export interface Instance {
  readonly block: Block;
  readonly scope: Scope;
}

/** One for each element of `for_each`, which sees it as `each`; the block itself where it has none. */
export function instancesOf(block: Block, scope: Scope, functions: Functions, problems: Problems): readonly Instance[] {
  const attribute = findAttribute(block.body, 'for_each');
  if (attribute === undefined) return [{ block, scope }];
  const { value, diagnostics } = evaluate(attribute.value, scope, functions);
  problems.addAll(diagnostics);
  if (value.kind === 'unknown') return [];
  const pairs = iterate(value);
  if (pairs === undefined) {
    problems.add('SCHEMA_FOR_EACH', attribute.value, 'Invalid for_each', 'for_each takes a list, a set or a map.');
    return [];
  }
  return Array.from(pairs, ([key, each]) => ({
    block,
    scope: scopeOf({ each: object({ key, value: each }) }, scope),
  }));
}
