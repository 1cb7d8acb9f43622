import { didYouMean, type hcl } from '../../engine/index.ts';
import type { ProblemList } from './problem-list.ts';
import { headerOf, nameOf } from './read-syntax.ts';

export interface BlockShape {
  readonly attributes?: readonly string[];
  readonly blocks?: readonly string[];
}

/** Notes what does not belong in a block: an attribute or a block of another name would be passed over in silence. */
export function refuseUnknown(block: hcl.Block, shape: BlockShape, problems: ProblemList): void {
  const { attributes = [], blocks = [] } = shape;
  const known = (names: readonly string[]): string => (names.length === 0 ? 'none' : `one of ${names.join(', ')}`);
  for (const attribute of block.body.attributes) {
    if (attributes.includes(attribute.name)) continue;
    problems.add({
      code: 'HCL_UNKNOWN_ATTRIBUTE',
      summary: 'Unsupported argument',
      detail: `An argument named "${attribute.name}" is not expected in "${block.type}"; expected ${known(attributes)}.${didYouMean(attribute.name, attributes)}`,
      at: nameOf(attribute),
    });
  }
  for (const inner of block.body.blocks) {
    if (blocks.includes(inner.type)) continue;
    problems.add({
      code: 'HCL_UNKNOWN_ATTRIBUTE',
      summary: 'Unsupported block type',
      detail: `Blocks of type "${inner.type}" are not expected in "${block.type}"; expected ${known(blocks)}.${didYouMean(inner.type, blocks)}`,
      at: headerOf(inner),
    });
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
