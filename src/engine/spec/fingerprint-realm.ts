import { createHash } from 'node:crypto';
import type { Dialect } from '../dialects/dialect.ts';
import type { Realm, Schema } from '../schema/realm.ts';
import { renameSchema } from '../schema/rename-schema.ts';
import type { Table } from '../schema/table.ts';
import { printRealm } from './print-realm.ts';

/** In place of the name of the schema that a connection is bound to: tenants of one state differ in it alone. */
const BOUND = 'bound';

/**
 * Names a state of a schema: 32 bytes in base 64 over its canonical document, in which what has no order stands by name. Atlas's own algorithm is
 * not public (atlas-engine.md 8.4), so no fingerprint of one tool means anything to the other.
 */
export function fingerprintRealm(dialect: Dialect, realm: Realm): string {
  return createHash('sha256')
    .update(`${dialect.name}\n${printRealm(dialect, ordered(withoutBoundName(realm)))}`)
    .digest('base64');
}

/** The realm as all targets of its state have it, whatever the schema of each is called. */
export const withoutBoundName = (realm: Realm): Realm =>
  realm.boundTo === undefined ? realm : renameSchema(realm, realm.boundTo, BOUND);

/** Columns, and the parts of an index, stay as they are: their order is part of the state. */
const ordered = (realm: Realm): Realm => ({ ...realm, schemas: byName(realm.schemas).map(orderedSchema) });

const orderedSchema = (schema: Schema): Schema => ({
  ...schema,
  tables: byName(schema.tables).map(orderedTable),
  objects: byName(schema.objects),
});

const orderedTable = (table: Table): Table => ({
  ...table,
  indexes: byName(table.indexes),
  foreignKeys: byName(table.foreignKeys),
  checks: byName(table.checks),
});

const byName = <T extends { readonly name: string; readonly on?: string }>(list: readonly T[]): readonly T[] =>
  list.toSorted((a, b) => compare(a.name, b.name) || compare(a.on ?? '', b.on ?? ''));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
