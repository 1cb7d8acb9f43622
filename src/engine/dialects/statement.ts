import type { Realm } from '../schema/realm.ts';

/** A statement of a plan, before it has a place in a file. */
export interface Statement {
  /** Without the delimiter. */
  readonly text: string;
  /** In lower case: `create "users" table`. The first letter is made upper where it is printed. */
  readonly comment: string;
  /** What undoes it, in the order in which it is to be run; empty: there is nothing to undo. */
  readonly reverse: readonly string[] | 'irreversible';
}

/** As a file has it: a comment, then the statement with its delimiter (atlas-engine.md 2.5). */
export const printStatement = (comment: string, text: string): string =>
  comment === '' ? `${text};\n` : `-- ${comment.charAt(0).toUpperCase()}${comment.slice(1)}\n${text};\n`;

export interface EmitContext {
  /** A quoted name, qualified where the plan is not bound to one schema. */
  name(schema: string, name: string): string;
  /** The name of what stands in another schema than `from`: qualified in any case. */
  nameFrom(from: string, schema: string, name: string): string;
  /** Each level of a statement that is broken into lines; '' for one line. */
  readonly indent: string;
  /** Both sides, for what stands beside a change: the triggers of a table that is built anew. */
  readonly from: Realm;
  readonly to: Realm;
}
