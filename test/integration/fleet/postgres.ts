import pg from 'pg';
import { type PostgresServer, postgresServer, type Shared } from '../../support/servers.ts';
import { forwardPort } from './forward-port.ts';
import type { Dialect } from './migrations.ts';
import { type Backend, type Tenant, type TenantState, toRevision } from './tenants.ts';

const dialect: Dialect = {
  // The sequence beside it counts the starts whose transaction came to nothing, too.
  counted: 'bigserial PRIMARY KEY',
  instant: 'timestamptz NOT NULL DEFAULT clock_timestamp()',
  concurrently: 'CONCURRENTLY ',
  sleep: (seconds) => `SELECT pg_sleep(${seconds})`,
  dropIndex: (name) => `DROP INDEX ${name}`,
  revisionsTable: [
    `CREATE TABLE atlas_schema_revisions (version character varying NOT NULL PRIMARY KEY, description character varying NOT NULL,
    type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0, executed_at timestamptz NOT NULL,
    execution_time bigint NOT NULL, error text NULL, error_stmt text NULL, hash character varying NOT NULL, partial_hashes jsonb NULL,
    operator_version character varying NOT NULL)`,
  ],
  now: 'now()',
};

/** $1: the schema, or null for all of the database. */
const OBJECTS = `WITH place AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND ($1::text IS NULL OR nspname = $1)
  )
  SELECT 'schema ' || nspname AS what FROM place
  UNION ALL SELECT format('relation %s.%s %s %s (%s)', p.nspname, c.relname, c.relkind, pg_get_userbyid(c.relowner),
    (SELECT string_agg(format('%s %s%s %s', a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' ELSE '' END, pg_get_expr(d.adbin, d.adrelid)), ', ' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
    FROM pg_class c JOIN place p ON p.oid = c.relnamespace WHERE c.relkind <> 'i'
  UNION ALL SELECT pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN place p ON p.oid = c.relnamespace
  UNION ALL SELECT format('constraint %s %s', k.conname, pg_get_constraintdef(k.oid)) FROM pg_constraint k JOIN place p ON p.oid = k.connamespace
  UNION ALL SELECT format('routine %s.%s', p.nspname, f.proname) FROM pg_proc f JOIN place p ON p.oid = f.pronamespace
  UNION ALL SELECT format('trigger %s', t.tgname) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN place p ON p.oid = c.relnamespace
  UNION ALL SELECT format('type %s.%s', p.nspname, t.typname) FROM pg_type t JOIN place p ON p.oid = t.typnamespace WHERE t.typtype IN ('e', 'd')
  ORDER BY 1`;

const TABLES = `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND ($1::text IS NULL OR n.nspname = $1)`;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * Tenants that are databases, or schemas of one database, owned by a role of the fleet. Databases are addressed without search_path, so their
 * revisions are in the schema `atlas_schema_revisions`; a schema has its own.
 */
export async function postgresBackend(
  layout: 'databases' | 'schemas',
  prefix: string,
  password: string,
  own?: Shared<PostgresServer>,
): Promise<Backend> {
  const server = own ?? (await postgresServer());
  const second = await forwardPort(server.port);
  const role = `${prefix}_fleet`;
  const common = `${prefix}_all`;
  const clients = new Map<string, Promise<pg.Client>>();
  const connect = async (database: string, as?: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: server.urlOf(database) });
    client.on('error', () => undefined);
    // The server may be killed and come back: the next question gets a connection of its own.
    client.on('end', () => clients.delete(database));
    await client.connect();
    if (as !== undefined) await client.query(`SET ROLE ${quote(as)}`);
    return client;
  };
  const kept = (database: string, as?: string): Promise<pg.Client> => {
    const client = clients.get(database) ?? connect(database, as);
    clients.set(database, client);
    // Not there, or not any more: who asks later asks anew.
    client.catch(() => clients.delete(database));
    return client;
  };
  const inside = (tenant: Tenant): Promise<pg.Client> => {
    const database = layout === 'databases' ? tenant.name : common;
    return kept(database, role);
  };
  const admin = (): Promise<pg.Client> => kept('postgres');
  await (await admin()).query(`CREATE ROLE ${quote(role)} LOGIN PASSWORD '${password.replaceAll("'", "''")}'`);
  const made: string[] = [];
  const makeDatabase = async (name: string): Promise<void> => {
    await (await admin()).query(`CREATE DATABASE ${quote(name)} OWNER ${quote(role)} STRATEGY file_copy`);
    made.push(name);
  };
  if (layout === 'schemas') await makeDatabase(common);
  const urlAt = (port: number): string =>
    `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${layout === 'schemas' ? common : ''}?sslmode=disable`;
  const schemaOf = (tenant: Tenant): string | null => (layout === 'schemas' ? tenant.name : null);

  return {
    kind: layout === 'schemas' ? 'Postgres schemas' : 'Postgres databases',
    dialect,
    url:
      layout === 'schemas'
        ? 'urlqueryset(getenv(each.value.at), "search_path", each.value.name)'
        : 'urlsetpath(getenv(each.value.at), each.value.name)',
    hosts: [urlAt(server.port), urlAt(second.port)],
    async make(tenant) {
      if (layout === 'databases') await makeDatabase(tenant.name);
      const client = await inside(tenant);
      await client.query(`CREATE SCHEMA ${quote(layout === 'databases' ? 'atlas_schema_revisions' : tenant.name)}`);
    },
    async drop(tenant) {
      if (layout === 'schemas') {
        await (await inside(tenant)).query(`DROP SCHEMA ${quote(tenant.name)} CASCADE`);
        return;
      }
      const client = clients.get(tenant.name);
      clients.delete(tenant.name);
      made.splice(made.indexOf(tenant.name), 1);
      await (await client)?.end();
      await (await admin()).query(`DROP DATABASE ${quote(tenant.name)} WITH (FORCE)`);
    },
    async empty(tenant) {
      const schemas = layout === 'databases' ? ['public', 'atlas_schema_revisions'] : [tenant.name];
      const client = await inside(tenant);
      for (const schema of schemas.map(quote))
        await client.query(`DROP SCHEMA ${schema} CASCADE; CREATE SCHEMA ${schema}`);
    },
    async run(tenant, statements) {
      const client = await inside(tenant);
      // `public` of a database comes first: only what is named as the revisions are is made in their schema.
      const path = layout === 'databases' ? 'public, atlas_schema_revisions' : quote(tenant.name);
      const placed = layout === 'databases' ? statements.map(inRevisionsSchema) : statements;
      await client.query([`SET search_path = ${path}`, ...placed].join(';\n'));
    },
    async read(tenant) {
      const client = await inside(tenant);
      // What the server prints of defaults and indexes depends on the path: without one all names are whole.
      await client.query("SET search_path = ''");
      const [objects, tables] = [
        await client.query<{ what: string }>(OBJECTS, [schemaOf(tenant)]),
        await client.query<{ nspname: string; relname: string }>(TABLES, [schemaOf(tenant)]),
      ];
      return { objects: objects.rows.map(({ what }) => what), ...(await readRows(client, tables.rows)) };
    },
    async countStarts(tenants) {
      const ask = async (tenant: Tenant): Promise<(readonly [string, number])[]> =>
        (
          await (
            await inside(tenant)
          ).query<{ s: string; n: string }>(
            "SELECT schemaname AS s, coalesce(last_value, 0) AS n FROM pg_sequences WHERE sequencename = 'marks_id_seq'",
          )
        ).rows.map(({ s, n }) => [layout === 'schemas' ? s : tenant.name, Number(n)]);
      const asked = layout === 'schemas' ? tenants.slice(0, 1) : tenants;
      return new Map((await Promise.all(asked.map(ask))).flat());
    },
    async readStartTimes(tenants, version) {
      const ask = async (tenant: Tenant) => {
        const marks = layout === 'databases' ? 'public.marks' : `${quote(tenant.name)}.marks`;
        const { rows } = await (await inside(tenant)).query<{ at: string }>(
          `SELECT extract(epoch FROM at) * 1000 AS at FROM ${marks} WHERE version = $1`,
          [version],
        );
        return rows.map(({ at }) => ({ tenant: tenant.name, atMs: Number(at) }));
      };
      const times: Awaited<ReturnType<typeof ask>>[] = [];
      for (const tenant of tenants) times.push(await ask(tenant));
      return times.flat();
    },
    async places() {
      const { rows } = await (await admin()).query<{ datname: string }>('SELECT datname FROM pg_database ORDER BY 1');
      if (layout === 'databases') return rows.map(({ datname }) => datname);
      const schemas = await (await inside({ name: '', tier: '', host: 0, from: 0 })).query<{ what: string }>(
        "SELECT nspname AS what FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp' UNION ALL SELECT 'public.' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
      );
      return [...rows.map(({ datname }) => datname), ...schemas.rows.map(({ what }) => what)];
    },
    async leftovers() {
      const { rows } = await (await admin()).query<{ what: string }>(
        `SELECT format('advisory lock %s %s', classid, objid) AS what FROM pg_locks WHERE locktype = 'advisory'
        UNION ALL SELECT format('a session %s in %s: %s', state, datname, left(query, 60)) FROM pg_stat_activity
          WHERE usename = $1 AND (state LIKE 'idle in transaction%' OR state = 'active')
        UNION ALL SELECT format('prepared transaction %s', gid) FROM pg_prepared_xacts`,
        [role],
      );
      return rows.map(({ what }) => what);
    },
    async stop() {
      for (const name of made) await (await admin()).query(`DROP DATABASE ${quote(name)} WITH (FORCE)`);
      await (await admin()).query(`DROP ROLE ${quote(role)}`);
      for (const client of [...clients.values()]) await (await client).end();
      await second.stop();
    },
  };
}

const inRevisionsSchema = (statement: string): string =>
  statement.replace(/^(CREATE TABLE|INSERT INTO) (atlas_schema_revisions) /, '$1 $2.$2 ');

async function readRows(
  client: pg.Client,
  tables: readonly { readonly nspname: string; readonly relname: string }[],
): Promise<Pick<TenantState, 'rows' | 'revisions' | 'starts'>> {
  const nameOf = ({ nspname, relname }: (typeof tables)[number]): string => `${quote(nspname)}.${quote(relname)}`;
  const rows: Record<string, string[]> = Object.fromEntries(tables.map(({ relname }) => [relname, []]));
  if (tables.length === 0) return { rows, revisions: [], starts: 0 };
  const all = await client.query<{ t: string; row: Record<string, unknown> }>(
    tables.map((one) => `SELECT '${one.relname}' AS t, to_jsonb(x) AS row FROM ${nameOf(one)} x`).join(' UNION ALL '),
  );
  for (const { t, row } of all.rows) if (t !== 'atlas_schema_revisions') rows[t]?.push(JSON.stringify(row));
  for (const list of Object.values(rows)) list.sort();
  delete rows.atlas_schema_revisions;
  const revisions = all.rows.filter(({ t }) => t === 'atlas_schema_revisions').map(({ row }) => toRevision(row));
  const marks = tables.find(({ relname }) => relname === 'marks');
  const counter =
    marks === undefined
      ? undefined
      : await client.query<{ n: string }>(
          `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS n FROM ${quote(marks.nspname)}.marks_id_seq`,
        );
  return {
    rows,
    revisions: revisions.sort((a, b) => (a.version < b.version ? -1 : 1)),
    starts: Number(counter?.rows[0]?.n ?? 0),
  };
}
