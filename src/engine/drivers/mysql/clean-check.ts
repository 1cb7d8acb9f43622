import type { MysqlConnection } from './mysql-connection.ts';
import { quoteText } from './quote.ts';
import { REVISIONS } from './revision-rows.ts';
import { REVISIONS_DATABASE } from './revisions-place.ts';

const SYSTEM = "'information_schema', 'mysql', 'performance_schema', 'sys'";

/** Whether a database, or a whole server where `database` is '', holds nothing but revisions (atlas-config-cli.md 4.6). Only tables count. */
export async function checkClean(
  connection: MysqlConnection,
  database: string,
  revisionsDatabase: string,
): Promise<true | { readonly reason: string }> {
  return database === '' ? checkServer(connection, revisionsDatabase) : checkDatabase(connection, database);
}

async function checkDatabase(
  connection: MysqlConnection,
  database: string,
): Promise<true | { readonly reason: string }> {
  const [table] = await tablesOf(connection, database);
  return table === undefined ? true : { reason: `found table "${table}" in schema "${database}"` };
}

async function checkServer(
  connection: MysqlConnection,
  revisionsDatabase: string,
): Promise<true | { readonly reason: string }> {
  const others = await listDatabases(connection, revisionsDatabase);
  if (others.length === 1) return { reason: `found schema "${others[0]}"` };
  if (others.length > 1) return { reason: `found multiple schemas: ${others.length}` };
  const tables = await tablesOf(connection, revisionsDatabase);
  return tables.length === 0 ? true : { reason: `found multiple tables: ${tables.length + 1}` };
}

/** All databases of users, without the one of the revisions. */
export async function listDatabases(
  connection: MysqlConnection,
  revisionsDatabase: string = REVISIONS_DATABASE,
): Promise<readonly string[]> {
  const [rows = []] = await connection.ask([
    `SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN (${SYSTEM}, ${quoteText(revisionsDatabase)}) ORDER BY schema_name`,
  ]);
  return rows.map(([name]) => String(name));
}

async function tablesOf(connection: MysqlConnection, database: string): Promise<readonly string[]> {
  const [rows = []] = await connection.ask([
    `SELECT table_name FROM information_schema.tables WHERE table_schema = ${quoteText(database)} AND table_type = 'BASE TABLE' AND table_name <> '${REVISIONS}' ORDER BY table_name`,
  ]);
  return rows.map(([name]) => String(name));
}
