import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { Fleet, FleetKind } from './fleet.ts';
import type { Tenant } from './tenants.ts';

/** Holds a lock and an open transaction in the tenant, as whoever migrates it; gives what lets go of both. */
export async function holdOn(kind: FleetKind, fleet: Fleet, tenant: Tenant): Promise<() => Promise<unknown>> {
  const [host = ''] = fleet.backend.hosts;
  switch (kind) {
    case 'schemas':
    case 'databases': {
      const url = new URL(host);
      if (kind === 'databases') url.pathname = tenant.name;
      const client = new pg.Client({ connectionString: url.toString() });
      await client.connect();
      await client.query('SELECT pg_advisory_lock(4711)');
      await client.query('BEGIN; SELECT 1');
      return () => client.end();
    }
    case 'mariadb': {
      const { username, password, port } = new URL(host);
      const login = { host: '127.0.0.1', port: Number(port), user: username, password: decodeURIComponent(password) };
      const connection = await mysql.createConnection({ ...login, database: tenant.name });
      await connection.query("SELECT GET_LOCK('left_behind', 0)");
      await connection.query('START TRANSACTION');
      await connection.query('UPDATE accounts SET balance = balance + 1');
      return () => connection.end();
    }
    case 'sqlite': {
      const database = new DatabaseSync(path.join(host, `${tenant.name}.db`));
      database.exec('BEGIN; SELECT count(*) FROM accounts');
      const open = database.prepare('SELECT id FROM accounts').iterate();
      open.next();
      return async () => database.close();
    }
  }
}

/** What of it has to be seen. */
export const LEFT_BEHIND: Readonly<Record<FleetKind, readonly RegExp[]>> = {
  schemas: [/advisory lock/, /idle in transaction/],
  databases: [/advisory lock/, /idle in transaction/],
  mariadb: [/named lock .*left_behind/, /open transaction/],
  sqlite: [/cannot be locked/],
};
