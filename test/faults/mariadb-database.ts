import mysql, { type Connection } from 'mysql2/promise';
import type { RigDatabase } from './kill-point.ts';

export async function connectMariadb(url: string, database?: string): Promise<Connection> {
  const { hostname, port, username, password } = new URL(url);
  return mysql.createConnection({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    multipleStatements: true,
    dateStrings: true,
    ...(database === undefined ? {} : { database }),
  });
}

export async function makeMariadbDatabase(
  admin: Connection,
  url: string,
  name: string,
): Promise<RigDatabase & { close(): Promise<void> }> {
  await admin.query(`CREATE DATABASE ${name}`);
  const connection = await connectMariadb(url, name);
  const ask = async (sql: string): Promise<Record<string, unknown>[]> => {
    const [rows] = await connection.query(sql);
    return Array.isArray(rows) ? rows.map((row) => ({ ...row })) : [];
  };
  return {
    name,
    close: () => connection.end(),
    async run(sql) {
      await connection.query(sql);
    },
    async dump() {
      const lines: string[] = [];
      const tables = await ask(
        `SELECT table_name n, table_type t FROM information_schema.tables WHERE table_schema = '${name}' ORDER BY 1`,
      );
      for (const { n, t } of tables) {
        const [row = {}] = await ask(`SHOW CREATE TABLE \`${n}\``);
        if (n === 'atlas_schema_revisions') continue;
        lines.push(String(Object.values(row)[1]).replace(/ AUTO_INCREMENT=\d+/, ''));
        if (t === 'BASE TABLE') lines.push(JSON.stringify(await ask(`SELECT * FROM \`${n}\` ORDER BY 1`)));
      }
      for (const [kind, from, column] of [
        ['ROUTINE', 'routines', 'CONCAT(routine_name, routine_definition)'],
        ['TRIGGER', 'triggers', 'CONCAT(trigger_name, action_statement)'],
      ] as const) {
        lines.push(
          JSON.stringify(
            await ask(`SELECT ${column} d FROM information_schema.${from} WHERE ${kind}_schema = '${name}' ORDER BY 1`),
          ),
        );
      }
      return lines.join('\n');
    },
    revisions: () =>
      ask(
        'SELECT version, type, applied, total, error, error_stmt, partial_hashes FROM atlas_schema_revisions ORDER BY version',
      ),
  };
}
