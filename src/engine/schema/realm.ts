import type { SchemaObject } from './object.ts';
import type { Properties, Written } from './property.ts';
import type { Table } from './table.ts';

/** All that a connection, or a folder of HCL files, knows. */
export interface Realm {
  /** What belongs to no schema: extensions; later roles. */
  readonly objects: readonly SchemaObject[];
  readonly schemas: readonly Schema[];
}

export interface Schema extends Written {
  readonly name: string;
  /** comment, charset, collate. */
  readonly properties: Properties;
  readonly tables: readonly Table[];
  readonly objects: readonly SchemaObject[];
}

/** Its schemas, and nothing in them. */
export const emptied = ({ schemas }: Realm): Realm => ({
  objects: [],
  schemas: schemas.map(({ name }) => ({ name, properties: {}, tables: [], objects: [] })),
});
