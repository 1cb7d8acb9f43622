import { hcl } from '../../engine/index.ts';

/**
 * The env blocks that may be the wanted one, told by their syntax alone; all others are never evaluated, so their mistakes do not matter:
 * those labelled with its name, else the unlabelled ones whose `name` mentions atlas.env (atlas-config-cli.md 1.1).
 */
export function selectEnvs(blocks: readonly hcl.Block[], env: string): readonly hcl.Block[] {
  const labelled = blocks.filter(({ labels }) => labels.length === 1 && labels[0]?.value === env);
  if (labelled.length > 0) return labelled;
  return blocks.filter(({ labels, body }) => labels.length === 0 && mentionsEnv(hcl.findAttribute(body, 'name')));
}

const mentionsEnv = (name: hcl.Attribute | undefined): boolean =>
  name !== undefined && hcl.freeVariables(name.value).some(({ root, path }) => root === 'atlas' && path[0] === 'env');
