import fs from 'node:fs';
import path from 'node:path';
import type { MigrationFolder } from './migrations.ts';

/** Writes a project folder as a team would have it: the project file, the list of its tenants, the migrations with their sum. */
export function writeProject(
  dir: string,
  project: {
    readonly groups: string;
    /** More blocks of the env. */
    readonly inEnv?: string | undefined;
    readonly url: string;
    readonly migrations: MigrationFolder;
    /** In place of the file of tenants: blocks of the project file, and what `for_each` is. */
    readonly listing?: { readonly blocks: string; readonly forEach: string } | undefined;
    readonly tenants: readonly { readonly name: string; readonly tier: string; readonly at: string }[];
  },
): void {
  const migrations = path.join(dir, 'migrations');
  fs.mkdirSync(migrations, { recursive: true });
  for (const { name, text } of project.migrations.files) fs.writeFileSync(path.join(migrations, name), text);
  fs.writeFileSync(path.join(migrations, 'atlas.sum'), project.migrations.sum);
  fs.writeFileSync(path.join(dir, 'tenants.json'), JSON.stringify(project.tenants));
  const { blocks, forEach } = project.listing ?? {
    blocks: '',
    forEach: '{ for t in jsondecode(file("tenants.json")) : t.name => t }',
  };
  fs.writeFileSync(
    path.join(dir, 'atlas.hcl'),
    `deployment "fleet" {
  variable "tier" {
    type = string
  }
${project.groups}
}

${blocks}
env "prod" {
  for_each = ${forEach}
  url      = ${project.url}
  migration {
    dir = "file://migrations"
  }
  rollout {
    deployment = deployment.fleet
    vars = {
      tier = each.value.tier
    }
  }
${project.inEnv ?? ''}
}
`,
  );
}
