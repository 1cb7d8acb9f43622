import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Daemon } from '../fleet/daemon.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Tenant } from '../fleet/tenants.ts';

const BIN = path.resolve(import.meta.dirname, '../../../bin/flotilla.js');

/** Dev databases of the fleets' kinds; `{}` in a schema name stands for that of the documents. */
export interface Wanted {
  /** `file://…`. */
  readonly url: string;
  readonly flags: readonly string[];
}

/** What `schema inspect` says of a database, changed, as the desired state of a fleet. */
export function desire(
  fleet: Fleet,
  tenantUrl: string,
  change: (document: string) => string,
  dev: readonly string[] = [],
): Wanted {
  const said = spawnSync(
    process.execPath,
    [BIN, 'schema', 'inspect', '-u', tenantUrl, '--exclude', 'atlas_schema_revisions'],
    {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    },
  );
  if (said.status !== 0) throw new Error(`schema inspect: ${said.stderr}`);
  const file = path.join(fleet.folder, `desired-${Date.now()}.hcl`);
  fs.writeFileSync(file, change(said.stdout));
  return { url: `file://${file}`, flags: ['--to', `file://${file}`, ...dev] };
}

export interface DeclaredPlan {
  readonly kind: string;
  readonly planDigest: string;
  readonly states: Readonly<Record<string, number>>;
  readonly plans: readonly {
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly statements: readonly { readonly sql: string }[];
  }[];
}

export async function planOf(daemon: Daemon, ...flags: readonly string[]): Promise<DeclaredPlan> {
  const said = await daemon.cli('rollout', 'plan', '--project', 'shop', '--env', 'prod', ...flags, '-o', 'json');
  if (said.code !== 0) throw new Error(`rollout plan: ${said.stderr}`);
  return JSON.parse(said.stdout);
}

/** Objects of a tenant, as the database has them, without what keeps the history of migrations. */
export async function objectsOf(fleet: Fleet, tenant: Tenant): Promise<string> {
  const { objects } = await fleet.backend.read(tenant);
  return objects.filter((text) => !text.includes('atlas_schema_revisions')).join('\n');
}
