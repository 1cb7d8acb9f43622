import { isSql } from '../../schema/property.ts';
import type { Realm } from '../../schema/realm.ts';
import type { Column } from '../../schema/table.ts';
import { readDefault } from './catalog/read-default.ts';
import { SQLITE_TYPES } from './types.ts';

/** Types and defaults as the catalog gives them. */
export const normalize = (realm: Realm): Realm => ({
  ...realm,
  schemas: realm.schemas.map((schema) => ({
    ...schema,
    tables: schema.tables.map((table) => ({ ...table, columns: table.columns.map(column) })),
  })),
});

const column = (one: Column): Column => ({
  ...one,
  type: { ...one.type, text: SQLITE_TYPES.canonical(one.type.text) },
  ...(isSql(one.default) ? { default: readDefault(one.default.sql) } : {}),
});
