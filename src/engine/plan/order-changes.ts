import type { Change } from '../changes/change.ts';
import type { Dialect } from '../dialects/dialect.ts';

/**
 * Changes in an order in which they can run: what reads tables (views, triggers) goes before they change and comes when they are there; all
 * else keeps the order of the diff.
 */
export function orderChanges({ objects }: Dialect, changes: readonly Change[]): readonly Change[] {
  const readers = Object.keys(objects).filter((kind) => objects[kind]?.readsTables === true);
  const rankOf = (change: Change): number => {
    const object = objectOf(change);
    const rank = object === undefined ? -1 : readers.indexOf(object.kind);
    if (rank === -1) return 0;
    // A trigger of a view goes before it, and comes after it.
    return change.kind === 'DropObject' ? -1 - rank : 1 + rank;
  };
  return changes
    .map((change, index) => ({ change, index, rank: rankOf(change) }))
    .toSorted((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ change }) => change);
}

function objectOf(change: Change) {
  switch (change.kind) {
    case 'AddObject':
    case 'ModifyObject':
      return change.to;
    case 'DropObject':
      return change.from;
    default:
      return undefined;
  }
}
