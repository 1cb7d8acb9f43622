import pg from 'pg';

export interface BenchTenant {
  readonly name: string;
  /** Of its database. */
  readonly url: string;
  /** '' where the tenant is a whole database. */
  readonly schema: string;
  readonly revisionsSchema: string;
}

export type FleetKind = 'schemas' | 'databases';

const REVISIONS = (
  schema: string,
): string => `CREATE TABLE ${schema}.atlas_schema_revisions (version character varying NOT NULL PRIMARY KEY, description character varying NOT NULL,
  type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0, executed_at timestamptz NOT NULL, execution_time bigint NOT NULL,
  error text NULL, error_stmt text NULL, hash character varying NOT NULL, partial_hashes jsonb NULL, operator_version character varying NOT NULL)`;

/** Makes `size` tenants that stand at `base`: schemas of one database, or databases copied from a template. */
export async function makePostgresFleet(
  urlOf: (database: string) => string,
  options: {
    readonly prefix: string;
    readonly kind: FleetKind;
    readonly size: number;
    readonly base: {
      readonly version: string;
      readonly description: string;
      readonly sql: string;
      readonly hash: string;
    };
  },
): Promise<readonly BenchTenant[]> {
  const { prefix, kind, size, base } = options;
  const names = Array.from({ length: size }, (_, i) => `${prefix}_${String(i + 1).padStart(5, '0')}`);
  const row = (schema: string): string =>
    `INSERT INTO ${schema}.atlas_schema_revisions VALUES ('${base.version}', '${base.description}', 2, 1, 1, now(), 0, '', '', '${base.hash}', NULL, 'bench')`;
  const admin = new pg.Client({ connectionString: urlOf('postgres') });
  await admin.connect();
  const common = kind === 'schemas' ? `${prefix}_all` : `${prefix}_template`;
  await admin.query(`CREATE DATABASE ${common}`);
  const inside = new pg.Client({ connectionString: urlOf(common) });
  await inside.connect();
  if (kind === 'schemas') {
    for (const name of names)
      await inside.query(
        `BEGIN; CREATE SCHEMA ${name}; SET LOCAL search_path = ${name}; ${base.sql}; ${REVISIONS(name)}; ${row(name)}; COMMIT`,
      );
    await inside.query('VACUUM ANALYZE');
  } else {
    await inside.query(
      `CREATE SCHEMA atlas_schema_revisions; ${base.sql}; ${REVISIONS('atlas_schema_revisions')}; ${row('atlas_schema_revisions')}`,
    );
  }
  await inside.end();
  if (kind === 'databases')
    for (const name of names) await admin.query(`CREATE DATABASE ${name} TEMPLATE ${common} STRATEGY file_copy`);
  await admin.query('CHECKPOINT');
  await admin.end();
  return names.map((name) =>
    kind === 'schemas'
      ? { name, url: urlOf(common), schema: name, revisionsSchema: name }
      : { name, url: urlOf(name), schema: '', revisionsSchema: 'atlas_schema_revisions' },
  );
}

/** Reads every tenant with connections of its own; throws with the first that is not at exactly these versions. */
export async function checkPostgresFleet(tenants: readonly BenchTenant[], versions: readonly string[]): Promise<void> {
  let client: pg.Client | undefined;
  let url = '';
  for (const tenant of tenants) {
    if (tenant.url !== url) {
      await client?.end();
      client = new pg.Client({ connectionString: tenant.url });
      await client.connect();
      url = tenant.url;
    }
    const got = await client?.query<{ version: string; whole: boolean }>(
      `SELECT version, applied = total AND coalesce(error, '') = '' AS whole FROM ${tenant.revisionsSchema}.atlas_schema_revisions ORDER BY version`,
    );
    const seen = got?.rows.map((one) => (one.whole ? one.version : `${one.version} (partial)`)) ?? [];
    if (seen.join() !== versions.join())
      throw new Error(`the oracle disagrees: ${tenant.name} is at ${seen.join(', ')}, expected ${versions.join(', ')}`);
  }
  await client?.end();
}
