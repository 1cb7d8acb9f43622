import { hcl } from '../../engine/index.ts';
import type { EvaluatedEnv, EvaluatedTarget } from '../types.ts';
import { expressionsOf } from './evaluator.ts';
import type { PlacedTarget, Placement } from './place-target.ts';
import { createEnvReader, type EnvTools, type EnvWithoutTarget } from './read-env.ts';
import { headerOf } from './read-syntax.ts';
import { createYielder } from './yield-often.ts';

export interface ExpandEnvInput {
  readonly block: hcl.Block;
  /** Of `--env`. */
  readonly env: string;
  readonly tools: EnvTools;
  /** Which groups take a target; undefined: the env has no rollout block. */
  readonly placement: Placement | undefined;
}

export interface ExpandedEnv {
  readonly envs: readonly EvaluatedEnv[];
  /** There is a `for_each`, and it is empty. */
  readonly isEmpty: boolean;
}

/** One env block, once for each element of its `for_each` (atlas-config-cli.md 2.1). */
export async function expandEnv(input: ExpandEnvInput): Promise<ExpandedEnv> {
  const { block, tools } = input;
  const { evaluator } = tools;
  await evaluator.prepare(expressionsOf(block.body).filter((expression) => expression.kind !== 'Invalid'));
  const pairs = await eachOf(block, tools);
  if (pairs === undefined) return { envs: [], isEmpty: false };
  const envs: EvaluatedEnv[] = [];
  const read = createEnvReader(block, tools);
  const yields = createYielder();
  for (const pair of pairs) {
    const work = (): EvaluatedEnv | undefined => expandOne(input, pair, read);
    const { value } = evaluator.runNow(work) ?? { value: await evaluator.run(work) };
    if (value !== undefined) envs.push(value);
    const pause = yields();
    if (pause !== undefined) await pause;
  }
  return { envs, isEmpty: pairs.length === 0 };
}

type Each = { readonly key: hcl.Value; readonly value: hcl.Value } | undefined;

/** `[undefined]` without `for_each`; undefined after a mistake. */
async function eachOf(block: hcl.Block, { evaluator }: EnvTools): Promise<readonly Each[] | undefined> {
  const attribute = hcl.findAttribute(block.body, 'for_each');
  if (attribute === undefined) return [undefined];
  const value = await evaluator.evaluate(attribute.value);
  if (value.kind === 'set' || value.kind === 'object' || value.kind === 'tuple') {
    return hcl.iterate(value)?.map(([key, item]) => ({ key, value: item }));
  }
  if (value.kind === 'unknown') {
    const names = evaluator.unsupportedIn(attribute.value);
    if (names.length > 0) {
      const summary = `${names.join(', ')} is not supported`;
      evaluator.problems.add({ code: 'UNSUPPORTED', summary, detail: '"for_each" needs it.', at: attribute.value });
    }
    return undefined;
  }
  const type = value.kind === 'null' ? 'null' : hcl.typeName(hcl.typeOf(value));
  const text = `schemahcl: for_each does not support ${type} type`;
  evaluator.problems.add({
    code: 'FOR_EACH',
    summary: text,
    detail: 'expected a set, an object or a tuple: wrap a list in toset(…)',
    at: attribute.value,
    text,
  });
  return undefined;
}

/** Undefined: the block turned out to be another env. */
function expandOne(
  input: ExpandEnvInput,
  each: Each,
  read: ReturnType<typeof createEnvReader>,
): EvaluatedEnv | undefined {
  const { block, tools } = input;
  const scope =
    each === undefined ? tools.evaluator.scope : hcl.scopeOf({ each: hcl.object({ ...each }) }, tools.evaluator.scope);
  const name = block.labels[0]?.value ?? tools.reader.text(hcl.findAttribute(block.body, 'name'), scope);
  if (name === undefined || name === '') {
    const text = `all envs must have names on file "${block.source.file}"`;
    tools.evaluator.problems.add({ code: 'ENV_NAME', summary: text, at: headerOf(block), text });
    return undefined;
  }
  if (name !== input.env) return undefined;
  const env = read(name, scope);
  return { ...env, target: targetOf(input, each, scope, env) };
}

const NO_GROUPS: PlacedTarget = { matches: [], orderKeys: [] };

function targetOf(
  { block, tools, placement }: ExpandEnvInput,
  each: Each,
  scope: hcl.Scope,
  env: EnvWithoutTarget,
): EvaluatedTarget | undefined {
  // Read also without a url: their mistakes are to be found in the same go.
  const named = tools.reader.text(hcl.findAttribute(block.body, 'target'), scope);
  const labels = readLabels(hcl.findAttribute(block.body, 'labels'), scope, tools);
  if (env.url === undefined) return undefined;
  const id = named ?? (each?.key.kind === 'string' ? each.key.value : env.url.name);
  const revisionsSchema = env.migration?.revisionsSchema;
  return {
    id,
    url: env.url,
    labels,
    ...(revisionsSchema === undefined ? {} : { revisionsSchema }),
    ...(placement?.place(scope) ?? NO_GROUPS),
  };
}

const NO_LABELS: Readonly<Record<string, string>> = {};

function readLabels(
  attribute: hcl.Attribute | undefined,
  scope: hcl.Scope,
  { reader }: EnvTools,
): Readonly<Record<string, string>> {
  const value = reader.as(attribute, hcl.mapOf(hcl.STRING), scope);
  if (value?.kind !== 'map') return NO_LABELS;
  const labels: Record<string, string> = {};
  for (const [name, item] of value.entries) if (item.kind === 'string') labels[name] = item.value;
  return labels;
}
