import type { SchemaObject } from '../../../schema/object.ts';
import type { Properties } from '../../../schema/property.ts';
import type { Realm } from '../../../schema/realm.ts';
import type { Check, ForeignKey, ForeignKeyAction, Table } from '../../../schema/table.ts';
import type { Catalog, Row, Scope } from '../../dialect.ts';
import { inferNeeds } from '../infer-needs.ts';
import { DEPENDENCY_QUERY, withDependencies } from '../objects/dependencies.ts';
import { POSTGRES_OBJECTS } from '../objects/index.ts';
import { json, options, text, textOr } from './cells.ts';
import { tableQueries } from './queries.ts';
import { readColumn } from './read-column.ts';
import { deferrable, readIndex, readPrimaryKey } from './read-index.ts';
import { readPartitionKey } from './read-partition-key.ts';

/** Letters of pg_constraint (postgresql.org/docs/current/catalog-pg-constraint.html). */
const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = {
  a: 'NO ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
};

export const POSTGRES_CATALOG: Catalog = {
  queries: (scope) => [
    ...tableQueries(scope),
    DEPENDENCY_QUERY,
    ...POSTGRES_OBJECTS.map((object) => object.query(scope)),
  ],
  read: readRealm,
};

function readRealm(results: readonly (readonly Row[])[], _scope: Scope): Realm {
  const [schemas = [], tables = [], columns = [], indexes = [], keys = [], checks = [], needs = [], ...objects] =
    results;
  const of = (rows: readonly Row[]): ReadonlyMap<unknown, Row[]> => Map.groupBy(rows, ({ table }) => table);
  const parts = { columns: of(columns), indexes: of(indexes), keys: of(keys), checks: of(checks) };
  const placed = objects.flatMap((rows, i) => POSTGRES_OBJECTS[i]?.read(rows) ?? []);
  const objectsOf = Map.groupBy(placed, ({ schema }) => schema);
  const tablesOf = Map.groupBy(tables, ({ schema }) => text(schema));
  const objectsIn = (schema: string): readonly SchemaObject[] =>
    (objectsOf.get(schema) ?? []).map(({ object }) => object);
  const realm: Realm = {
    objects: objectsIn(''),
    schemas: schemas.map((row) => {
      const name = text(row.name);
      const comment = textOr(row.comment);
      return {
        name,
        // That of `public` is the server's own.
        properties: comment === undefined || comment === 'standard public schema' ? {} : { comment },
        tables: (tablesOf.get(name) ?? []).map((table) => readTable(table, parts)),
        objects: objectsIn(name),
      };
    }),
  };
  return inferNeeds(withDependencies(realm, needs), { isWritten: false });
}

interface Parts {
  readonly columns: ReadonlyMap<unknown, readonly Row[]>;
  readonly indexes: ReadonlyMap<unknown, readonly Row[]>;
  readonly keys: ReadonlyMap<unknown, readonly Row[]>;
  readonly checks: ReadonlyMap<unknown, readonly Row[]>;
}

function readTable(row: Row, parts: Parts): Table {
  const name = text(row.name);
  const schema = text(row.schema);
  const indexes = parts.indexes.get(row.id) ?? [];
  const primary = indexes.find(({ constraint }) => constraint === 'p');
  return {
    name,
    columns: (parts.columns.get(row.id) ?? []).map((column) => readColumn(column, { schema, name })),
    ...(primary === undefined ? {} : { primaryKey: readPrimaryKey(primary, name) }),
    foreignKeys: (parts.keys.get(row.id) ?? []).map(readForeignKey),
    indexes: indexes.filter((index) => index !== primary).map(readIndex),
    checks: (parts.checks.get(row.id) ?? []).map(readCheck),
    properties: readProperties(row, indexes),
    dependsOn: [],
  };
}

function readProperties(row: Row, indexes: readonly Row[]): Properties {
  const storage = options(row.options);
  const comment = textOr(row.comment);
  const identity = indexes.find(({ is_identity: is }) => is === true);
  const replica = { n: 'NOTHING', f: 'FULL', i: text(identity?.name) }[text(row.replica_identity)];
  const method = textOr(row.method);
  return {
    ...(row.persistence === 'u' ? { unlogged: true } : {}),
    ...(method === undefined || method === 'heap' ? {} : { access_method: method }),
    ...(replica === undefined ? {} : { replica_identity: replica }),
    ...(comment === undefined ? {} : { comment }),
    ...(Object.keys(storage).length === 0 ? {} : { storage_params: storage }),
    ...(row.partition_key === null || row.partition_key === undefined
      ? {}
      : { partition: readPartitionKey(text(row.partition_key)) }),
    ...(row.row_security === true || row.force_security === true
      ? {
          row_security: {
            ...(row.row_security === true ? { enabled: true } : {}),
            ...(row.force_security === true ? { enforced: true } : {}),
          },
        }
      : {}),
  };
}

function readForeignKey(row: Row): ForeignKey {
  const comment = textOr(row.comment);
  return {
    name: text(row.name),
    columns: json<readonly string[]>(row.columns) ?? [],
    references: {
      schema: text(row.ref_schema),
      table: text(row.ref_table),
      columns: json<readonly string[]>(row.ref_columns) ?? [],
    },
    onUpdate: ACTIONS[text(row.on_update)] ?? 'NO ACTION',
    onDelete: ACTIONS[text(row.on_delete)] ?? 'NO ACTION',
    properties: {
      ...deferrable(row),
      ...(row.is_period === true ? { period: true } : {}),
      ...(comment === undefined ? {} : { comment }),
    },
  };
}

function readCheck(row: Row): Check {
  const comment = textOr(row.comment);
  return {
    name: text(row.name),
    expression: text(row.expression),
    properties: {
      ...(row.no_inherit === true ? { no_inherit: true } : {}),
      ...(comment === undefined ? {} : { comment }),
    },
  };
}
