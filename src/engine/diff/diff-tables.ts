import type { ModifyForeignKey, ModifyIndex, TableChange } from '../changes/change.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { isSql } from '../schema/property.ts';
import type { Check, Column, Default, ForeignKey, Index, IndexPart, PrimaryKey, Table } from '../schema/table.ts';
import { byName, renamesOf } from './match.ts';
import { changedProperties, expressions, type SameExpression } from './same.ts';

/** Changes inside of a table: properties and checks, columns, primary key, indexes, foreign keys (atlas-engine.md 2.3). */
export function diffTables(dialect: Dialect, from: Table, to: Table): readonly TableChange[] {
  const same = expressions(dialect.diff.sameExpression);
  const changed = changedProperties(from.properties, to.properties, dialect.blocks.table, same);
  return [
    ...(changed.length === 0 ? [] : [{ kind: 'ModifyProperties' as const, changed }]),
    ...diffChecks(dialect, same, from.checks, to.checks),
    ...diffColumns(dialect, same, from, to),
    ...diffPrimaryKeys(dialect, same, from.primaryKey, to.primaryKey),
    ...diffIndexes(dialect, same, from, to),
    ...diffForeignKeys(dialect, same, from.foreignKeys, to.foreignKeys),
  ];
}

/** By name where both have one, else by expression. */
function diffChecks(
  dialect: Dialect,
  same: SameExpression,
  from: readonly Check[],
  to: readonly Check[],
): readonly TableChange[] {
  const matched = new Map<Check, Check>();
  const free = new Set(to);
  const isMatch = (left: Check, right: Check): boolean =>
    left.name !== '' && right.name !== '' ? left.name === right.name : same(left.expression, right.expression);
  for (const check of from) {
    const match = [...free].find((other) => isMatch(check, other));
    if (match === undefined) continue;
    matched.set(check, match);
    free.delete(match);
  }
  return [
    ...from.flatMap((check): readonly TableChange[] => {
      const match = matched.get(check);
      if (match === undefined) return [{ kind: 'DropCheck', from: check }];
      const changed = [
        ...(same(check.expression, match.expression) ? [] : ['expr']),
        ...changedProperties(check.properties, match.properties, dialect.blocks.check, same),
      ].toSorted();
      return changed.length === 0 ? [] : [{ kind: 'ModifyCheck', from: check, to: match, changed }];
    }),
    ...to.filter((check) => free.has(check)).map((check): TableChange => ({ kind: 'AddCheck', to: check })),
  ];
}

function diffColumns(dialect: Dialect, same: SameExpression, from: Table, to: Table): readonly TableChange[] {
  const desired = byName(to.columns);
  const current = byName(from.columns);
  const renamed = renamesOf(from.columns, to.columns);
  const taken = new Set([...renamed.values()].map(({ name }) => name));
  return [
    ...from.columns.flatMap((column): readonly TableChange[] => {
      const match = desired.get(column.name) ?? renamed.get(column.name);
      if (match === undefined) return [{ kind: 'DropColumn', from: column }];
      const changed = changedColumn(dialect, same, column, match);
      const before = { ...column, name: match.name };
      return [
        ...(match.name === column.name ? [] : [{ kind: 'RenameColumn' as const, from: column, to: match }]),
        ...(changed.length === 0 ? [] : [{ kind: 'ModifyColumn' as const, from: before, to: match, changed }]),
      ];
    }),
    ...to.columns
      .filter(({ name }) => !current.has(name) && !taken.has(name))
      .map((column): TableChange => ({ kind: 'AddColumn', to: column })),
  ];
}

function changedColumn(dialect: Dialect, same: SameExpression, from: Column, to: Column): readonly string[] {
  const changed = [
    ...(dialect.diff.sameType(from.type, to.type) ? [] : ['type']),
    ...(from.isNullable === to.isNullable ? [] : ['null']),
    ...(sameDefault(same, from.default, to.default) ? [] : ['default']),
    ...(sameGenerated(same, from, to) ? [] : ['generated']),
    ...changedProperties(from.properties, to.properties, dialect.blocks.column, same),
  ];
  return changed.toSorted();
}

function sameDefault(same: SameExpression, from: Default | undefined, to: Default | undefined): boolean {
  if (from === undefined || to === undefined) return from === to;
  if (isSql(from) && isSql(to)) return same(from.sql, to.sql);
  return String(isSql(from) ? from.sql : from) === String(isSql(to) ? to.sql : to);
}

const sameGenerated = (same: SameExpression, { generated: from }: Column, { generated: to }: Column): boolean =>
  from === undefined || to === undefined
    ? from === to
    : from.storage === to.storage && same(from.expression, to.expression);

function diffPrimaryKeys(
  dialect: Dialect,
  same: SameExpression,
  from: PrimaryKey | undefined,
  to: PrimaryKey | undefined,
): readonly TableChange[] {
  if (from === undefined) return to === undefined ? [] : [{ kind: 'AddPrimaryKey', to }];
  if (to === undefined) return [{ kind: 'DropPrimaryKey', from }];
  const changed = [
    ...(sameParts(dialect, same, from.parts, to.parts) ? [] : ['parts']),
    ...(from.name === to.name || to.name === '' || from.name === '' ? [] : ['name']),
    ...changedProperties(from.properties, to.properties, dialect.blocks.primary_key, same),
  ].toSorted();
  return changed.length === 0 ? [] : [{ kind: 'ModifyPrimaryKey', from, to, changed }];
}

function sameParts(
  dialect: Dialect,
  same: SameExpression,
  from: readonly IndexPart[],
  to: readonly IndexPart[],
): boolean {
  if (from.length !== to.length) return false;
  return from.every((part, i) => {
    const other = to[i];
    if (other === undefined || part.isDescending !== other.isDescending) return false;
    if (part.column !== other.column) return false;
    const isSame =
      part.expression === undefined || other.expression === undefined
        ? part.expression === other.expression
        : same(part.expression, other.expression);
    return isSame && changedProperties(part.properties, other.properties, dialect.blocks.on, same).length === 0;
  });
}

function diffIndexes(dialect: Dialect, same: SameExpression, from: Table, to: Table): readonly TableChange[] {
  const renamed = renamesOf(from.indexes, to.indexes);
  const free = new Set(to.indexes);
  const matches = new Map<Index, Index>();
  const match = (index: Index, other: Index | undefined): void => {
    if (other === undefined || !free.delete(other)) return;
    matches.set(index, other);
  };
  for (const index of from.indexes)
    match(index, to.indexes.find(({ name }) => name === index.name) ?? renamed.get(index.name));
  // A name that the server made up belongs to an index that the user did not name.
  for (const index of from.indexes) {
    if (matches.has(index) || dialect.diff.isGeneratedIndexName?.(from, index) !== true) continue;
    const unnamed = [...free].find(
      (other) =>
        other.name === '' &&
        other.isUnique === index.isUnique &&
        other.constraint === index.constraint &&
        sameParts(dialect, same, index.parts, other.parts),
    );
    match(index, unnamed);
  }
  return [
    ...from.indexes.flatMap((index): readonly TableChange[] => {
      const other = matches.get(index);
      if (other === undefined) return [{ kind: 'DropIndex', from: index }];
      const isRenamed = other.name !== '' && other.name !== index.name;
      const modify = modifyIndex(dialect, same, isRenamed ? { ...index, name: other.name } : index, other);
      return [...(isRenamed ? [{ kind: 'RenameIndex' as const, from: index, to: other }] : []), ...modify];
    }),
    ...to.indexes.filter((index) => free.has(index)).map((index): TableChange => ({ kind: 'AddIndex', to: index })),
  ];
}

function modifyIndex(dialect: Dialect, same: SameExpression, from: Index, to: Index): readonly ModifyIndex[] {
  const changed = [
    ...(from.isUnique === to.isUnique ? [] : ['unique']),
    ...(from.constraint === to.constraint ? [] : ['constraint']),
    ...(sameParts(dialect, same, from.parts, to.parts) ? [] : ['parts']),
    ...changedProperties(from.properties, to.properties, dialect.blocks[to.constraint ?? 'index'] ?? [], same),
  ].toSorted();
  return changed.length === 0 ? [] : [{ kind: 'ModifyIndex', from, to, changed }];
}

/** By name; what has none is matched by what it says. */
function diffForeignKeys(
  dialect: Dialect,
  same: SameExpression,
  from: readonly ForeignKey[],
  to: readonly ForeignKey[],
): readonly TableChange[] {
  const free = new Set(to);
  const matches = new Map<ForeignKey, ForeignKey>();
  const pair = (key: ForeignKey, isMatch: (other: ForeignKey) => boolean): void => {
    if (matches.has(key)) return;
    const match = [...free].find(isMatch);
    if (match === undefined) return;
    matches.set(key, match);
    free.delete(match);
  };
  for (const key of from) pair(key, (other) => key.name !== '' && key.name === other.name);
  for (const key of from)
    pair(
      key,
      (other) => (key.name === '' || other.name === '') && changedForeignKey(dialect, same, key, other).length === 0,
    );
  return [
    ...from.flatMap((key): readonly TableChange[] => {
      const match = matches.get(key);
      if (match === undefined) return [{ kind: 'DropForeignKey', from: key }];
      const changed = changedForeignKey(dialect, same, key, match);
      return changed.length === 0
        ? []
        : [{ kind: 'ModifyForeignKey', from: key, to: match, changed } satisfies ModifyForeignKey];
    }),
    ...to.filter((key) => free.has(key)).map((key): TableChange => ({ kind: 'AddForeignKey', to: key })),
  ];
}

function changedForeignKey(
  dialect: Dialect,
  same: SameExpression,
  from: ForeignKey,
  to: ForeignKey,
): readonly string[] {
  const sameNames = (left: readonly string[], right: readonly string[]): boolean =>
    left.length === right.length && left.every((name, i) => name === right[i]);
  const isSameTable = from.references.table === to.references.table && from.references.schema === to.references.schema;
  return [
    ...(sameNames(from.columns, to.columns) ? [] : ['columns']),
    ...(isSameTable ? [] : ['ref_table']),
    ...(sameNames(from.references.columns, to.references.columns) ? [] : ['ref_columns']),
    ...(from.onUpdate === to.onUpdate ? [] : ['on_update']),
    ...(from.onDelete === to.onDelete ? [] : ['on_delete']),
    ...changedProperties(from.properties, to.properties, dialect.blocks.foreign_key, same),
  ].toSorted();
}
