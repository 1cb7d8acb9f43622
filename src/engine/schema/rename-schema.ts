import type { ObjectReference, SchemaObject } from './object.ts';
import { mapReferences } from './property-references.ts';
import type { Realm } from './realm.ts';
import type { Table } from './table.ts';

/** The realm with one of its schemas under another name, wherever it is named: what a schema-bound plan compares may have two names. */
export function renameSchema(realm: Realm, from: string, to: string): Realm {
  if (from === to) return realm;
  const rename = (name: string): string => (name === from ? to : name);
  const reference = (one: ObjectReference): ObjectReference =>
    one.kind === 'schema'
      ? { ...one, name: rename(one.name) }
      : one.schema === undefined
        ? one
        : { ...one, schema: rename(one.schema) };
  const object = (one: SchemaObject): SchemaObject => ({
    ...one,
    properties: mapReferences(one.properties, reference),
    dependsOn: one.dependsOn.map(reference),
  });
  const table = (one: Table): Table => ({
    ...one,
    columns: one.columns.map((column) =>
      column.type.object === undefined
        ? column
        : { ...column, type: { ...column.type, object: reference(column.type.object) } },
    ),
    foreignKeys: one.foreignKeys.map((key) => ({
      ...key,
      references: { ...key.references, schema: rename(key.references.schema) },
    })),
    dependsOn: one.dependsOn.map(reference),
  });
  return {
    ...realm,
    ...(realm.boundTo === undefined ? {} : { boundTo: rename(realm.boundTo) }),
    objects: realm.objects.map(object),
    schemas: realm.schemas.map((schema) => ({
      ...schema,
      name: rename(schema.name),
      tables: schema.tables.map(table),
      objects: schema.objects.map(object),
    })),
  };
}
