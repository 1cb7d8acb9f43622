import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { startPostgres } from '../../test/support/postgres-server.ts';
import type { Tenant } from './shop-project.ts';

/** The demo's tenants in one kind of database. */
export interface DemoFleet {
  /** HCL expression of a tenant's URL. */
  readonly url: string;
  /** What the daemon needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** URL of a database for `migrate apply`, and how to copy it. */
  templateUrl(from: number): string;
  createTemplate(from: number): Promise<void>;
  createTenant(tenant: Tenant): Promise<void>;
  /** Takes away the table that the newest version needs, and gives it back. */
  spoil(tenant: Tenant): Promise<void>;
  mend(tenant: Tenant): Promise<void>;
  /** Versions in the revisions table, complete ones only, and whether the new column and index are there. */
  read(tenant: Tenant): Promise<{ readonly versions: readonly string[]; readonly hasStatus: boolean }>;
  readonly where: string;
  stop(): Promise<void>;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export async function postgresFleet(): Promise<DemoFleet> {
  const server = await startPostgres();
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const inside = async <T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: server.urlOf(database) });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const template = (from: number): string => `template_${from}`;
  return {
    url: 'urlsetpath(getenv("FLEET_URL"), each.value.name)',
    env: { FLEET_URL: server.url },
    where: `Postgres at 127.0.0.1:${server.port} (user postgres, password postgres)`,
    templateUrl: (from) => server.urlOf(template(from)),
    createTemplate: async (from) => {
      await admin.query(`CREATE DATABASE ${template(from)}`);
    },
    createTenant: async (tenant) => {
      await admin.query(`CREATE DATABASE ${quote(tenant.name)} TEMPLATE ${template(tenant.from)} STRATEGY file_copy`);
    },
    spoil: (tenant) =>
      inside(tenant.name, async (client) => void (await client.query('ALTER TABLE orders RENAME TO orders_away'))),
    mend: (tenant) =>
      inside(tenant.name, async (client) => void (await client.query('ALTER TABLE orders_away RENAME TO orders'))),
    read: (tenant) =>
      inside(tenant.name, async (client) => {
        const { rows } = await client.query<{ version: string }>(
          'SELECT version FROM atlas_schema_revisions.atlas_schema_revisions WHERE applied = total ORDER BY version',
        );
        const column = await client.query(
          "SELECT 1 FROM information_schema.columns WHERE table_name = 'orders' AND column_name = 'status'",
        );
        const index = await client.query("SELECT 1 FROM pg_indexes WHERE indexname = 'orders_status'");
        return { versions: rows.map((row) => row.version), hasStatus: column.rowCount === 1 && index.rowCount === 1 };
      }),
    stop: async () => {
      await admin.end();
      await server.stop();
    },
  };
}

export async function sqliteFleet(dir: string): Promise<DemoFleet> {
  const folder = path.join(dir, 'tenants');
  fs.mkdirSync(folder, { recursive: true });
  const file = (name: string): string => path.join(folder, `${name}.db`);
  const inside = async <T>(name: string, work: (database: DatabaseSync) => T): Promise<T> => {
    const database = new DatabaseSync(file(name));
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    url: '"sqlite://${getenv("FLEET_DIR")}/${each.value.name}.db"',
    env: { FLEET_DIR: folder },
    where: `SQLite files in ${folder}`,
    templateUrl: (from) => `sqlite://${file(`template_${from}`)}`,
    createTemplate: async () => undefined,
    createTenant: async (tenant) => fs.copyFileSync(file(`template_${tenant.from}`), file(tenant.name)),
    spoil: (tenant) => inside(tenant.name, (database) => database.exec('ALTER TABLE orders RENAME TO orders_away')),
    mend: (tenant) => inside(tenant.name, (database) => database.exec('ALTER TABLE orders_away RENAME TO orders')),
    read: (tenant) =>
      inside(tenant.name, (database) => {
        const rows = database
          .prepare('SELECT version FROM atlas_schema_revisions WHERE applied = total ORDER BY version')
          .all();
        const column = database.prepare("SELECT 1 FROM pragma_table_info('orders') WHERE name = 'status'").all();
        const index = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'orders_status'").all();
        return {
          versions: rows.map((row) => String(row.version)),
          hasStatus: column.length === 1 && index.length === 1,
        };
      }),
    stop: async () => undefined,
  };
}
