import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import pg from 'pg';
import type { BenchTenant } from './postgres-fleet.ts';

/**
 * The best loop that can be written with the same driver and concurrency, without durability: lock, version check, statements,
 * revision row and commit in one message a tenant. What ours is measured against.
 */
export async function runRawLoop(
  tenants: readonly BenchTenant[],
  change: {
    readonly from: string;
    readonly version: string;
    readonly description: string;
    readonly statements: readonly string[];
    readonly hash: string;
  },
  concurrency: number,
): Promise<void> {
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  const message = (tenant: BenchTenant): string => {
    const key = createHash('sha256').update(tenant.name).digest().readInt32BE(0);
    const table = `${tenant.revisionsSchema}.atlas_schema_revisions`;
    return [
      'BEGIN',
      `SET LOCAL lock_timeout = '200ms'`,
      ...(tenant.schema === '' ? [] : [`SET LOCAL search_path = ${tenant.schema}`]),
      `SELECT pg_advisory_xact_lock_shared(2686470616), pg_advisory_xact_lock(1, ${key})`,
      // The check raises where the tenant is not at the version that the change starts from.
      `SELECT 1 / (max(version) = ${text(change.from)})::int FROM ${table}`,
      ...change.statements,
      `INSERT INTO ${table} (version, description, type, applied, total, executed_at, execution_time, error, error_stmt, hash, partial_hashes, operator_version) VALUES (${text(change.version)}, ${text(change.description)}, 2, ${change.statements.length}, ${change.statements.length}, now(), 0, '', '', ${text(change.hash)}, NULL, 'raw loop')`,
      'COMMIT',
    ].join(';\n');
  };
  const shared = new Map<string, pg.Client[]>();
  const take = async (tenant: BenchTenant): Promise<pg.Client> => {
    const idle = shared.get(tenant.url)?.pop();
    if (idle) return idle;
    const client = new pg.Client({ connectionString: tenant.url });
    await client.connect();
    return client;
  };
  const limit = pLimit(concurrency);
  await Promise.all(
    tenants.map((tenant) =>
      limit(async () => {
        const client = await take(tenant);
        await client.query(message(tenant));
        if (tenant.schema === '') await client.end();
        else shared.set(tenant.url, [...(shared.get(tenant.url) ?? []), client]);
      }),
    ),
  );
  await Promise.all([...shared.values()].flat().map((client) => client.end()));
}
