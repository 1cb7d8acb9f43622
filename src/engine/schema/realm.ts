import type { SchemaObject } from './object.ts';
import type { Properties, Written } from './property.ts';
import type { Table } from './table.ts';

/** All that a connection, or a folder of HCL files, knows. */
export interface Realm {
  /** What belongs to no schema: extensions; later roles. */
  readonly objects: readonly SchemaObject[];
  readonly schemas: readonly Schema[];
  /** The one schema that the connection is bound to (`search_path` of a URL): names in it are not qualified, and others are not looked at. */
  readonly boundTo?: string;
}

export interface Schema extends Written {
  readonly name: string;
  /** comment, charset, collate. */
  readonly properties: Properties;
  readonly tables: readonly Table[];
  readonly objects: readonly SchemaObject[];
}

/** Its schemas, and nothing in them. */
export const emptied = ({ schemas, boundTo }: Realm): Realm => ({
  ...(boundTo === undefined ? {} : { boundTo }),
  objects: [],
  schemas: schemas.map(({ name }) => ({ name, properties: {}, tables: [], objects: [] })),
});
