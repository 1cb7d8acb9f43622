import type { Properties } from '../../../schema/property.ts';
import type { Realm } from '../../../schema/realm.ts';
import type {
  Column,
  ForeignKey,
  ForeignKeyAction,
  Index,
  IndexPart,
  PrimaryKey,
  Table,
} from '../../../schema/table.ts';
import type { Row } from '../../dialect.ts';
import { MAIN } from '../main.ts';
import { SQLITE_TYPES } from '../types.ts';
import { parseCreateIndex } from './parse-create-index.ts';
import { parseCreateTrigger, parseCreateView } from './parse-create-object.ts';
import { type CreateTable, foldCase, parseCreateTable } from './parse-create-table.ts';
import { readDefault } from './read-default.ts';

/** `hidden` of pragma table_xinfo. */
const VIRTUAL = 2;
const STORED = 3;
/** `cid` of pragma index_xinfo for an expression. */
const EXPRESSION = -2;

/** Makes the realm of the rows that QUERIES gave. */
export function readRealm([
  tables = [],
  columns = [],
  indexes = [],
  keys = [],
  objects = [],
]: readonly (readonly Row[])[]): Realm {
  const of = (rows: readonly Row[]): ReadonlyMap<unknown, Row[]> => Map.groupBy(rows, ({ table }) => table);
  const [columnsOf, indexesOf, keysOf] = [of(columns), of(indexes), of(keys)];
  const primary = new Map(tables.map(({ name }) => [text(name), keyColumns(columnsOf.get(name) ?? [])]));
  const read = tables.map((row): Table => {
    const { name } = row;
    const parsed = parseCreateTable(text(row.sql));
    const rows = columnsOf.get(name) ?? [];
    const primaryKey = primaryKeyOf(rows, indexesOf.get(name) ?? []);
    return {
      name: text(name),
      columns: rows.map((column) => columnOf(column, parsed)),
      ...(primaryKey === undefined ? {} : { primaryKey }),
      foreignKeys: foreignKeysOf(keysOf.get(name) ?? [], parsed, primary),
      indexes: indexesOfTable(text(name), indexesOf.get(name) ?? []),
      checks: parsed.checks.map((check) => ({ ...check, properties: {} })),
      properties: {
        ...(Number(row.strict) === 1 ? { strict: true } : {}),
        ...(Number(row.wr) === 1 ? { without_rowid: true } : {}),
      },
      dependsOn: [],
    };
  });
  const made = objects.map((row) =>
    row.type === 'view'
      ? parseCreateView(text(row.name), text(row.sql))
      : parseCreateTrigger(text(row.name), text(row.sql)),
  );
  return { objects: [], schemas: [{ name: MAIN, properties: {}, tables: read, objects: made }] };
}

const text = (cell: unknown): string => (cell === null || cell === undefined ? '' : String(cell));

function columnOf(row: Row, parsed: CreateTable): Column {
  const name = text(row.name);
  const { isAutoIncrement = false, collation, generated } = parsed.columns.get(foldCase(name)) ?? {};
  const properties: Properties = {
    ...(isAutoIncrement ? { auto_increment: true } : {}),
    ...(collation === undefined ? {} : { collate: collation }),
  };
  const hidden = Number(row.hidden);
  const storage = hidden === STORED ? ('STORED' as const) : ('VIRTUAL' as const);
  return {
    name,
    type: { text: SQLITE_TYPES.canonical(text(row.type)) },
    isNullable: Number(row.notnull) === 0,
    ...(row.dflt_value === null || row.dflt_value === undefined ? {} : { default: readDefault(text(row.dflt_value)) }),
    ...(hidden === VIRTUAL || hidden === STORED ? { generated: { expression: generated ?? '', storage } } : {}),
    properties,
  };
}

const keyColumns = (rows: readonly Row[]): readonly string[] =>
  rows
    .filter(({ pk }) => Number(pk) > 0)
    .toSorted((a, b) => Number(a.pk) - Number(b.pk))
    .map(({ name }) => text(name));

function primaryKeyOf(columns: readonly Row[], indexes: readonly Row[]): PrimaryKey | undefined {
  const names = keyColumns(columns);
  if (names.length === 0) return undefined;
  const own = indexes.filter(({ origin }) => origin === 'pk');
  const parts = names.map(
    (column, i): IndexPart => ({
      column,
      isDescending: Number(own[i]?.desc ?? 0) === 1,
      properties: {},
    }),
  );
  return { name: '', parts, properties: {} };
}

function indexesOfTable(table: string, rows: readonly Row[]): readonly Index[] {
  const groups = Map.groupBy(
    rows.filter(({ origin }) => origin !== 'pk'),
    ({ name }) => text(name),
  );
  return Array.from(groups, ([name, parts]): Index => {
    const [first] = parts;
    const parsed = first?.sql === null || first?.sql === undefined ? undefined : parseCreateIndex(text(first.sql));
    const columns = parts.map((part, i): IndexPart => {
      const at =
        Number(part.cid) === EXPRESSION ? { expression: parsed?.parts[i] ?? '' } : { column: text(part.column) };
      return { ...at, isDescending: Number(part.desc) === 1, properties: {} };
    });
    const isConstraint = first?.origin === 'u';
    return {
      // A unique constraint has no name that could be used; Atlas gives it that of its columns.
      name: isConstraint ? [table, ...columns.map(({ column = '' }) => column)].join('_') : name,
      isUnique: Number(first?.unique) === 1,
      parts: columns,
      properties: {
        ...(parsed?.where === undefined ? {} : { where: parsed.where }),
        ...(isConstraint ? { constraint: true } : {}),
      },
    };
  });
}

function foreignKeysOf(
  rows: readonly Row[],
  parsed: CreateTable,
  primary: ReadonlyMap<string, readonly string[]>,
): readonly ForeignKey[] {
  const free = [...parsed.foreignKeys];
  return Array.from(Map.groupBy(rows, ({ id }) => id).values(), (parts): ForeignKey => {
    const [first] = parts;
    const columns = parts.map(({ from }) => text(from));
    const written = free.findIndex(
      (key) =>
        key.columns.length === columns.length &&
        key.columns.every((name, i) => foldCase(name) === foldCase(columns[i] ?? '')),
    );
    const name = written === -1 ? '' : (free.splice(written, 1)[0]?.name ?? '');
    const parent = text(first?.parent);
    const named = parts.map(({ to }) => text(to));
    // Without columns the primary key of the parent is meant.
    const referenced = named.every((column) => column === '') ? (primary.get(parent) ?? []) : named;
    return {
      name,
      columns,
      references: { schema: MAIN, table: parent, columns: referenced },
      onUpdate: text(first?.on_update) as ForeignKeyAction,
      onDelete: text(first?.on_delete) as ForeignKeyAction,
      properties: {},
    };
  });
}
