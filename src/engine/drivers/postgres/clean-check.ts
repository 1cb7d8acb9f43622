import type { PostgresConnection } from './postgres-connection.ts';
import { quoteText } from './quote.ts';
import { REVISIONS } from './revision-rows.ts';

/** Schemas that are the server's own. */
const OF_SERVER = "nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'";
/** Tables proper, partitioned and foreign ones; not those that an extension brought. */
const IS_TABLE = `c.relkind IN ('r', 'p', 'f') AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/**
 * Whether there is nothing but a revisions table, in Atlas's words (atlas-config-cli.md 4.6).
 * @param schema '' for a whole database
 * @param revisionsSchema where the revisions are: an own schema of theirs does not count
 */
export async function checkClean(
  connection: PostgresConnection,
  schema: string,
  revisionsSchema: string,
): Promise<true | { readonly reason: string }> {
  const scope = schema === '' ? OF_SERVER : `nspname = ${quoteText(schema)}`;
  const [result] = await connection.send(
    `SELECT n.nspname, c.relname FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND ${IS_TABLE} WHERE ${scope} ORDER BY 1, 2`,
  );
  const tables = new Map<string, string[]>();
  for (const [name, table] of result?.rows ?? []) {
    if (name === null || name === undefined) continue;
    const found = tables.get(name) ?? [];
    if (table !== null && table !== undefined && !(table === REVISIONS && name === revisionsSchema)) found.push(table);
    tables.set(name, found);
  }
  if (schema !== '') return reasonOf(schema, tables.get(schema) ?? []);
  for (const [name, found] of tables) {
    const isTolerated = name === 'public' || name === revisionsSchema;
    if (!isTolerated) return { reason: `found schema "${name}"` };
    const reason = reasonOf(name, found);
    if (reason !== true) return reason;
  }
  return true;
}

const reasonOf = (schema: string, [first, ...more]: readonly string[]): true | { readonly reason: string } => {
  if (first === undefined) return true;
  if (more.length === 0) return { reason: `found table "${first}" in schema "${schema}"` };
  return { reason: `found ${more.length + 1} tables in schema "${schema}"` };
};
