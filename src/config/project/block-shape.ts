import { didYouMean, type hcl, nearestName } from '../../engine/index.ts';
import type { ProblemList } from './problem-list.ts';
import { headerOf, nameOf } from './read-syntax.ts';

export interface BlockShape {
  readonly attributes?: readonly string[];
  readonly blocks?: readonly string[];
}

/** Notes what does not belong in a block: an attribute or a block of another name would be passed over in silence. */
export function refuseUnknown(block: hcl.Block, shape: BlockShape, problems: ProblemList): void {
  const { attributes = [], blocks = [] } = shape;
  const refuse = (summary: string, what: string, name: string, known: readonly string[], at: hcl.Located): void => {
    const near = nearestName(name, known);
    const expected = known.length === 0 ? 'none' : `one of ${known.join(', ')}`;
    problems.add({
      code: 'HCL_UNKNOWN_ATTRIBUTE',
      summary,
      detail: `${what} not expected in a "${block.type}" block; expected ${expected}.`,
      ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
      at,
    });
  };
  for (const attribute of block.body.attributes) {
    const { name } = attribute;
    if (attributes.includes(name)) continue;
    refuse('Unsupported argument', `An argument named "${name}" is`, name, attributes, nameOf(attribute));
  }
  for (const inner of block.body.blocks) {
    const { type } = inner;
    if (blocks.includes(type)) continue;
    refuse('Unsupported block type', `Blocks of type "${type}" are`, type, blocks, headerOf(inner));
  }
}

/**
 * Whether the block is about `migrate apply`, by its first label. One about another command of Atlas is left alone, one about none is noted.
 * @param named whether a second label, a name, may follow
 */
export function isOfMigrateApply(block: hcl.Block, problems: ProblemList, named = false): boolean {
  const [command, , ...more] = block.labels.map(({ value }) => value);
  const hasName = block.labels.length === 2;
  if ((command === 'migrate_apply' || command === 'schema_apply') && more.length === 0 && (named || !hasName)) {
    return command === 'migrate_apply';
  }
  const names = ['migrate_apply', 'schema_apply'];
  problems.add({
    code: 'HCL_LABELS',
    summary: `Wrong labels of "${block.type}"`,
    detail: `expected the command that it belongs to: ${block.type} "migrate_apply" { … }.${didYouMean(command ?? '', names)}`,
    at: headerOf(block),
  });
  return false;
}
