import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Projects } from '../../src/app/ports.ts';
import { type Daemon, runDaemon } from '../../src/bin/daemon/run-daemon.ts';
import { systemClock } from '../../src/bin/system-clock.ts';
import type { DaemonConfig } from '../../src/config/daemon/types.ts';
import type { GroupConfig } from '../../src/config/types.ts';
import { hashDirectory, parseDatabaseUrl } from '../../src/engine/index.ts';
import { createLog } from '../../src/observability/log.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';

export const FILES = {
  '20240101000000_first.sql': 'CREATE TABLE accounts (id integer);\n',
  '20240102000000_second.sql': 'ALTER TABLE accounts ADD COLUMN note text;\n',
};

const group = (name: string, more: Partial<GroupConfig>): GroupConfig => ({
  name,
  hasMatch: name === 'canary',
  parallel: 3,
  perHost: null,
  maxFailures: { count: 0 },
  budgetMode: 'STRICT',
  onFailure: 'PAUSE',
  bakeMs: 0,
  approval: false,
  dependsOn: [],
  ...more,
});

/** A fleet of SQLite files, two hosts, and the project port that names them. */
export function sqliteFleet(count: number): {
  readonly folder: string;
  readonly projects: Projects;
  versionsOf(index: number): readonly unknown[];
} {
  const folder = throwAwayFolder('serve');
  const tenants = Array.from({ length: count }, (_, i) => path.join(folder, `host-${i % 2}`, `t${i}.db`));
  for (const file of tenants) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    new DatabaseSync(file).close();
  }
  const groups = [group('canary', {}), group('rest', { maxFailures: null })];
  const files = { ...FILES, 'atlas.sum': hashDirectory(FILES, 'atlas') };
  const projects: Projects = {
    names: () => ['shop'],
    readDirectory: async () => ({ files, format: 'atlas' }),
    evaluate: async () => ({
      diagnostics: [],
      value: {
        envs: tenants.map((file, i) => ({
          name: 'prod',
          src: [],
          schemas: [],
          exclude: [],
          formats: {},
          extra: new Map(),
          policies: { lint: [], diff: [], test: [] },
          migration: { dir: 'file://migrations' },
          target: {
            id: `t${i}`,
            url: parseDatabaseUrl(`sqlite://${file}`),
            labels: {},
            matches: groups.map(({ hasMatch }) => !hasMatch || i < 2),
            orderKeys: groups.map(() => []),
          },
        })),
        deployment: { name: 'fleet', groups, windows: [] },
        filesRead: { 'atlas.hcl': 'env "prod" {}' },
        memoryDirectories: {},
        schemaSources: {},
      },
    }),
  };
  return {
    folder,
    projects,
    versionsOf(index) {
      const db = new DatabaseSync(tenants[index] ?? '');
      try {
        const rows = db
          .prepare("select version from atlas_schema_revisions where version like '2%' order by version")
          .all();
        return rows.map(({ version }) => version);
      } finally {
        db.close();
      }
    },
  };
}

/** A daemon on a free port, in this process. */
export const startDaemon = (
  stateDir: string,
  projects: Projects,
  more: { readonly env?: NodeJS.ProcessEnv; readonly port?: number; readonly keepTemporal?: boolean } = {},
): Promise<Daemon> => {
  const config: DaemonConfig = {
    listen: { host: '127.0.0.1', port: more.port ?? 0 },
    stateDir,
    role: 'all',
    storeUrl: undefined,
    storeKey: undefined,
    temporal: {
      address: undefined,
      namespace: undefined,
      profile: undefined,
      apiKey: undefined,
      codecKeys: undefined,
      codecKeyFile: undefined,
      tls: {
        enabled: undefined,
        serverName: undefined,
        serverCaCertPath: undefined,
        clientCertPath: undefined,
        clientKeyPath: undefined,
      },
    },
    retentionMs: undefined,
    projects: new Map(),
    limits: {
      connectTimeoutMs: 5_000,
      lockTimeoutMs: 200,
      statementTimeoutMs: 60_000,
      idleInTransactionTimeoutMs: 60_000,
      keepaliveMs: 10_000,
      perHost: 8,
      engineConcurrency: 16,
      retryBackoffMs: [200, 400],
      maxShrink: { percent: 10 },
      quarantineAfter: 0,
      targetsPerHour: 0,
    },
    authTokens: [],
    freezes: [],
    log: { level: 'warn', format: 'json' },
  };
  return runDaemon({
    config,
    version: '0.0.0-test',
    env: more.env ?? process.env,
    clock: systemClock,
    log: createLog({ level: 'warn' }),
    projects: () => projects,
    keepTemporal: more.keepTemporal ?? false,
  });
};
