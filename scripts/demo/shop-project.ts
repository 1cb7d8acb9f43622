import fs from 'node:fs';
import path from 'node:path';
import { hashDirectory } from '../../src/engine/index.ts';

/** The demo's project: a small shop whose newest version adds a column and an index to every tenant's orders. */
const FILES: Readonly<Record<string, string>> = {
  '20260101000000_init.sql': 'CREATE TABLE customers (id bigint NOT NULL PRIMARY KEY, email varchar(200) NOT NULL);\n',
  '20260201000000_orders.sql':
    'CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, customer_id bigint NOT NULL, total bigint NOT NULL);\n',
  '20260301000000_index.sql': 'CREATE INDEX orders_customer ON orders (customer_id);\n',
  '20260401000000_status.sql':
    "-- Every order gets a status; support looks them up by it.\nALTER TABLE orders ADD COLUMN status varchar(20) NOT NULL DEFAULT 'open';\nCREATE INDEX orders_status ON orders (status);\n",
};

export const VERSIONS = Object.keys(FILES).map((name) => name.split('_')[0] ?? '');
export const NEWEST = VERSIONS.at(-1) ?? '';

const DEPLOYMENT = `deployment "fleet" {
  variable "tier" {
    type = string
  }
  group "canary" {
    match        = var.tier == "internal"
    max_failures = 0
    bake         = "1s"
  }
  group "early" {
    match        = var.tier == "early"
    parallel     = 4
    max_failures = 2
  }
  group "rest" {
    parallel     = 8
    max_failures = "2%"
  }
}
`;

export interface Tenant {
  readonly name: string;
  readonly tier: 'internal' | 'early' | 'rest';
  /** How many of the files it has already. */
  readonly from: number;
}

/** So many tenants at three different versions: two are ours, one in five is early. */
export const makeTenants = (count: number): readonly Tenant[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `tenant_${String(i + 1).padStart(3, '0')}`,
    tier: i < 2 ? 'internal' : i % 5 === 0 ? 'early' : 'rest',
    from: 1 + (i % 3),
  }));

/** @param url the HCL expression of a tenant's URL; it may use each.value.name */
export function writeProject(dir: string, tenants: readonly Tenant[], url: string): void {
  const migrations = path.join(dir, 'migrations');
  fs.mkdirSync(migrations, { recursive: true });
  for (const [name, text] of Object.entries({ ...FILES, 'atlas.sum': hashDirectory(FILES, 'atlas') }))
    fs.writeFileSync(path.join(migrations, name), text);
  fs.writeFileSync(
    path.join(dir, 'tenants.json'),
    `${JSON.stringify(
      tenants.map(({ name, tier }) => ({ name, tier })),
      null,
      1,
    )}\n`,
  );
  fs.writeFileSync(
    path.join(dir, 'atlas.hcl'),
    `${DEPLOYMENT}
env "prod" {
  for_each = { for t in jsondecode(file("tenants.json")) : t.name => t }
  url      = ${url}
  migration {
    dir = "file://migrations"
  }
  rollout {
    deployment = deployment.fleet
    vars = {
      tier = each.value.tier
    }
  }
}
`,
  );
}
