import type { AddTable, Change, DropTable, ModifyTable, TableChange } from '../changes/change.ts';
import type { ForeignKey, Table } from '../schema/table.ts';

/**
 * Where tables that come refer to each other in a circle, all foreign keys to other tables are added when the tables are there; where tables that go do,
 * they are dropped first (atlas-engine.md 2.4, DetachCycles). Without a circle nothing changes.
 */
export function cutCycles(changes: readonly Change[]): readonly Change[] {
  return cutDrops(cutAdditions(changes));
}

const keyOf = (schema: string, name: string): string => JSON.stringify([schema, name]);

const targetOf = (schema: string, { references }: ForeignKey): string =>
  keyOf(references.schema === '' ? schema : references.schema, references.table);

function cutAdditions(changes: readonly Change[]): readonly Change[] {
  const edges = new Map<string, string[]>();
  for (const change of changes) {
    const keys = addedKeys(change);
    if (keys.length === 0 || !('schema' in change)) continue;
    const from = keyOf(change.schema, nameOf(change));
    const to = keys.map((key) => targetOf(change.schema, key)).filter((key) => key !== from);
    edges.set(from, [...(edges.get(from) ?? []), ...to]);
  }
  if (!hasCycle(edges)) return changes;
  const later: ModifyTable[] = [];
  const cut = changes.flatMap((change): readonly Change[] => {
    if (change.kind === 'AddTable') return [cutTable(change, later)];
    return change.kind === 'ModifyTable' ? cutModification(change, later) : [change];
  });
  return [...cut, ...later];
}

const nameOf = (change: Change): string => ('to' in change ? change.to.name : change.from.name);

function addedKeys(change: Change): readonly ForeignKey[] {
  if (change.kind === 'AddTable') return change.to.foreignKeys;
  if (change.kind !== 'ModifyTable') return [];
  return change.changes.flatMap((one) =>
    one.kind === 'AddForeignKey' || one.kind === 'ModifyForeignKey' ? [one.to] : [],
  );
}

function cutTable({ schema, to }: AddTable, later: ModifyTable[]): AddTable {
  const own = keyOf(schema, to.name);
  const away = to.foreignKeys.filter((key) => targetOf(schema, key) !== own);
  if (away.length === 0) return { kind: 'AddTable', schema, to };
  const bare: Table = { ...to, foreignKeys: to.foreignKeys.filter((key) => !away.includes(key)) };
  const added = away.map((key): TableChange => ({ kind: 'AddForeignKey', to: key }));
  later.push({ kind: 'ModifyTable', schema, from: bare, to, changes: added });
  return { kind: 'AddTable', schema, to: bare };
}

function cutModification(change: ModifyTable, later: ModifyTable[]): readonly Change[] {
  const { schema, from, to, changes } = change;
  const own = keyOf(schema, to.name);
  const isAway = (one: TableChange): boolean => one.kind === 'AddForeignKey' && targetOf(schema, one.to) !== own;
  const away = changes.filter(isAway);
  if (away.length === 0) return [change];
  later.push({ kind: 'ModifyTable', schema, from, to, changes: away });
  const rest = changes.filter((one) => !isAway(one));
  return rest.length === 0 ? [] : [{ kind: 'ModifyTable', schema, from, to, changes: rest }];
}

function cutDrops(changes: readonly Change[]): readonly Change[] {
  const edges = new Map<string, string[]>();
  for (const change of changes) {
    const keys = droppedKeys(change);
    if (keys.length === 0 || !('schema' in change)) continue;
    const own = keyOf(change.schema, nameOf(change));
    edges.set(own, [
      ...(edges.get(own) ?? []),
      ...keys.map((key) => targetOf(change.schema, key)).filter((key) => key !== own),
    ]);
  }
  // Whatever refers to nothing is the end of a chain, and no part of a circle.
  for (const change of changes) {
    if (change.kind !== 'DropTable' && change.kind !== 'ModifyTable') continue;
    const own = keyOf(change.schema, nameOf(change));
    if (!edges.has(own)) edges.set(own, []);
  }
  if (!hasCycle(edges)) return changes;
  const first: ModifyTable[] = [];
  const cut = changes.flatMap((change): readonly Change[] => {
    if (change.kind === 'DropTable') return [cutDrop(change, first)];
    return change.kind === 'ModifyTable' ? cutLoss(change, first) : [change];
  });
  return [...first, ...cut];
}

function droppedKeys(change: Change): readonly ForeignKey[] {
  if (change.kind === 'DropTable') return change.from.foreignKeys;
  if (change.kind !== 'ModifyTable') return [];
  return change.changes.flatMap((one) =>
    one.kind === 'DropForeignKey' || one.kind === 'ModifyForeignKey' ? [one.from] : [],
  );
}

function cutDrop(change: DropTable, first: ModifyTable[]): DropTable {
  const { schema, from } = change;
  const away = from.foreignKeys.filter((key) => targetOf(schema, key) !== keyOf(schema, from.name));
  if (away.length === 0) return change;
  const bare: Table = { ...from, foreignKeys: from.foreignKeys.filter((key) => !away.includes(key)) };
  const gone = away.map((key): TableChange => ({ kind: 'DropForeignKey', from: key }));
  first.push({ kind: 'ModifyTable', schema, from, to: bare, changes: gone });
  return { ...change, from: bare };
}

function cutLoss(change: ModifyTable, first: ModifyTable[]): readonly Change[] {
  const { schema, from, changes } = change;
  const isAway = (one: TableChange): boolean =>
    one.kind === 'DropForeignKey' && targetOf(schema, one.from) !== keyOf(schema, from.name);
  const away = changes.filter(isAway);
  if (away.length === 0) return [change];
  const gone = new Set(away.map((one) => (one.kind === 'DropForeignKey' ? one.from : undefined)));
  const bare: Table = { ...from, foreignKeys: from.foreignKeys.filter((key) => !gone.has(key)) };
  first.push({ kind: 'ModifyTable', schema, from, to: bare, changes: away });
  const rest = changes.filter((one) => !isAway(one));
  return rest.length === 0 ? [] : [{ ...change, from: bare, changes: rest }];
}

/** By Kahn's way: whether something is left when all that nobody waits for is taken away, again and again. */
function hasCycle(edges: ReadonlyMap<string, readonly string[]>): boolean {
  const waiting = new Map<string, number>();
  const waiters = new Map<string, string[]>();
  for (const [from, targets] of edges) {
    const known = targets.filter((to) => edges.has(to));
    waiting.set(from, known.length);
    for (const to of known) waiters.set(to, [...(waiters.get(to) ?? []), from]);
  }
  const free = [...waiting].filter(([, count]) => count === 0).map(([name]) => name);
  let taken = 0;
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    taken += 1;
    for (const waiter of waiters.get(name) ?? []) {
      const left = (waiting.get(waiter) ?? 0) - 1;
      waiting.set(waiter, left);
      if (left === 0) free.push(waiter);
    }
  }
  return taken < waiting.size;
}
