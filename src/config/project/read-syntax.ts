import { hcl } from '../../engine/index.ts';
import type { ProjectFiles } from '../types.ts';
import type { ProblemList } from './problem-list.ts';

/** The blocks of all project files, by what they are. Nothing is evaluated yet. */
export interface ProjectSyntax {
  readonly variables: ReadonlyMap<string, hcl.Block>;
  readonly locals: ReadonlyMap<string, hcl.Attribute>;
  /** By type, then by name. */
  readonly data: ReadonlyMap<string, ReadonlyMap<string, hcl.Block>>;
  readonly envs: readonly hcl.Block[];
  readonly deployments: ReadonlyMap<string, hcl.Block>;
  readonly policies: Readonly<Record<'lint' | 'diff' | 'test', readonly hcl.Block[]>>;
  /** What stands around `migrate apply` in every env. */
  readonly around: Readonly<Record<'check' | 'hook', readonly hcl.Block[]>>;
  /** Types of all other blocks: `docker`, `exporter`, … Read only when an expression names them. */
  readonly otherTypes: ReadonlySet<string>;
}

const POLICIES = ['lint', 'diff', 'test'] as const;

/** Reads and parses the files; each mistake goes to `problems`. @throws what `files.read` throws */
export async function readSyntax(
  files: ProjectFiles,
  paths: readonly string[],
  problems: ProblemList,
): Promise<ProjectSyntax> {
  const bodies: hcl.Body[] = [];
  for (const path of paths) {
    const parsed = hcl.parseFile(path, await files.read(path));
    problems.addAll(parsed.diagnostics);
    bodies.push(parsed.value);
  }
  const blocks = bodies.flatMap(({ blocks }) => blocks);
  const ofType = (type: string): readonly hcl.Block[] => blocks.filter((block) => block.type === type);
  refuseOutsideOfEnv([...ofType('pre'), ...ofType('post')], problems);
  const policies = Object.fromEntries(POLICIES.map((type) => [type, ofType(type)]));
  const { lint = [], diff = [], test = [] } = policies;
  const known = new Set<string>([
    'variable',
    'locals',
    'data',
    'env',
    'deployment',
    'atlas',
    'check',
    'hook',
    ...POLICIES,
  ]);
  return {
    variables: byName(ofType('variable'), 1, problems),
    locals: localsOf(ofType('locals'), problems),
    data: dataOf(ofType('data'), problems),
    envs: ofType('env'),
    deployments: byName(ofType('deployment'), 1, problems),
    policies: { lint, diff, test },
    around: { check: ofType('check'), hook: ofType('hook') },
    otherTypes: new Set(blocks.map(({ type }) => type).filter((type) => !known.has(type))),
  };
}

/** It would be passed over in silence. */
function refuseOutsideOfEnv(blocks: readonly hcl.Block[], problems: ProblemList): void {
  for (const block of blocks) {
    problems.add({
      code: 'HCL_UNKNOWN_ATTRIBUTE',
      summary: 'Unsupported block type',
      detail: `Blocks of type "${block.type}" are not expected here: it belongs into an env.`,
      at: headerOf(block),
    });
  }
}

/** Blocks by their last label. */
function byName(blocks: readonly hcl.Block[], labels: number, problems: ProblemList): Map<string, hcl.Block> {
  const named = new Map<string, hcl.Block>();
  for (const block of blocks) {
    const name = block.labels.at(-1)?.value;
    if (name === undefined || block.labels.length !== labels) {
      problems.add({
        code: 'HCL_LABELS',
        summary: `Wrong labels of "${block.type}"`,
        detail: `A "${block.type}" block has ${labels === 1 ? 'one label' : `${labels} labels`}: its ${labels === 1 ? 'name' : 'type and its name'}.`,
        at: headerOf(block),
      });
    } else if (named.has(name)) {
      problems.add({
        code: 'HCL_DUPLICATE',
        summary: `Duplicate ${block.type}`,
        detail: `There is another ${block.type} named "${name}".`,
        at: headerOf(block),
      });
    } else named.set(name, block);
  }
  return named;
}

function localsOf(blocks: readonly hcl.Block[], problems: ProblemList): ReadonlyMap<string, hcl.Attribute> {
  const locals = new Map<string, hcl.Attribute>();
  for (const attribute of blocks.flatMap(({ body }) => body.attributes)) {
    if (!locals.has(attribute.name)) locals.set(attribute.name, attribute);
    else {
      problems.add({
        code: 'HCL_DUPLICATE',
        summary: 'Duplicate local',
        detail: `There is another local named "${attribute.name}".`,
        at: nameOf(attribute),
      });
    }
  }
  return locals;
}

function dataOf(blocks: readonly hcl.Block[], problems: ProblemList): ProjectSyntax['data'] {
  const types = new Map<string, hcl.Block[]>();
  for (const block of blocks) {
    const type = block.labels[0]?.value ?? '';
    types.set(type, [...(types.get(type) ?? []), block]);
  }
  return new Map([...types].map(([type, ofType]) => [type, byName(ofType, 2, problems)]));
}

/** Type and labels of a block. */
export const headerOf = (block: hcl.Block): hcl.Located => ({
  source: block.source,
  start: block.start,
  end: block.headerEnd,
});

/** The name of an attribute. */
export const nameOf = (attribute: hcl.Attribute): hcl.Located => ({
  source: attribute.source,
  start: attribute.start,
  end: attribute.nameEnd,
});
