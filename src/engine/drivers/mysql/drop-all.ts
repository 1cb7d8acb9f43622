import { listDatabases } from './clean-check.ts';
import type { MysqlConnection } from './mysql-connection.ts';
import { quoteId, quoteText } from './quote.ts';
import { REVISIONS_DATABASE } from './revisions-place.ts';

/** Drops what is in a database, or all databases of a server where `database` is ''. For dev databases that were found clean. */
export async function dropAll(connection: MysqlConnection, database: string): Promise<void> {
  const drops =
    database === ''
      ? [...(await listDatabases(connection)), REVISIONS_DATABASE].map(
          (name) => `DROP DATABASE IF EXISTS ${quoteId(name)}`,
        )
      : await dropsOf(connection, database);
  if (drops.length === 0) return;
  await connection.ask(['SET SESSION foreign_key_checks = 0', ...drops, 'SET SESSION foreign_key_checks = 1']);
}

async function dropsOf(connection: MysqlConnection, database: string): Promise<readonly string[]> {
  const schema = quoteText(database);
  const [rows = []] = await connection.ask([
    `SELECT IF(table_type = 'VIEW', 'VIEW', IF(table_type = 'SEQUENCE', 'SEQUENCE', 'TABLE')), table_name FROM information_schema.tables WHERE table_schema = ${schema}
     UNION ALL SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = ${schema}
     UNION ALL SELECT 'EVENT', event_name FROM information_schema.events WHERE event_schema = ${schema}`,
  ]);
  return rows.map(([kind, name]) => `DROP ${kind} IF EXISTS ${quoteId(database)}.${quoteId(String(name))}`);
}
