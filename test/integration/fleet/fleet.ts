import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { PostgresServer } from '../../support/servers.ts';
import { throwAwayFolder } from '../../support/temporary-folder.ts';
import { mariadbBackend } from './mariadb.ts';
import { type MigrationFolder, type MigrationOptions, migrationFolder, scriptTo } from './migrations.ts';
import { postgresBackend } from './postgres.ts';
import { writeProject } from './project.ts';
import { sqliteBackend } from './sqlite.ts';
import type { Backend, Tenant } from './tenants.ts';

export type FleetKind = 'schemas' | 'databases' | 'mariadb' | 'sqlite';

export interface Fleet {
  readonly backend: Backend;
  readonly tenants: readonly Tenant[];
  /** Beside the tenants and like them, but not of the project: nobody may touch them. */
  readonly neighbours: readonly Tenant[];
  /** Brought to the newest version by the test's own hand: how a tenant has to look in the end. */
  readonly reference: Tenant;
  readonly migrations: MigrationFolder;
  readonly folder: string;
  /** The project's folder. */
  readonly project: string;
  /** What the daemon needs in its environment: URLs with their password. */
  readonly env: Readonly<Record<string, string>>;
  readonly password: string;
  of(tier: string): readonly Tenant[];
  /** Brings the tenants back to where they stood at first. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export interface FleetOptions extends MigrationOptions {
  /** Tier → how many; every other tenant is on the second host, every third is two versions behind. */
  readonly tiers: Readonly<Record<string, number>>;
  /** The `group` blocks of the project's deployment; `var.tier` is there. */
  readonly groups: string;
  /** More blocks of the project's env. */
  readonly inEnv?: string;
  readonly password?: string;
  /** Makes another URL of that of a host, 0 or 1. */
  readonly rewriteUrl?: (url: string, host: number) => string;
  /** Where the project has its tenants from, in place of a file with all of them. */
  readonly listing?: { readonly blocks: string; readonly forEach: string };
  /** In place of the Postgres that all tests share. */
  readonly postgres?: PostgresServer;
  /** In place of the kind's own: HCL expression of a tenant's URL. */
  readonly url?: string;
}

export async function makeFleet(kind: FleetKind, options: FleetOptions): Promise<Fleet> {
  const prefix = `f${randomBytes(3).toString('hex')}`;
  const folder = throwAwayFolder('fleet');
  const password = options.password ?? 'tenant-pass';
  const backend = await makeBackend(kind, { prefix, folder, password, postgres: options.postgres });
  const tenants = makeTenants(prefix, options.tiers);
  const beside = (name: string, from: number): Tenant => ({ name: `${prefix}_${name}`, tier: '', host: 0, from });
  const migrations = migrationFolder(backend.dialect, options);
  const neighbours = [beside('neighbour_1', 1), beside('neighbour_2', 2)];
  const reference = beside('reference', migrations.files.length);
  for (const tenant of [...tenants, ...neighbours, reference]) {
    await backend.make(tenant);
    await backend.run(tenant, scriptTo(backend.dialect, migrations, tenant.name, tenant.from));
  }
  const rewrite = options.rewriteUrl ?? ((url) => url);
  const variables = backend.hosts.map((url, i) => [`${prefix.toUpperCase()}_${i}`, rewrite(url, i)] as const);
  const project = path.join(folder, 'project');
  writeProject(project, {
    groups: options.groups,
    inEnv: options.inEnv,
    url: options.url ?? backend.url,
    migrations,
    listing: options.listing,
    tenants: tenants.map(({ name, tier, host }) => ({ name, tier, at: variables[host]?.[0] ?? '' })),
  });
  return {
    backend,
    tenants,
    neighbours,
    reference,
    migrations,
    folder,
    project,
    env: Object.fromEntries(variables),
    password,
    async reset() {
      for (const tenant of tenants) {
        await backend.empty(tenant);
        await backend.run(tenant, scriptTo(backend.dialect, migrations, tenant.name, tenant.from));
      }
    },
    of: (tier) => tenants.filter((tenant) => tenant.tier === tier),
    async stop() {
      await backend.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeBackend(
  kind: FleetKind,
  {
    prefix,
    folder,
    password,
    postgres,
  }: {
    readonly prefix: string;
    readonly folder: string;
    readonly password: string;
    readonly postgres: PostgresServer | undefined;
  },
): Promise<Backend> | Backend {
  switch (kind) {
    case 'schemas':
    case 'databases':
      return postgresBackend(kind, prefix, password, postgres);
    case 'mariadb':
      return mariadbBackend(prefix, password);
    case 'sqlite':
      return sqliteBackend(path.join(folder, 'tenants'));
  }
}

function makeTenants(prefix: string, tiers: Readonly<Record<string, number>>): readonly Tenant[] {
  return Object.entries(tiers)
    .flatMap(([tier, count]) => Array.from({ length: count }, () => tier))
    .map((tier, i) => ({
      name: `${prefix}_t${String(i).padStart(3, '0')}`,
      tier,
      host: i % 2,
      from: i % 3 === 2 ? 1 : 2,
    }));
}
