import type { Realm } from '../../engine/index.ts';

/** The realm in the shape of `{{ json . }}` (atlas-engine.md 1.7): what is empty is left out. */
export const schemaJson = (realm: Realm) => ({
  schemas: realm.schemas.map(({ name, tables, properties }) => ({
    name,
    ...(tables.length === 0 ? {} : { tables: tables.map(tableJson) }),
    ...commentOf(properties),
  })),
});

type Table = Realm['schemas'][number]['tables'][number];
type Part = Table['indexes'][number]['parts'][number];

const commentOf = ({ comment }: Table['properties']) => (typeof comment === 'string' ? { comment } : {});

const partJson = ({ column, expression, isDescending }: Part) => ({
  ...(isDescending ? { desc: true } : {}),
  ...(column === undefined ? { expr: expression ?? '' } : { column }),
});

const tableJson = ({ name, columns, indexes, primaryKey, foreignKeys, properties }: Table) => ({
  name,
  ...(columns.length === 0
    ? {}
    : {
        columns: columns.map((column) => ({
          name: column.name,
          type: column.type.text.toUpperCase(),
          ...(column.isNullable ? { null: true } : {}),
          ...commentOf(column.properties),
        })),
      }),
  ...(indexes.length === 0
    ? {}
    : {
        indexes: indexes.map((index) => ({
          name: index.name,
          ...(index.isUnique ? { unique: true } : {}),
          parts: index.parts.map(partJson),
        })),
      }),
  ...(primaryKey === undefined ? {} : { primary_key: { parts: primaryKey.parts.map(partJson) } }),
  ...(foreignKeys.length === 0
    ? {}
    : {
        foreign_keys: foreignKeys.map((key) => ({
          ...(key.name === '' ? {} : { name: key.name }),
          columns: key.columns,
          references: { table: key.references.table, columns: key.references.columns },
        })),
      }),
  ...commentOf(properties),
});
