import { didYouMean, hcl } from '../../engine/index.ts';
import { parseCountOrShare } from '../../shared/count-or-share.ts';
import { ON_FAILURE } from '../../shared/states.ts';
import type { GroupConfig } from '../types.ts';
import type { BlockReader } from './block-reader.ts';
import { refuseUnknown } from './block-shape.ts';
import type { ProblemList } from './problem-list.ts';
import type { DeploymentGroup } from './read-deployment.ts';
import { WINDOW_BLOCKS } from './read-windows.ts';

/** Atlas's five (atlas-config-cli.md 2.3), then ours (DESIGN.md section 5). */
const ATTRIBUTES = [
  'match',
  'order_by',
  'parallel',
  'on_error',
  'depends_on',
  'count',
  'percent',
  'per_host',
  'max_failures',
  'failure_mode',
  'on_failure',
  'bake',
  'approval',
];

export interface GroupTools {
  readonly scope: hcl.Scope;
  readonly reader: BlockReader;
  readonly problems: ProblemList;
  /** Names of all groups of the deployment. */
  readonly groups: readonly string[];
}

export function readGroup(block: hcl.Block, tools: GroupTools): DeploymentGroup {
  const { reader, scope } = tools;
  const attribute = (name: string) => hcl.findAttribute(block.body, name);
  refuseUnknown(block, { attributes: ATTRIBUTES, blocks: ['throttle', ...WINDOW_BLOCKS] }, tools.problems);
  const match = attribute('match')?.value;
  const count = wholeNumber(attribute('count'), 0, tools);
  const percent = percentage(attribute('percent'), tools);
  const percentAttribute = attribute('percent');
  if (count !== undefined && percentAttribute !== undefined) {
    reader.fail(
      percentAttribute,
      'Conflicting attributes',
      '"count" and "percent" exclude each other.',
      'DEPLOYMENT_INVALID',
    );
  }
  const config: GroupConfig = {
    name: block.labels[0]?.value ?? '',
    hasMatch: match !== undefined,
    ...(count === undefined ? {} : { count }),
    ...(percent === undefined ? {} : { percent }),
    parallel: wholeNumber(attribute('parallel'), 1, tools) ?? 1,
    perHost: wholeNumber(attribute('per_host'), 1, tools) ?? null,
    maxFailures: maxFailures(attribute('max_failures'), attribute('on_error'), tools),
    budgetMode: oneOf(attribute('failure_mode'), ['STRICT', 'SOFT'], tools) ?? 'STRICT',
    onFailure: oneOf(attribute('on_failure'), ON_FAILURE, tools) ?? 'PAUSE',
    bakeMs: reader.durationMs(attribute('bake'), scope) ?? 0,
    approval: truth(attribute('approval'), tools),
    dependsOn: dependsOn(attribute('depends_on'), tools),
  };
  return { config, match, orderBy: attribute('order_by') };
}

function wholeNumber(
  attribute: hcl.Attribute | undefined,
  least: number,
  { reader, scope }: GroupTools,
): number | undefined {
  const value = reader.as(attribute, hcl.NUMBER, scope);
  if (attribute === undefined || value?.kind !== 'number') return undefined;
  const whole = hcl.toSafeInteger(value.value);
  if (whole !== undefined && whole >= least) return whole;
  return reader.fail(
    attribute,
    'Invalid number',
    `"${attribute.name}" is a whole number, ${least} or more.`,
    'DEPLOYMENT_INVALID',
  );
}

function percentage(attribute: hcl.Attribute | undefined, { reader, scope }: GroupTools): number | undefined {
  const value = reader.as(attribute, hcl.NUMBER, scope);
  if (attribute === undefined || value?.kind !== 'number') return undefined;
  const share = hcl.toDouble(value.value);
  if (share >= 0 && share <= 100) return share;
  return reader.fail(
    attribute,
    'Invalid number',
    `"${attribute.name}" is a percentage: 0 to 100.`,
    'DEPLOYMENT_INVALID',
  );
}

function truth(attribute: hcl.Attribute | undefined, { reader, scope }: GroupTools): boolean {
  const value = reader.as(attribute, hcl.BOOL, scope);
  return value?.kind === 'bool' && value.value;
}

/** `on_error` keeps Atlas's meaning: FAIL bears no failure, CONTINUE any number; `max_failures`, a number or "2%", refines it. */
function maxFailures(
  attribute: hcl.Attribute | undefined,
  onError: hcl.Attribute | undefined,
  tools: GroupTools,
): GroupConfig['maxFailures'] {
  const mode = oneOf(onError, ['FAIL', 'CONTINUE'], tools) ?? 'FAIL';
  const text = tools.reader.text(attribute, tools.scope);
  if (attribute === undefined || text === undefined) return mode === 'CONTINUE' ? null : { count: 0 };
  const budget = parseCountOrShare(text);
  if (budget !== undefined) return budget;
  tools.reader.fail(
    attribute,
    'Invalid failure budget',
    '"max_failures" is a whole number, 0 or more, or a share of the group like "2%".',
    'DEPLOYMENT_INVALID',
  );
  return { count: 0 };
}

/** A word of a closed list, bare or quoted; undefined where it is not set, or is none of them, which is noted. */
export function oneOf<T extends string>(
  attribute: hcl.Attribute | undefined,
  words: readonly T[],
  tools: Pick<GroupTools, 'reader' | 'scope'>,
): T | undefined {
  const word = tools.reader.word(attribute, tools.scope, words);
  if (attribute === undefined || word === undefined) return undefined;
  const found = words.find((one) => one === word);
  if (found !== undefined) return found;
  return tools.reader.fail(
    attribute,
    'Invalid value',
    `"${attribute.name}" is "${word}"; expected ${words.join(' or ')}.${didYouMean(word, words)}`,
    'DEPLOYMENT_INVALID',
  );
}

/** `[group.canary]`, and "group.canary" or "canary" as text. */
function dependsOn(attribute: hcl.Attribute | undefined, tools: GroupTools): readonly string[] {
  if (attribute === undefined) return [];
  const { value } = attribute;
  const items = value.kind === 'TupleConstructor' ? value.items : [value];
  return items.flatMap((item) => {
    const name = groupName(item, tools);
    if (name === undefined) {
      tools.reader.fail(
        attribute,
        'Invalid reference',
        '"depends_on" is a list of groups, like [group.canary].',
        'DEPLOYMENT_INVALID',
      );
      return [];
    }
    if (tools.groups.includes(name)) return [name];
    tools.problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: 'Unknown group',
      detail: `There is no group named "${name}"; expected one of ${tools.groups.map((one) => `"${one}"`).join(', ')}.${didYouMean(name, tools.groups)}`,
      at: item,
    });
    return [];
  });
}

function groupName(item: hcl.Expression, { reader, scope }: GroupTools): string | undefined {
  const [reference, more] = item.kind === 'Template' ? [] : hcl.freeVariables(item);
  if (reference?.root === 'group' && reference.path.length === 1 && more === undefined) return reference.path[0];
  if (item.kind !== 'Template') return undefined;
  const value = reader.value(item, scope);
  return value.kind === 'string' ? value.value.replace(/^group\./, '') : undefined;
}
