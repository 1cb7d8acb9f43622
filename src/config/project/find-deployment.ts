import { didYouMean, hcl } from '../../engine/index.ts';
import { BlockReader } from './block-reader.ts';
import { type Evaluator, expressionsOf } from './evaluator.ts';
import { type Deployment, readDeployment } from './read-deployment.ts';
import { headerOf, type ProjectSyntax } from './read-syntax.ts';
import type { ThrottleTools } from './read-throttles.ts';

/** The `rollout` block of an env. */
export const rolloutOf = (env: hcl.Block): hcl.Block | undefined => hcl.findBlocks(env.body, 'rollout')[0];

/** The one deployment that the env blocks name. Undefined: they have no rollout block, or there is a mistake, which is noted. */
export async function findDeployment(
  envs: readonly hcl.Block[],
  syntax: ProjectSyntax,
  evaluator: Evaluator,
  outside: Pick<ThrottleTools, 'parseUrl' | 'secrets'>,
): Promise<Deployment | undefined> {
  const rollouts = envs.flatMap((env) => rolloutOf(env) ?? []);
  const [first] = rollouts;
  if (first === undefined) return undefined;
  const names = new Set(rollouts.flatMap((rollout) => deploymentName(rollout, syntax, evaluator) ?? []));
  const [name] = names;
  if (names.size > 1 || rollouts.length < envs.length) {
    const what =
      names.size > 1 ? `name ${[...names].map((one) => `"${one}"`).join(' and ')}` : 'do not all have a rollout block';
    evaluator.problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: 'the blocks of one env follow one deployment',
      detail: `those of this env ${what}; expected the same deployment in each`,
      at: headerOf(first),
    });
  }
  const block = name === undefined ? undefined : syntax.deployments.get(name);
  if (block === undefined) return undefined;
  // What is asked of each target is asked by its placement; the rest may use variables whose values are the same for all.
  await evaluator.prepare(expressionsOf(block.body));
  const scope = hcl.scopeOf({ var: hcl.object(await commonVariables(block, first, evaluator)) }, evaluator.scope);
  const reader = new BlockReader(evaluator, []);
  return evaluator.run(() => readDeployment(block, { scope, reader, problems: evaluator.problems, ...outside }));
}

function deploymentName(
  rollout: hcl.Block,
  { deployments }: ProjectSyntax,
  { problems }: Evaluator,
): string | undefined {
  const attribute = hcl.findAttribute(rollout.body, 'deployment');
  if (attribute === undefined) {
    problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: 'Missing required argument',
      detail: 'The argument "deployment" is required in a rollout block, like deployment.fleet.',
      at: headerOf(rollout),
    });
    return undefined;
  }
  const [reference] = hcl.freeVariables(attribute.value);
  const name = reference?.root === 'deployment' && reference.path.length === 1 ? reference.path[0] : undefined;
  if (name === undefined) {
    problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: 'Invalid reference',
      detail: '"deployment" names a deployment block, like deployment.fleet.',
      at: attribute.value,
    });
  } else if (!deployments.has(name)) {
    problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: 'Unknown deployment',
      detail: `There is no deployment named "${name}".${didYouMean(name, deployments.keys())}`,
      at: attribute.value,
    });
    return undefined;
  }
  return name;
}

/** Values of the deployment's variables that do not differ from target to target: what `rollout.vars` says without `each`, else the default. */
async function commonVariables(
  deployment: hcl.Block,
  rollout: hcl.Block,
  evaluator: Evaluator,
): Promise<ReadonlyMap<string, hcl.Value>> {
  const values = new Map<string, hcl.Value>();
  for (const block of hcl.findBlocks(deployment.body, 'variable')) {
    const preset = hcl.findAttribute(block.body, 'default');
    if (preset !== undefined) values.set(block.labels[0]?.value ?? '', await evaluator.evaluate(preset.value));
  }
  const vars = hcl.findAttribute(rollout.body, 'vars')?.value;
  if (vars?.kind !== 'ObjectConstructor') return values;
  for (const { key, value } of vars.items) {
    const name = key.kind === 'Variable' ? key.name : undefined;
    if (name === undefined) continue;
    const isPerTarget = evaluator.referencesOf(value).some(({ root }) => root === 'each');
    if (isPerTarget) values.delete(name);
    else values.set(name, await evaluator.evaluate(value));
  }
  return values;
}
