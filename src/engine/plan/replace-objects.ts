import { AppError } from '../../shared/errors.ts';
import type { Change, ModifyObject } from '../changes/change.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { ObjectReference, SchemaObject } from '../schema/object.ts';
import { referenceKey } from '../schema/property-references.ts';
import type { Realm } from '../schema/realm.ts';
import type { Table } from '../schema/table.ts';

interface Placed {
  /** '' for what belongs to none. */
  readonly schema: string;
  readonly object: SchemaObject;
}

interface Realms {
  readonly from: Realm;
  readonly to: Realm;
}

/**
 * The changes with each object that the database cannot alter dropped and made anew, and with it what stands on it: views on a view, triggers of a
 * view, and what reads a column whose type changes. A table is never made anew.
 * @throws AppError SCHEMA_CHANGE_IMPOSSIBLE where a table needs what would have to go
 */
export function replaceObjects(dialect: Dialect, { from, to }: Realms, changes: readonly Change[]): readonly Change[] {
  const { needsNew, columnsHeld } = dialect.plan;
  if (needsNew === undefined && columnsHeld === undefined) return changes;
  const replaced = new Map<string, Placed>();
  const open: Placed[] = [];
  const replace = (one: Placed): void => {
    const key = keyOf(dialect, one);
    if (replaced.has(key)) return;
    replaced.set(key, one);
    open.push(one);
  };
  const objects = objectsIn(from);
  for (const change of changes) {
    if (change.kind === 'ModifyObject' && needsNew?.(change) === true)
      replace({ schema: change.schema, object: change.from });
    if (change.kind !== 'ModifyTable') continue;
    const columns = columnsHeld?.(change) ?? [];
    if (columns.length === 0) continue;
    const table = referenceKey({ kind: 'table', schema: change.schema, name: change.from.name });
    for (const one of objects) if (needs(one, table) && columns.some((name) => names(one, name))) replace(one);
  }
  if (open.length === 0) return changes;
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { kind, name, on } = one.object;
    const key = referenceKey({ kind, schema: one.schema, name, ...(on === undefined ? {} : { on }) });
    refuseTables(to, key, one.object);
    for (const other of objects) if (other.object !== one.object && needs(other, key)) replace(other);
  }
  return expand(dialect, to, changes, replaced);
}

function expand(
  dialect: Dialect,
  to: Realm,
  changes: readonly Change[],
  replaced: ReadonlyMap<string, Placed>,
): readonly Change[] {
  const desired = new Map(objectsIn(to).map((one) => [keyOf(dialect, one), one.object]));
  const changed = new Set<string>();
  const result = changes.flatMap((change): readonly Change[] => {
    if (change.kind !== 'ModifyObject' && change.kind !== 'DropObject') return [change];
    const key = keyOf(dialect, { schema: change.schema, object: change.from });
    changed.add(key);
    return change.kind === 'ModifyObject' && replaced.has(key) ? dropAndAdd(change) : [change];
  });
  const others = [...replaced].flatMap(([key, { schema, object }]): readonly Change[] => {
    const wanted = desired.get(key);
    return changed.has(key) || wanted === undefined ? [] : dropAndAdd({ schema, from: object, to: wanted });
  });
  return [...result, ...others];
}

const dropAndAdd = ({ schema, from, to }: Pick<ModifyObject, 'schema' | 'from' | 'to'>): readonly Change[] => [
  { kind: 'DropObject', schema, from },
  { kind: 'AddObject', schema, to },
];

const objectsIn = ({ objects, schemas }: Realm): readonly Placed[] => [
  ...objects.map((object) => ({ schema: '', object })),
  ...schemas.flatMap(({ name, objects: own }) => own.map((object) => ({ schema: name, object }))),
];

/** As the differ tells objects apart. */
const keyOf = ({ objects }: Dialect, { schema, object: { kind, name, on = '', properties } }: Placed): string =>
  JSON.stringify([schema, kind, on, name, objects[kind]?.signature?.(properties) ?? '']);

function needs({ schema, object: { on, dependsOn } }: Placed, key: string): boolean {
  const of = (one: ObjectReference): string => referenceKey({ ...one, schema: one.schema ?? schema });
  if (dependsOn.some((one) => of(one) === key)) return true;
  return (
    on !== undefined &&
    ['view', 'materialized', 'table', 'foreign_table', 'partition'].some(
      (kind) => referenceKey({ kind, schema, name: on }) === key,
    )
  );
}

/** Whether the text of the object has the column's name: enough to leave alone what has not. */
const names = ({ object: { properties } }: Placed, column: string): boolean =>
  JSON.stringify(properties).includes(JSON.stringify(column).slice(1, -1));

function refuseTables({ schemas }: Realm, key: string, { kind, name }: SchemaObject): void {
  for (const { name: schema, tables } of schemas)
    for (const table of tables)
      if (isNeededBy(table, schema, key))
        throw new AppError(
          'SCHEMA_CHANGE_IMPOSSIBLE',
          `${kind} "${name}" cannot be changed in this way while table "${table.name}" needs it`,
          { next: `make a new ${kind} under another name, change the table to it, then drop "${name}"` },
        );
}

const isNeededBy = ({ columns, dependsOn }: Table, schema: string, key: string): boolean =>
  [...columns.flatMap(({ type }) => type.object ?? []), ...dependsOn].some(
    (one) => referenceKey({ ...one, schema: one.schema ?? schema }) === key,
  );
