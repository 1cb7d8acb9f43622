import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashDirectory } from '../../src/engine/index.ts';
import { noteFigures } from '../support/note-figures.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { postgresServer, skipReason } from '../support/servers.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { startDaemon } from './fleet/daemon.ts';

/** fleet.md F4: an application holds all but two of a server's connections, and a rollout wants sixteen at once. */
const TENANTS = 60;
const FILES = { '1_init.sql': 'CREATE TABLE t (id int);\nSELECT pg_sleep(0.05);\n' };

const reason = await skipReason(postgresServer);

describe.skipIf(reason !== undefined)('a server that has hardly a connection left', () => {
  const folder = throwAwayFolder('connections');
  let server: PostgresServer;
  const application: pg.Client[] = [];

  beforeAll(async () => {
    server = await startPostgres({ settings: { max_connections: '20', superuser_reserved_connections: '3' } });
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query("CREATE ROLE tenant LOGIN PASSWORD 'pass'");
    for (let i = 0; i < TENANTS; i++)
      await admin.query(`CREATE DATABASE t${i} OWNER tenant TEMPLATE template0 STRATEGY file_copy`);
    await admin.end();
  });
  afterAll(async () => {
    for (const client of application) await client.end();
    await server?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it('gets fewer at once, and every tenant is migrated all the same', async () => {
    const url = new URL(server.url);
    url.username = 'tenant';
    url.password = 'pass';
    for (let i = 0; i < 15; i++) {
      const client = new pg.Client({ connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href });
      await client.connect();
      application.push(client);
    }
    const project = path.join(folder, 'project');
    fs.mkdirSync(path.join(project, 'migrations'), { recursive: true });
    for (const [name, text] of Object.entries({ ...FILES, 'atlas.sum': hashDirectory(FILES, 'atlas') }))
      fs.writeFileSync(path.join(project, 'migrations', name), text);
    const names = JSON.stringify(Array.from({ length: TENANTS }, (_, i) => `t${i}`));
    fs.writeFileSync(
      path.join(project, 'atlas.hcl'),
      `deployment "all" {\n  group "all" {\n    parallel = 16\n    on_error = CONTINUE\n  }\n}\nenv "prod" {\n  for_each = toset(jsondecode("${names.replaceAll('"', '\\"')}"))\n  url = urlsetpath(getenv("FLEET"), each.value)\n  migration {\n    dir = "file://migrations"\n  }\n  rollout {\n    deployment = deployment.all\n  }\n}\n`,
    );
    const daemon = await startDaemon({ shop: { project, env: { FLEET: url.href } } });
    try {
      const id = await daemon.start('shop');
      const { counts } = await daemon.reach(id, 'succeeded');
      expect(counts).toEqual({ applied: TENANTS });
      const metrics = (await daemon.ask('/metrics')).text;
      // It was refused, or the test would prove nothing; and the application never was.
      const refused = Number(/^flotilla_retries_total\{reason="connections"\} (\d+)/m.exec(metrics)?.[1] ?? 0);
      expect(refused).toBeGreaterThan(0);
      noteFigures({
        'tenants applied': counts.applied ?? 0,
        'failed by 53300': counts.failed ?? 0,
        'refusals waited out': refused,
      });
      for (const client of application) expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    } finally {
      await daemon.stop();
    }
  });
});
