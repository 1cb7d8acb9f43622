/**
 * The seam: what spec, diff and plan ask of a dialect. A dialect is plain data and pure functions in a folder of its own; only
 * `dialects/index.ts` names one. What a server version can or cannot do is a field of it, never a comparison where it is used.
 */
import type { Change, ModifyObject, ModifyTable } from '../changes/change.ts';
import type { Properties, Property } from '../schema/property.ts';
import type { Realm } from '../schema/realm.ts';
import type { ColumnType, Index, Table } from '../schema/table.ts';
import type { DialectName } from './dialect-name.ts';
import type { EmitContext, Statement } from './statement.ts';

/** One attribute, or sub-block, that a dialect adds to a block of the schema language. */
export interface AttributeSpec {
  /** In HCL and in `properties`. */
  readonly name: string;
  /**
   * `string`, `int`, `bool`: literals. `word`: one of `values`, written bare (`GIN`). `sql`: an expression in a string, or `sql("…")`.
   * `column`, `columns`: references to columns of the table. `strings`: a list of strings; `words`: one of words. `block`: a sub-block of
   * `attributes`; `blocks`: several of them, in their order. `map`: a sub-block of names that only the database knows, each with a literal.
   * `body`: SQL of many lines, whose outer white space means nothing. `type`: as the type of a column, kept as a ColumnType. `default`: a
   * literal or SQL. `reference`: to an object of one of `kinds`, kept as an ObjectReference. `indexes`: blocks as those of a table.
   */
  readonly form:
    | 'string'
    | 'int'
    | 'bool'
    | 'word'
    | 'sql'
    | 'column'
    | 'columns'
    | 'strings'
    | 'words'
    | 'block'
    | 'blocks'
    | 'map'
    | 'body'
    | 'type'
    | 'default'
    | 'reference'
    | 'indexes';
  /** Of a word, or of each of several; others are taken too where `isOpen`, as strings. */
  readonly values?: readonly string[];
  /** Of a reference: the block that it leads to. A name in a string is taken too where `isOpen`: what the document does not hold. */
  readonly kinds?: readonly string[];
  readonly isOpen?: boolean;
  /** Of a block, or of each of several. */
  readonly attributes?: readonly AttributeSpec[];
  /** Each of several blocks has a label, which is its property `name`. */
  readonly isLabelled?: boolean;
  /** Another name that it may be written by. */
  readonly alias?: string;
  /** Of a map: names that are secret. They are not compared, for nobody reads them from a database. */
  readonly secrets?: readonly string[];
  /** The database finds it out by itself: saying nothing of it is no difference. */
  readonly isLearned?: boolean;
  /** What it is where nothing is said: then it is neither kept nor printed. */
  readonly default?: Property;
  /** The default is printed too. */
  readonly isPrinted?: boolean;
  readonly isRequired?: boolean;
  /** Accepted and kept, but no difference: comments of SQLite. */
  readonly isIgnored?: boolean;
}

/** A kind of object that is no table. */
export interface ObjectSpec {
  readonly attributes: readonly AttributeSpec[];
  /** Whether it may carry a schema as its first label. */
  readonly isQualified: boolean;
  /** Whether it is made of tables, as a view is, and not the other way round, as an enum. Kinds stand in the order in which they can be made. */
  readonly readsTables: boolean;
  /** It belongs to no schema: an extension. */
  readonly isOfRealm?: boolean;
  /** Kinds that `on` may name: of triggers and policies. */
  readonly standsOn?: readonly string[];
  /** What it needs is not all said by its attributes: it has `depends_on`. */
  readonly hasDependencies?: boolean;
  /** What tells it from others of its name: the types of a function's arguments. */
  signature?(properties: Properties): string;
}

/** A type as HCL has it: `varchar(255)`, `enum("a", "b")`. */
export interface TypeWords {
  readonly name: string;
  readonly arguments: readonly (string | number)[];
}

export interface Types {
  /** Canonical text of what HCL says, or what is wrong with it. */
  parse(words: TypeWords): { readonly text: string } | { readonly problem: string };
  /** Canonical text of what SQL says: `sql("INT")`, a catalog's row. Never refuses: an unknown type is kept as it is. */
  canonical(sql: string): string;
  /** For HCL: `varchar(255)`, or undefined where only `sql("…")` can say it. */
  print(text: string): string | undefined;
  /** Bare names that HCL knows, for "did you mean". */
  readonly names: readonly string[];
}

export interface Blocks {
  readonly schema: readonly AttributeSpec[];
  readonly table: readonly AttributeSpec[];
  readonly column: readonly AttributeSpec[];
  readonly primary_key: readonly AttributeSpec[];
  readonly index: readonly AttributeSpec[];
  /** Of `on`. */
  readonly on: readonly AttributeSpec[];
  readonly foreign_key: readonly AttributeSpec[];
  readonly check: readonly AttributeSpec[];
  /** Constraints that are kept by an index, where the dialect tells them from indexes: blocks of their own. */
  readonly unique?: readonly AttributeSpec[];
  readonly exclude?: readonly AttributeSpec[];
}

/** Questions of the differ; each with the answer of most dialects where it is optional. */
export interface DiffRules {
  sameType(from: ColumnType, to: ColumnType): boolean;
  /** Texts of expressions, both with balanced outer parentheses removed. Equal texts are never asked about. */
  sameExpression?(from: string, to: string): boolean;
  /** Whether a name is one that the server makes up: then an index without a name of the user's may match it. */
  isGeneratedIndexName?(table: Table, index: Index): boolean;
}

export interface PlanRules {
  /** Foreign keys are not looked at while a plan runs: tables may come and go in any order. */
  readonly keepsOrder?: boolean;
  readonly emit: {
    readonly [K in Change['kind']]: (
      change: Extract<Change, { kind: K }>,
      context: EmitContext,
    ) => readonly Statement[];
  };
  /** The database has no words for this change of an object: it is dropped and made anew, and so is what stands on it. */
  needsNew?(change: ModifyObject): boolean;
  /** Columns that the database does not change while views, triggers and policies read them. */
  columnsHeld?(change: ModifyTable): readonly string[];
  /** Around the whole plan: SQLite's foreign_keys pragma. */
  frame?(statements: readonly Statement[], changes: readonly Change[], context: EmitContext): readonly Statement[];
}

/** One row of a catalog query, by column. */
export type Row = Readonly<Record<string, unknown>>;

/** What is to be read of a database. */
export interface Scope {
  /** The schemas, by name; empty: all that are the user's. */
  readonly schemas: readonly string[];
  /** To the one schema that is named: what belongs to none is not read. */
  readonly isBound?: boolean;
}

/** How a database is read: a fixed number of questions, then rows in, a realm out. */
export interface Catalog {
  queries(scope: Scope): readonly string[];
  /** One list of rows for each query. The realm is in canonical form. */
  read(results: readonly (readonly Row[])[], scope: Scope): Realm;
}

export interface Dialect {
  readonly name: DialectName;
  /** Of a generated column that does not say. */
  readonly generatedStorage: 'STORED' | 'VIRTUAL';
  readonly types: Types;
  readonly blocks: Blocks;
  readonly objects: Readonly<Record<string, ObjectSpec>>;
  readonly catalog: Catalog;
  readonly diff: DiffRules;
  readonly plan: PlanRules;
  quote(name: string): string;
  /** Brings what was written by hand into the form that a catalog gives: types, defaults, names that the server would make up. */
  normalize(realm: Realm): Realm;
}
