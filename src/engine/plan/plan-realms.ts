import type { Change } from '../changes/change.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Statement } from '../dialects/statement.ts';
import { diffRealms } from '../diff/diff-realms.ts';
import { emptied, type Realm } from '../schema/realm.ts';
import { planChanges } from './plan-changes.ts';

export interface RealmPlan {
  readonly changes: readonly Change[];
  /** @param indent for each level of a statement that is broken into lines; '' for one line */
  statements(indent: string): readonly Statement[];
}

/** What brings a database from one state to another. */
export function planRealms(dialect: Dialect, from: Realm, to: Realm): RealmPlan {
  const changes = diffRealms(dialect, from, to);
  const isSchemaScoped = dialect.onlySchema !== undefined;
  return {
    changes,
    statements: (indent) => planChanges(dialect, { from, to }, changes, { isSchemaScoped, indent }).statements,
  };
}

/** What makes all of it where there is nothing but the schemas. */
export const planCreation = (dialect: Dialect, to: Realm): RealmPlan => planRealms(dialect, emptied(to), to);
