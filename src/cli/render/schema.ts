import {
  type Change,
  type DatabaseUrl,
  type Dialect,
  planCreation,
  printRealm,
  printStatements,
  type Realm,
} from '../../engine/index.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import { goUrl } from './go-url.ts';
import { schemaJson } from './schema-json.ts';
import { schemaMermaid } from './schema-mermaid.ts';

/** `schema inspect --format`: `sql`, `hcl`, `json`, `mermaid` of the root (atlas-config-cli.md 3.6). */
export function renderSchema(deps: MigrateDeps, template: string, dialect: Dialect, realm: Realm): Promise<string> {
  return deps.renderTemplate(template, schemaJson(realm), {
    sql: (_, indent) => printStatements(planCreation(dialect, realm).statements(String(indent ?? ''))),
    hcl: () => printRealm(dialect, realm),
    mermaid: () => schemaMermaid(realm),
  });
}

/** `schema diff --format`: `sql` with an indent; `.Changes` for `{{ if }}`. */
export const renderDiff = (
  deps: MigrateDeps,
  template: string,
  changes: readonly Change[],
  sql: (indent: string) => string,
): Promise<string> =>
  deps.renderTemplate(template, { Changes: changes }, { sql: (_, indent) => sql(String(indent ?? '')) });

/** `schema apply --format`: what ran, what did not, and why (atlas-config-cli.md 3.7). */
export function renderApply(
  deps: MigrateDeps,
  template: string,
  url: DatabaseUrl,
  {
    applied,
    pending,
    error,
  }: {
    readonly applied: readonly string[];
    readonly pending: readonly string[];
    readonly error?: { readonly statement: string; readonly text: string };
  },
): Promise<string> {
  const failed = error === undefined ? {} : { Error: { Stmt: error.statement, Text: error.text } };
  const changes = {
    ...(applied.length === 0 ? {} : { Applied: applied }),
    ...(pending.length === 0 ? {} : { Pending: pending }),
    ...failed,
  };
  return deps.renderTemplate(
    template,
    {
      Driver: url.dialect,
      URL: goUrl(url),
      Changes: changes,
      ...(error === undefined ? {} : { Error: error.text }),
    },
    {},
  );
}
