import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { postgresServer } from '../../support/servers.ts';
import type { EngineFixture, FixtureTarget, SeenRevision } from './engine-fixture.ts';

const ATLAS_LOCK = 2_686_470_616;
const SELECT_LEFTOVERS = `
  SELECT 'lock of ' || a.application_name AS what FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND a.datname = current_database() AND a.application_name NOT LIKE 'fixture%'
  UNION ALL
  SELECT a.state || ' ' || a.application_name FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.application_name NOT LIKE 'fixture%' AND a.backend_type = 'client backend' AND a.state <> 'idle'`;

/** Targets that are schemas of one database (`schema`), or databases (`database`). */
export async function postgresFixture(kind: 'schema' | 'database'): Promise<EngineFixture> {
  const server = await postgresServer();
  const open: pg.Client[] = [];
  const connect = async (url: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, application_name: `fixture ${kind}` });
    client.on('error', () => undefined);
    await client.connect();
    open.push(client);
    return client;
  };
  const admin = await connect(server.url);
  const makeDatabase = async (): Promise<string> => {
    const database = `engine_${randomUUID().slice(0, 8)}`;
    await admin.query(`CREATE DATABASE ${database}`);
    return server.urlOf(database);
  };
  const shared = kind === 'schema' ? await makeDatabase() : undefined;

  return {
    name: `Postgres ${kind}s`,
    rollsBackDdl: true,
    stopsStatements: true,
    sleep: (seconds) => `SELECT pg_sleep(${seconds})`,
    async makeTarget() {
      const base = shared ?? (await makeDatabase());
      const schema = kind === 'schema' ? `s_${randomUUID().slice(0, 8)}` : 'public';
      const client = await connect(base);
      if (kind === 'schema') await client.query(`CREATE SCHEMA ${schema}`);
      await client.query(`SET search_path = ${schema}`);
      const url = kind === 'schema' ? `${base}&search_path=${schema}` : base;
      return makeTarget(
        client,
        () => connect(base),
        url,
        schema,
        kind === 'schema' ? schema : 'atlas_schema_revisions',
      );
    },
    async close() {
      await Promise.all(open.map((client) => client.end()));
    },
  };
}

function makeTarget(
  client: pg.Client,
  connect: () => Promise<pg.Client>,
  url: string,
  schema: string,
  revisionsSchema: string,
): FixtureTarget {
  return {
    url,
    async run(sql) {
      await client.query(sql);
    },
    async count(table) {
      const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);
      return Number(rows[0]?.n);
    },
    async tables() {
      const { rows } = await client.query<{ tablename: string }>(
        `SELECT tablename FROM pg_tables WHERE schemaname = '${schema}' AND tablename <> 'atlas_schema_revisions' ORDER BY 1`,
      );
      return rows.map(({ tablename }) => tablename);
    },
    async revisions() {
      const table = `${revisionsSchema}.atlas_schema_revisions`;
      const found = await client.query<{ at: string | null }>('SELECT to_regclass($1) AS at', [table]);
      if (found.rows[0]?.at === null) return undefined;
      const { rows } = await client.query<Record<string, string> & { partial_hashes: string[] | null }>(
        `SELECT * FROM ${table} ORDER BY version`,
      );
      return rows.map(
        (row): SeenRevision => ({
          version: row.version ?? '',
          type: Number(row.type),
          applied: Number(row.applied),
          total: Number(row.total),
          error: row.error ?? '',
          hash: row.hash ?? '',
          partialHashes: row.partial_hashes,
        }),
      );
    },
    async holdTable(name) {
      const other = await connect();
      await other.query(`BEGIN; SET LOCAL search_path = ${schema}; SELECT * FROM ${name}`);
      return async () => {
        await other.query('ROLLBACK');
      };
    },
    async holdAtlasLock() {
      const other = await connect();
      await other.query(`SELECT pg_advisory_lock(${ATLAS_LOCK})`);
      return async () => {
        await other.query(`SELECT pg_advisory_unlock(${ATLAS_LOCK})`);
      };
    },
    async leftovers() {
      const { rows } = await client.query<{ what: string }>(SELECT_LEFTOVERS);
      return rows.map(({ what }) => what);
    },
  };
}
