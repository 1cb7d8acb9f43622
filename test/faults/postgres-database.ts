import pg from 'pg';
import type { RigDatabase } from './kill-point.ts';

/** Indexes with whether they are valid, columns, partitions, enum values; rows counted. */
const SELECT_OBJECTS = `
  SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) AS line
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public' AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT 'index ' || pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'
  UNION ALL
  SELECT 'partition ' || inhrelid::regclass || ' of ' || inhparent::regclass || ' ' || inhdetachpending FROM pg_inherits
  UNION ALL
  SELECT 'value ' || enumlabel FROM pg_enum
  ORDER BY 1`;

export async function makePostgresDatabase(
  admin: pg.Client,
  urlOf: (database: string) => string,
  name: string,
): Promise<RigDatabase & { close(): Promise<void> }> {
  await admin.query(`CREATE DATABASE ${name}`);
  const client = new pg.Client({ connectionString: urlOf(name) });
  await client.connect();
  return {
    name,
    close: () => client.end(),
    async run(sql) {
      await client.query(sql);
    },
    async dump() {
      const { rows } = await client.query<{ line: string }>(SELECT_OBJECTS);
      const tables = await client.query<{ t: string }>(
        "SELECT c.oid::regclass::text t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND relkind IN ('r', 'p') ORDER BY 1",
      );
      const lines = rows.map(({ line }) => line);
      for (const { t } of tables.rows) {
        const counted = await client.query<{ n: string }>(`SELECT count(*) n FROM ${t}`);
        lines.push(`${t} ${counted.rows[0]?.n}`);
      }
      return lines.join('\n');
    },
    async revisions() {
      const { rows } = await client.query<Record<string, unknown>>(
        'SELECT version, type::int, applied::int, total::int, error, error_stmt FROM atlas_schema_revisions.atlas_schema_revisions ORDER BY version',
      );
      return rows;
    },
  };
}
