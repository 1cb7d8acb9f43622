import pg from 'pg';
import { postgresServer } from '../../support/servers.ts';
import type { Fleet } from './fleet.ts';
import type { Tenant } from './tenants.ts';

const VARIABLE = 'CONTROL_URL';

/** For `makeFleet`: the tenants are what a database says at the time. */
export const CONTROL_LISTING = {
  blocks: `data "sql" "tenants" {
  url   = getenv("${VARIABLE}")
  query = "SELECT concat_ws('|', name, tier, host_variable) FROM tenants ORDER BY name"
}
`,
  forEach:
    '{ for t in data.sql.tenants.values : split("|", t)[0] => { name = split("|", t)[0], tier = split("|", t)[1], at = split("|", t)[2] } }',
};

/** The database of whoever runs the fleet: which tenants there are. Changed under the daemon's eyes. */
export interface ControlDatabase {
  /** For the daemon. */
  readonly env: Readonly<Record<string, string>>;
  add(...tenants: readonly Tenant[]): Promise<void>;
  remove(tenant: Tenant): Promise<void>;
  names(): Promise<ReadonlySet<string>>;
  stop(): Promise<void>;
}

export async function controlDatabase(fleet: Fleet): Promise<ControlDatabase> {
  const server = await postgresServer();
  const admin = new pg.Client({ connectionString: server.urlOf('postgres') });
  await admin.connect();
  const name = `${fleet.reference.name}_control`;
  await admin.query(`CREATE DATABASE "${name}"`);
  const url = server.urlOf(name);
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('CREATE TABLE tenants (name text PRIMARY KEY, tier text NOT NULL, host_variable text NOT NULL)');
  const variables = Object.keys(fleet.env);
  return {
    env: { [VARIABLE]: `${url}${url.includes('?') ? '&' : '?'}sslmode=disable` },
    async add(...tenants) {
      for (const { name: id, tier, host } of tenants) {
        await client.query('INSERT INTO tenants VALUES ($1, $2, $3)', [id, tier, variables[host]]);
      }
    },
    async remove({ name: id }) {
      await client.query('DELETE FROM tenants WHERE name = $1', [id]);
    },
    async names() {
      const { rows } = await client.query<{ name: string }>('SELECT name FROM tenants');
      return new Set(rows.map((row) => row.name));
    },
    async stop() {
      await client.end();
      await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`);
      await admin.end();
    },
  };
}
