import { hcl } from '../../engine/index.ts';
import type { BlockReader } from './block-reader.ts';
import type { Evaluator } from './evaluator.ts';
import { inputVariables } from './input-variables.ts';
import type { Deployment, DeploymentGroup } from './read-deployment.ts';
import { headerOf } from './read-syntax.ts';
import type { Secrets } from './secrets.ts';

export interface PlacedTarget {
  /** For each group of the deployment, in file order. */
  readonly matches: readonly boolean[];
  readonly orderKeys: readonly (readonly (string | number)[])[];
}

/** Asks the groups of a deployment about one target after the other. Synchronous, as BlockReader is. */
export interface Placement {
  place(scope: hcl.Scope): PlacedTarget;
}

export interface PlacementInput {
  readonly deployment: Deployment;
  /** The env's `rollout` block. */
  readonly rollout: hcl.Block;
  readonly evaluator: Evaluator;
  /** For what stands in the env. */
  readonly reader: BlockReader;
  readonly secrets: Secrets;
}

/** Values of `var` for which the answer of a `match` is kept: tiers are few, tenants are many. */
const MOST_ANSWERS = 1000;
const NO_KEYS: readonly (string | number)[] = [];

export function createPlacement(input: PlacementInput): Placement {
  const { deployment, rollout, evaluator, reader, secrets } = input;
  const vars = hcl.findAttribute(rollout.body, 'vars');
  const matchers = deployment.groups.map((group) => createMatcher(group, evaluator));
  const interned = new Map<string, readonly boolean[]>();
  const noKeys = deployment.groups.map(() => NO_KEYS);
  const hasOrder = deployment.groups.some(({ orderBy }) => orderBy !== undefined);

  const variablesOf = (scope: hcl.Scope): ReadonlyMap<string, hcl.Value> => {
    const given = reader.as(vars, hcl.ANY, scope);
    const entries = given?.kind === 'object' || given?.kind === 'map' ? given.entries : undefined;
    if (vars !== undefined && given !== undefined && entries === undefined) {
      reader.fail(vars, 'Unsuitable value type', 'Unsuitable value: object required.');
    }
    return inputVariables({
      blocks: deployment.variables,
      given: (name) => entries?.get(name),
      evaluate: (expression) => evaluator.evaluateNow(expression, evaluator.scope),
      problems: evaluator.problems,
      secrets,
      missingAt: vars?.value ?? headerOf(rollout),
    });
  };

  return {
    place(scope) {
      const variables = variablesOf(scope);
      const inner = hcl.scopeOf({ var: hcl.object(variables) }, scope);
      const matches = matchers.map((matcher) => matcher(inner, variables));
      const key = matches.map(Number).join('');
      const same = interned.get(key) ?? matches;
      interned.set(key, same);
      const orderKeys = hasOrder
        ? deployment.groups.map(({ orderBy }, index) =>
            matches[index] === true ? orderKeysOf(orderBy, inner, evaluator) : NO_KEYS,
          )
        : noKeys;
      return { matches: same, orderKeys };
    },
  };
}

type Matcher = (scope: hcl.Scope, variables: ReadonlyMap<string, hcl.Value>) => boolean;

function createMatcher({ match }: DeploymentGroup, evaluator: Evaluator): Matcher {
  if (match === undefined) return () => true;
  const references = evaluator.referencesOf(match);
  const names = references.map(({ root, path: [name] }) => (root === 'var' ? name : undefined));
  const isOfVariables = names.every((name) => name !== undefined);
  const answers = new Map<string, boolean>();
  return (scope, variables) => {
    if (!isOfVariables) return isMatch(match, scope, evaluator);
    const values = names.map((name) => hcl.toPlain(variables.get(name ?? '') ?? hcl.NULL));
    const key = JSON.stringify(values);
    const known = values.includes(undefined) ? undefined : answers.get(key);
    if (known !== undefined) return known;
    const answer = isMatch(match, scope, evaluator);
    if (answers.size < MOST_ANSWERS) answers.set(key, answer);
    return answer;
  };
}

function isMatch(match: hcl.Expression, scope: hcl.Scope, evaluator: Evaluator): boolean {
  const value = evaluator.evaluateNow(match, scope);
  if (value.kind === 'bool') return value.value;
  if (value.kind !== 'unknown') {
    evaluator.problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: 'Invalid match',
      detail: '"match" is a condition: true or false.',
      at: match,
    });
  }
  return false;
}

/** One key, or several in a list; compared one after the other. */
function orderKeysOf(
  attribute: hcl.Attribute | undefined,
  scope: hcl.Scope,
  evaluator: Evaluator,
): readonly (string | number)[] {
  if (attribute === undefined) return NO_KEYS;
  const value = evaluator.evaluateNow(attribute.value, scope);
  const items = value.kind === 'tuple' || value.kind === 'list' ? value.items : [value];
  return items.map((item) => {
    if (item.kind === 'string') return item.value;
    if (item.kind === 'number') return hcl.toDouble(item.value);
    if (item.kind === 'bool') return Number(item.value);
    if (item.kind !== 'unknown' && item.kind !== 'null') {
      evaluator.problems.add({
        code: 'DEPLOYMENT_INVALID',
        summary: 'Invalid order_by',
        detail: '"order_by" is a text, a number, a bool or a list of those.',
        at: attribute.value,
      });
    }
    return '';
  });
}
