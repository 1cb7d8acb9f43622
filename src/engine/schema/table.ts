import type { ObjectReference } from './object.ts';
import type { Properties, Sql, Written } from './property.ts';

export interface Table extends Written {
  readonly name: string;
  /** In the order of the table. */
  readonly columns: readonly Column[];
  readonly primaryKey?: PrimaryKey;
  readonly foreignKeys: readonly ForeignKey[];
  readonly indexes: readonly Index[];
  readonly checks: readonly Check[];
  /** comment, engine, strict, unlogged, … */
  readonly properties: Properties;
  readonly dependsOn: readonly ObjectReference[];
  readonly renamedFrom?: string;
}

export interface Column extends Written {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
  readonly default?: Default;
  readonly generated?: Generated;
  /** comment, collate, identity, auto_increment, … */
  readonly properties: Properties;
  readonly renamedFrom?: string;
}

export interface ColumnType {
  /** Canonical, in the dialect's words: `character varying(255)`, `int`. */
  readonly text: string;
  /** Where it is an object of the user's: an enum, a domain. */
  readonly object?: ObjectReference;
}

/** A literal as HCL has it (`"x"`, `1`, `true`), or SQL. */
export type Default = string | number | boolean | Sql;

export interface Generated {
  readonly expression: string;
  readonly storage: 'STORED' | 'VIRTUAL';
}

export interface Index extends Written {
  /** '' where the database is to name it. */
  readonly name: string;
  readonly isUnique: boolean;
  /** It keeps a constraint of the table, under the same name; missing: an index that nobody else needs. */
  readonly constraint?: 'unique' | 'exclude';
  readonly parts: readonly IndexPart[];
  /** type, where, include, comment, … */
  readonly properties: Properties;
  readonly renamedFrom?: string;
}

export interface PrimaryKey extends Written {
  /** '' where the database names it. */
  readonly name: string;
  readonly parts: readonly IndexPart[];
  readonly properties: Properties;
}

export interface IndexPart {
  /** One of the two. */
  readonly column?: string;
  readonly expression?: string;
  readonly isDescending: boolean;
  /** ops, nulls_first, prefix, … */
  readonly properties: Properties;
}

export interface ForeignKey extends Written {
  /** '' where the database names it. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: { readonly schema: string; readonly table: string; readonly columns: readonly string[] };
  /** `NO ACTION` where nothing is said. */
  readonly onUpdate: ForeignKeyAction;
  readonly onDelete: ForeignKeyAction;
  readonly properties: Properties;
}

export type ForeignKeyAction = 'NO ACTION' | 'RESTRICT' | 'CASCADE' | 'SET NULL' | 'SET DEFAULT';

export interface Check extends Written {
  readonly name: string;
  readonly expression: string;
  readonly properties: Properties;
}
