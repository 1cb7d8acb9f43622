import type { Realm } from './realm.ts';
import type { Table } from './table.ts';

/** Gives what a dev database has made of a document its positions and its `renamed_from` back. */
export function reattach(written: Realm, normalized: Realm): Realm {
  const schemas = new Map(written.schemas.map((schema) => [schema.name, schema]));
  return {
    ...normalized,
    schemas: normalized.schemas.map((schema) => {
      const source = schemas.get(schema.name);
      const tables = new Map(source?.tables.map((table) => [table.name, table]));
      return {
        ...origin(source),
        ...schema,
        tables: schema.tables.map((table) => reattachTable(tables.get(table.name), table)),
        objects: schema.objects.map((object) => ({
          ...origin(source?.objects.find(({ kind, name }) => kind === object.kind && name === object.name)),
          ...object,
        })),
      };
    }),
  };
}

function reattachTable(written: Table | undefined, table: Table): Table {
  if (written === undefined) return table;
  const named = <T extends { readonly name: string } & Origin>(all: readonly T[], one: T): T => ({
    ...origin(all.find(({ name }) => name === one.name)),
    ...one,
  });
  return {
    ...origin(written),
    ...table,
    columns: table.columns.map((column) => named(written.columns, column)),
    indexes: table.indexes.map((index) => named(written.indexes, index)),
  };
}

type Origin = Pick<Table, 'range' | 'renamedFrom'>;

function origin(of: Origin | undefined): Origin {
  return {
    ...(of?.range === undefined ? {} : { range: of.range }),
    ...(of?.renamedFrom === undefined ? {} : { renamedFrom: of.renamedFrom }),
  };
}
