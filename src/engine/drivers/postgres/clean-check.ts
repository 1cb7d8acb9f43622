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
    if (table !== null && table !== undefined) found.push(table);
    tables.set(name, found);
  }
  return schema === ''
    ? judgeDatabase(tables, revisionsSchema)
    : judgeSchema(schema, tables.get(schema) ?? [], revisionsSchema);
}

const foundTable = (table: string, schema: string): { readonly reason: string } => ({
  reason: `found table "${table}" in schema "${schema}"`,
});

function judgeSchema(
  schema: string,
  tables: readonly string[],
  revisionsSchema: string,
): true | { readonly reason: string } {
  const first = tables.find((table) => !(table === REVISIONS && schema === revisionsSchema));
  return first === undefined ? true : foundTable(first, schema);
}

/** Tolerated are an empty `public` and the schema of the revisions, with nothing else in it. */
function judgeDatabase(
  tables: ReadonlyMap<string, readonly string[]>,
  revisionsSchema: string,
): true | { readonly reason: string } {
  for (const [schema, found] of tables) {
    if (schema === 'public' && found.length === 0) continue;
    if (schema !== revisionsSchema) return { reason: `found schema "${schema}"` };
    if (found.length > 1) return { reason: `found ${found.length} tables in schema "${schema}"` };
    const [only] = found;
    if (only !== undefined && only !== REVISIONS) return foundTable(only, schema);
  }
  return true;
}
