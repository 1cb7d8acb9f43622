/**
 * What differs between two realms, as plain records. The discriminant is spelled as the type, so one search finds the type, the builder and
 * every case. A modification carries both sides and the sorted names of what differs (`changed`), so nobody compares again.
 */
import type { SchemaObject } from '../schema/object.ts';
import type { Schema } from '../schema/realm.ts';
import type { Check, Column, ForeignKey, Index, PrimaryKey, Table } from '../schema/table.ts';

interface OfSchema {
  /** '' for what belongs to no schema. */
  readonly schema: string;
}

export interface AddSchema {
  readonly kind: 'AddSchema';
  readonly to: Schema;
}
export interface DropSchema {
  readonly kind: 'DropSchema';
  readonly from: Schema;
}
export interface ModifySchema {
  readonly kind: 'ModifySchema';
  readonly from: Schema;
  readonly to: Schema;
  readonly changed: readonly string[];
}

export interface AddTable extends OfSchema {
  readonly kind: 'AddTable';
  readonly to: Table;
}
export interface DropTable extends OfSchema {
  readonly kind: 'DropTable';
  readonly from: Table;
}
export interface RenameTable extends OfSchema {
  readonly kind: 'RenameTable';
  readonly from: Table;
  readonly to: Table;
}
export interface ModifyTable extends OfSchema {
  readonly kind: 'ModifyTable';
  readonly from: Table;
  readonly to: Table;
  readonly changes: readonly TableChange[];
}

export interface AddObject extends OfSchema {
  readonly kind: 'AddObject';
  readonly to: SchemaObject;
}
export interface DropObject extends OfSchema {
  readonly kind: 'DropObject';
  readonly from: SchemaObject;
}
export interface ModifyObject extends OfSchema {
  readonly kind: 'ModifyObject';
  readonly from: SchemaObject;
  readonly to: SchemaObject;
  readonly changed: readonly string[];
}

export interface AddColumn {
  readonly kind: 'AddColumn';
  readonly to: Column;
}
export interface DropColumn {
  readonly kind: 'DropColumn';
  readonly from: Column;
}
export interface RenameColumn {
  readonly kind: 'RenameColumn';
  readonly from: Column;
  readonly to: Column;
}
/** `changed`: collate, comment, default, generated, null, type, and names of properties. */
export interface ModifyColumn {
  readonly kind: 'ModifyColumn';
  readonly from: Column;
  readonly to: Column;
  readonly changed: readonly string[];
}

export interface AddIndex {
  readonly kind: 'AddIndex';
  readonly to: Index;
}
export interface DropIndex {
  readonly kind: 'DropIndex';
  readonly from: Index;
}
export interface RenameIndex {
  readonly kind: 'RenameIndex';
  readonly from: Index;
  readonly to: Index;
}
/** `changed`: parts, unique, and names of properties. */
export interface ModifyIndex {
  readonly kind: 'ModifyIndex';
  readonly from: Index;
  readonly to: Index;
  readonly changed: readonly string[];
}

export interface AddPrimaryKey {
  readonly kind: 'AddPrimaryKey';
  readonly to: PrimaryKey;
}
export interface DropPrimaryKey {
  readonly kind: 'DropPrimaryKey';
  readonly from: PrimaryKey;
}
export interface ModifyPrimaryKey {
  readonly kind: 'ModifyPrimaryKey';
  readonly from: PrimaryKey;
  readonly to: PrimaryKey;
  readonly changed: readonly string[];
}

export interface AddForeignKey {
  readonly kind: 'AddForeignKey';
  readonly to: ForeignKey;
}
export interface DropForeignKey {
  readonly kind: 'DropForeignKey';
  readonly from: ForeignKey;
}
/** `changed`: columns, ref_columns, ref_table, on_update, on_delete, and names of properties. */
export interface ModifyForeignKey {
  readonly kind: 'ModifyForeignKey';
  readonly from: ForeignKey;
  readonly to: ForeignKey;
  readonly changed: readonly string[];
}

export interface AddCheck {
  readonly kind: 'AddCheck';
  readonly to: Check;
}
export interface DropCheck {
  readonly kind: 'DropCheck';
  readonly from: Check;
}
export interface ModifyCheck {
  readonly kind: 'ModifyCheck';
  readonly from: Check;
  readonly to: Check;
  readonly changed: readonly string[];
}

/** Properties of the table itself. */
export interface ModifyProperties {
  readonly kind: 'ModifyProperties';
  readonly changed: readonly string[];
}

export type TableChange =
  | AddColumn
  | DropColumn
  | RenameColumn
  | ModifyColumn
  | AddIndex
  | DropIndex
  | RenameIndex
  | ModifyIndex
  | AddPrimaryKey
  | DropPrimaryKey
  | ModifyPrimaryKey
  | AddForeignKey
  | DropForeignKey
  | ModifyForeignKey
  | AddCheck
  | DropCheck
  | ModifyCheck
  | ModifyProperties;

export type Change =
  | AddSchema
  | DropSchema
  | ModifySchema
  | AddTable
  | DropTable
  | RenameTable
  | ModifyTable
  | AddObject
  | DropObject
  | ModifyObject;
