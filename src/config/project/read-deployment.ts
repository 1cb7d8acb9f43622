import { hcl } from '../../engine/index.ts';
import { type CountOrShare, parseCountOrShare } from '../../shared/count-or-share.ts';
import type { StartWindow } from '../../shared/start-windows.ts';
import { JOINED_GROUP, JOINERS, type JoinersMode } from '../../shared/states.ts';
import type { GroupConfig } from '../types.ts';
import type { BlockReader } from './block-reader.ts';
import { refuseUnknown } from './block-shape.ts';
import { findCycles } from './find-cycles.ts';
import type { ProblemList } from './problem-list.ts';
import { oneOf, readGroup } from './read-group.ts';
import { headerOf } from './read-syntax.ts';
import { type ReadThrottle, readThrottles, refuseSameThrottles, type ThrottleTools } from './read-throttles.ts';
import { readWindows, WINDOW_BLOCKS } from './read-windows.ts';

export interface Deployment {
  readonly name: string;
  readonly block: hcl.Block;
  /** Its own `variable` blocks: their values come from each env's `rollout.vars`. */
  readonly variables: ReadonlyMap<string, hcl.Block>;
  /** In file order. */
  readonly groups: readonly DeploymentGroup[];
  /** How many targets of the last rollout may be missing; undefined: as the daemon is set. */
  readonly maxShrink: CountOrShare | undefined;
  readonly joiners: JoinersMode;
  /** Targets that may be started in an hour; undefined: as the daemon is set. */
  readonly maxPerHour: number | undefined;
  /** Its own and those of its groups. */
  readonly windows: readonly StartWindow[];
  /** Its own and those of its groups. */
  readonly throttles: readonly ReadThrottle[];
}

export interface DeploymentGroup {
  readonly config: GroupConfig;
  readonly match: hcl.Expression | undefined;
  readonly orderBy: hcl.Attribute | undefined;
}

/** A misspelt freeze must not be one that is not there. */
const BLOCKS: readonly string[] = ['variable', 'group', 'throttle', ...WINDOW_BLOCKS];

/** Reads the groups of a deployment, everything but what is asked of each target. All mistakes are noted. */
export function readDeployment(block: hcl.Block, outer: ThrottleTools): Deployment {
  const { scope, reader, problems } = outer;
  const name = block.labels[0]?.value ?? '';
  const variables = new Map(hcl.findBlocks(block.body, 'variable').map((one) => [one.labels[0]?.value ?? '', one]));
  const groupBlocks = hcl.findBlocks(block.body, 'group');
  if (groupBlocks.length === 0) {
    problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: `deployment "${name}" has no group`,
      detail: 'expected at least one group, for example: group "all" {}',
      at: headerOf(block),
    });
  }
  const names = groupBlocks.map((one) => one.labels[0]?.value ?? '');
  const groups = groupBlocks.map((one) => readGroup(one, { scope, reader, problems, groups: names }));
  const tools = { scope, reader, problems };
  const windows = [
    ...readWindows(block.body, tools),
    ...groupBlocks.flatMap((one, i) => readWindows(one.body, tools, names[i])),
  ];
  const throttles = [
    ...readThrottles(block.body, outer),
    ...groupBlocks.flatMap((one, i) => readThrottles(one.body, outer, names[i])),
  ];
  refuseSameThrottles(throttles, problems);
  refuseUnknown(block, { attributes: ['joiners', 'max_shrink', 'max_per_hour'], blocks: BLOCKS }, problems);
  refuseDuplicates(groupBlocks, problems);
  refuseCycles(name, groups, groupBlocks, problems);
  const maxShrink = readMaxShrink(block, scope, reader);
  const joiners = oneOf(hcl.findAttribute(block.body, 'joiners'), JOINERS, tools) ?? 'LEAVE';
  const maxPerHour = readMaxPerHour(block, scope, reader);
  return { name, block, variables, groups, windows, throttles, maxShrink, joiners, maxPerHour };
}

function readMaxShrink(block: hcl.Block, scope: hcl.Scope, reader: BlockReader): CountOrShare | undefined {
  const attribute = hcl.findAttribute(block.body, 'max_shrink');
  const text = reader.text(attribute, scope);
  if (attribute === undefined || text === undefined) return undefined;
  return (
    parseCountOrShare(text) ??
    reader.fail(
      attribute,
      'Invalid share',
      '"max_shrink" is how many targets of the last rollout may be missing: a whole number, 0 or more, or a share like "10%".',
      'DEPLOYMENT_INVALID',
    )
  );
}

function readMaxPerHour(block: hcl.Block, scope: hcl.Scope, reader: BlockReader): number | undefined {
  const attribute = hcl.findAttribute(block.body, 'max_per_hour');
  const text = reader.text(attribute, scope);
  if (attribute === undefined || text === undefined) return undefined;
  return /^[1-9]\d{0,8}$/.test(text)
    ? Number(text)
    : reader.fail(
        attribute,
        'Invalid number',
        '"max_per_hour" is how many targets may be started in an hour: a whole number, 1 or more.',
        'DEPLOYMENT_INVALID',
      );
}

function refuseDuplicates(blocks: readonly hcl.Block[], problems: ProblemList): void {
  const seen = new Set<string>();
  for (const block of blocks) {
    const name = block.labels[0]?.value ?? '';
    if (name === '' || block.labels.length !== 1) {
      problems.add({ code: 'DEPLOYMENT_INVALID', summary: 'a group needs one label: its name', at: headerOf(block) });
    } else if (name === JOINED_GROUP) {
      problems.add({
        code: 'DEPLOYMENT_INVALID',
        summary: `the name "${JOINED_GROUP}" is taken`,
        detail: 'It is the group of targets that appear while a rollout runs; give this one another name.',
        at: headerOf(block),
      });
    } else if (seen.has(name)) {
      problems.add({ code: 'DEPLOYMENT_INVALID', summary: `there is another group "${name}"`, at: headerOf(block) });
    }
    seen.add(name);
  }
}

function refuseCycles(
  deployment: string,
  groups: readonly DeploymentGroup[],
  blocks: readonly hcl.Block[],
  problems: ProblemList,
): void {
  const dependsOn = new Map(groups.map(({ config }) => [config.name, config.dependsOn]));
  for (const cycle of findCycles(dependsOn.keys(), (name) => dependsOn.get(name) ?? [])) {
    const at = blocks.find(({ labels }) => labels[0]?.value === cycle[0]);
    problems.add({
      code: 'DEPLOYMENT_INVALID',
      summary: `groups of deployment "${deployment}" wait for each other`,
      detail: `${cycle.map((name) => `"${name}"`).join(' waits for ')}; take one of them out of depends_on`,
      ...(at === undefined ? {} : { at: headerOf(at) }),
    });
  }
}
