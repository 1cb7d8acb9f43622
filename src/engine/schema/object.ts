import type { Properties, Written } from './property.ts';

/** Names an object from anywhere: `{ kind: 'table', schema: 'public', name: 'users' }`. A trigger and a policy are named within their table. */
export interface ObjectReference {
  /** As its HCL block: table, view, enum, function, … */
  readonly kind: string;
  /** Missing for what belongs to no schema. */
  readonly schema?: string;
  readonly name: string;
  /** The table or view that it stands on. */
  readonly on?: string;
}

/** Whatever is not a table: which kinds there are, and what their properties mean, is the dialect's (`Dialect.objects`). */
export interface SchemaObject extends Written {
  readonly kind: string;
  readonly name: string;
  /** The table or view that it stands on: of triggers and policies. */
  readonly on?: string;
  readonly properties: Properties;
  /** What must be there before it, and may not go before it does. */
  readonly dependsOn: readonly ObjectReference[];
}
