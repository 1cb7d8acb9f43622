import type { Change, ModifyTable, TableChange } from '../changes/change.ts';
import type { ObjectReference, SchemaObject } from '../schema/object.ts';
import type { Column, ForeignKey, Table } from '../schema/table.ts';

/** Of each change, by its place in the list, the changes that have to run before it. */
export function needsOf(changes: readonly Change[]): ReadonlyMap<number, ReadonlySet<number>> {
  const makers = new Map<string, number[]>();
  const users = new Map<string, number[]>();
  const droppers = new Map<string, number[]>();
  const note = (map: Map<string, number[]>, keys: readonly string[], at: number): void => {
    for (const key of keys) map.set(key, [...(map.get(key) ?? []), at]);
  };
  for (const [at, change] of changes.entries()) {
    note(makers, made(change), at);
    note(users, usedBefore(change), at);
    note(droppers, dropped(change), at);
  }
  const needs = new Map<number, Set<number>>();
  for (const [at, change] of changes.entries()) {
    const before = [
      ...usedAfter(change).flatMap((key) => makers.get(key) ?? []),
      // What is dropped must not be used any more, and a name must be free before it is given again.
      ...[...dropped(change), ...loosened(change)].flatMap((key) => users.get(key) ?? []),
      ...(isAddition(change) ? made(change).flatMap((key) => droppers.get(key) ?? []) : []),
    ].filter((other) => other !== at);
    needs.set(at, new Set(before));
  }
  return needs;
}

const keyOf = (kind: string, schema: string, name: string, on = ''): string => JSON.stringify([kind, schema, name, on]);

/** A relation, whatever its kind: what a trigger stands on. */
const relation = (schema: string, name: string): string => keyOf('', schema, name);

const ofTable = (schema: string, name: string): readonly string[] => [
  keyOf('table', schema, name),
  relation(schema, name),
];

const ofObject = (schema: string, { kind, name, on }: SchemaObject): readonly string[] => [
  keyOf(kind, schema, name, on),
  ...(on === undefined ? [relation(schema, name)] : []),
];

const ofReference = (schema: string, reference: ObjectReference): string =>
  keyOf(reference.kind, reference.schema ?? schema, reference.name, reference.on);

const isAddition = ({ kind }: Change): boolean => kind.startsWith('Add') || kind.startsWith('Rename');

/** What is there, in its new form, once the change has run. */
function made(change: Change): readonly string[] {
  switch (change.kind) {
    case 'AddSchema':
    case 'ModifySchema':
      return [keyOf('schema', '', change.to.name)];
    case 'AddTable':
    case 'RenameTable':
      return ofTable(change.schema, change.to.name);
    case 'ModifyTable':
      return change.changes.some(isReferable) ? ofTable(change.schema, change.to.name) : [];
    case 'AddObject':
    case 'ModifyObject':
      return ofObject(change.schema, change.to);
    default:
      return [];
  }
}

/** What others may refer to: a column, a key. */
const isReferable = ({ kind }: TableChange): boolean =>
  kind.endsWith('Column') || kind.endsWith('Index') || kind.endsWith('PrimaryKey');

function dropped(change: Change): readonly string[] {
  switch (change.kind) {
    case 'DropSchema':
      return [keyOf('schema', '', change.from.name)];
    case 'DropTable':
      return ofTable(change.schema, change.from.name);
    case 'RenameTable':
      return [];
    case 'DropObject':
      return ofObject(change.schema, change.from);
    default:
      return [];
  }
}

/** A table that loses a column or a key: a foreign key may refer to it no longer. */
function loosened(change: Change): readonly string[] {
  if (change.kind !== 'ModifyTable') return [];
  const loses = change.changes.some(({ kind }) =>
    ['DropColumn', 'DropIndex', 'DropPrimaryKey', 'ModifyColumn', 'ModifyIndex', 'ModifyPrimaryKey'].includes(kind),
  );
  return loses ? [keyOf('table', change.schema, change.from.name)] : [];
}

/** What must be there for the change to run. */
function usedAfter(change: Change): readonly string[] {
  switch (change.kind) {
    case 'AddTable':
      return [keyOf('schema', '', change.schema), ...usedByTable(change.schema, change.to)];
    case 'RenameTable':
      return [];
    case 'ModifyTable':
      return [
        // A table is renamed before it is changed under its new name.
        ...ofTable(change.schema, change.to.name),
        ...change.to.dependsOn.map((one) => ofReference(change.schema, one)),
        ...change.changes.flatMap((one): readonly string[] => {
          switch (one.kind) {
            case 'AddColumn':
            case 'ModifyColumn':
              return usedByColumn(change.schema, one.to);
            case 'AddForeignKey':
            case 'ModifyForeignKey':
              return [usedByKey(change.schema, one.to)];
            default:
              return [];
          }
        }),
      ];
    case 'AddObject':
    case 'ModifyObject':
      return [
        ...(change.schema === '' ? [] : [keyOf('schema', '', change.schema)]),
        ...usedByObject(change.schema, change.to),
      ];
    default:
      return [];
  }
}

/** What the database needed for this until the change has run, and does not need any more then. */
function usedBefore(change: Change): readonly string[] {
  switch (change.kind) {
    case 'DropTable':
      return [keyOf('schema', '', change.schema), ...usedByTable(change.schema, change.from)];
    case 'DropObject':
    case 'ModifyObject':
      return [keyOf('schema', '', change.schema), ...usedByObject(change.schema, change.from)];
    case 'ModifyTable':
      return usedBeforeBy(change);
    default:
      return [];
  }
}

const usedBeforeBy = ({ schema, from, changes }: ModifyTable): readonly string[] => [
  ...from.dependsOn.map((one) => ofReference(schema, one)),
  ...changes.flatMap((one): readonly string[] => {
    switch (one.kind) {
      case 'DropColumn':
      case 'ModifyColumn':
        return usedByColumn(schema, one.from);
      case 'DropForeignKey':
      case 'ModifyForeignKey':
        return [usedByKey(schema, one.from)];
      default:
        return [];
    }
  }),
];

const usedByTable = (schema: string, table: Table): readonly string[] => [
  ...table.columns.flatMap((column) => usedByColumn(schema, column)),
  ...table.foreignKeys.filter((key) => !isOwn(schema, table, key)).map((key) => usedByKey(schema, key)),
  ...table.dependsOn.map((one) => ofReference(schema, one)),
];

const isOwn = (schema: string, { name }: Table, { references }: ForeignKey): boolean =>
  references.table === name && (references.schema === '' || references.schema === schema);

const usedByColumn = (schema: string, { type }: Column): readonly string[] =>
  type.object === undefined ? [] : [ofReference(schema, type.object)];

const usedByKey = (schema: string, { references }: ForeignKey): string =>
  keyOf('table', references.schema === '' ? schema : references.schema, references.table);

const usedByObject = (schema: string, { on, dependsOn }: SchemaObject): readonly string[] => [
  ...(on === undefined ? [] : [relation(schema, on)]),
  ...dependsOn.map((one) => ofReference(schema, one)),
];
