import type { Change } from '../changes/change.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { cutCycles } from './cut-cycles.ts';
import { needsOf } from './needs.ts';

/**
 * Changes in an order in which they can run (atlas-engine.md 2.4): what is needed comes before what needs it, what is dropped goes after what
 * needed it, cycles of foreign keys are cut. What nothing forces stays in the order of the diff, tables by name. Takes time in proportion to changes and
 * references.
 */
export function orderChanges(dialect: Dialect, changes: readonly Change[]): readonly Change[] {
  const ranked = rankChanges(dialect, changes);
  return dialect.plan.keepsOrder === true ? ranked : sortByNeeds(cutCycles(sortTables(ranked)));
}

/**
 * What reads tables (views, triggers) goes before they change and comes when they are there, also where nobody has said what it reads; what else
 * is dropped comes last.
 */
function rankChanges({ objects, plan }: Dialect, changes: readonly Change[]): readonly Change[] {
  const readers = Object.keys(objects).filter((kind) => objects[kind]?.readsTables === true);
  const dropsLast = plan.keepsOrder !== true;
  const rankOf = (change: Change): number => {
    const kind = objectKind(change);
    const rank = kind === undefined ? -1 : readers.indexOf(kind);
    // A trigger of a view goes before it, and comes after it.
    if (rank !== -1) return change.kind === 'DropObject' ? -1 - rank : 1 + rank;
    return dropsLast && /^Drop/.test(change.kind) ? 1 + readers.length : 0;
  };
  return changes
    .map((change, index) => ({ change, index, rank: rankOf(change) }))
    .toSorted((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ change }) => change);
}

function objectKind(change: Change): string | undefined {
  switch (change.kind) {
    case 'AddObject':
    case 'ModifyObject':
      return change.to.kind;
    case 'DropObject':
      return change.from.kind;
    default:
      return undefined;
  }
}

/** Tables among themselves by name; all else keeps its place. */
function sortTables(changes: readonly Change[]): readonly Change[] {
  const isTable = (change: Change): boolean => ['AddTable', 'ModifyTable'].includes(change.kind);
  const nameOf = (change: Change): string => ('to' in change ? change.to.name : '');
  const sorted = changes
    .filter(isTable)
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
  let at = 0;
  return changes.map((change) => (isTable(change) ? (sorted[at++] ?? change) : change));
}

/** Depth first, in the order that is given: each change right behind the last of those that it needs. */
function sortByNeeds(changes: readonly Change[]): readonly Change[] {
  const needs = needsOf(changes);
  const sorted: Change[] = [];
  const seen = new Set<number>();
  // A stack of its own: a chain of ten thousand tables is deeper than the engine's.
  for (const start of changes.keys()) {
    const stack: { readonly at: number; readonly left: number[] }[] = [];
    const enter = (at: number): void => {
      if (seen.has(at)) return;
      seen.add(at);
      stack.push({ at, left: [...(needs.get(at) ?? [])].sort((a, b) => b - a) });
    };
    enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.left.pop();
      if (next !== undefined) {
        enter(next);
        continue;
      }
      stack.pop();
      const change = changes[top.at];
      if (change !== undefined) sorted.push(change);
    }
  }
  return sorted;
}
