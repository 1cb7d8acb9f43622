import type { Dialect } from './migrations.ts';

export interface Tenant {
  /** Its id in the project, and the name of its database, schema or file. */
  readonly name: string;
  readonly tier: string;
  /** 0 or 1. */
  readonly host: number;
  /** How many of the migration files it has already. */
  readonly from: number;
}

export interface Revision {
  readonly version: string;
  readonly description: string;
  readonly type: number;
  readonly applied: number;
  readonly total: number;
  readonly error: string;
  readonly hash: string;
  /** The whole row, as text. */
  readonly row: string;
}

/** Everything there is in a tenant. */
export interface TenantState {
  /** Tables with columns and types, indexes, constraints, routines, … in words of the database. */
  readonly objects: readonly string[];
  /** Table → its rows as texts, sorted; the revisions are apart. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  readonly revisions: readonly Revision[];
  /** How often a migration was begun; where the database can say so, with those that were rolled back. */
  readonly starts: number;
}

/** Where tenants live: servers or folders that the tests reach on their own, by connections of their own. */
export interface Backend {
  readonly kind: 'Postgres schemas' | 'Postgres databases' | 'MariaDB databases' | 'SQLite files';
  readonly dialect: Dialect;
  /** HCL expression of a tenant's URL; `each.value` has `name` and `at`, the name of the variable of the host. */
  readonly url: string;
  /** The value of that variable, for each host. */
  readonly hosts: readonly string[];
  /** Makes the tenant's database, schema or file, empty. */
  make(tenant: Tenant): Promise<void>;
  /** Takes it away with all that is in it, whoever is connected. */
  drop(tenant: Tenant): Promise<void>;
  /** Takes everything out of it again: as `make` left it. */
  empty(tenant: Tenant): Promise<void>;
  /** Runs statements inside of the tenant, in one go. */
  run(tenant: Tenant, statements: readonly string[]): Promise<void>;
  read(tenant: Tenant): Promise<TenantState>;
  /** `starts` of each, by name; quick, for it is asked while things move. */
  countStarts(tenants: readonly Tenant[]): Promise<ReadonlyMap<string, number>>;
  /** When the first statement of a version began in each tenant, by the database's own clock: milliseconds since 1970, each time that is committed. */
  readStartTimes(
    tenants: readonly Tenant[],
    version: string,
  ): Promise<readonly { readonly tenant: string; readonly atMs: number }[]>;
  /** Every database, schema, file there is where the fleet lives. */
  places(): Promise<readonly string[]>;
  /** Locks, open transactions and whatever else a migration may leave behind without writing it anywhere. */
  leftovers(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Numbers come as numbers, texts or bigints. */
export const toRevision = (row: Readonly<Record<string, unknown>>): Revision => ({
  version: String(row.version),
  description: String(row.description),
  type: Number(row.type),
  applied: Number(row.applied),
  total: Number(row.total),
  error: String(row.error ?? ''),
  hash: String(row.hash),
  row: JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
});
