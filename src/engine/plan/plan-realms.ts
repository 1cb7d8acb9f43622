import type { Change } from '../changes/change.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Statement } from '../dialects/statement.ts';
import { diffRealms } from '../diff/diff-realms.ts';
import { emptied, type Realm } from '../schema/realm.ts';
import { planChanges } from './plan-changes.ts';
import { inOneScope } from './scope.ts';

export interface RealmPlan {
  readonly changes: readonly Change[];
  /** @param indent for each level of a statement that is broken into lines; '' for one line */
  statements(indent: string): readonly Statement[];
}

/** What brings a database from one state to another. @throws AppError SCHEMA_SCOPE, SCHEMA_CHANGE_IMPOSSIBLE */
export function planRealms(dialect: Dialect, current: Realm, desired: Realm): RealmPlan {
  const { from, to, isSchemaScoped } = inOneScope(current, desired);
  const changes = diffRealms(dialect, from, to);
  return {
    changes,
    statements: (indent) => planChanges(dialect, { from, to }, changes, { isSchemaScoped, indent }).statements,
  };
}

/** What makes all of it: where a connection is bound to a schema, that is there. */
export const planCreation = (dialect: Dialect, to: Realm): RealmPlan =>
  planRealms(dialect, to.boundTo === undefined ? { objects: [], schemas: [] } : emptied(to), to);
