/** The orchestrator alone: rollouts of growing fleets with an engine that does nothing (idle-engine.ts). What is measured is growth. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Client, Connection, type WorkflowExecutionInfo } from '@temporalio/client';
import pg from 'pg';
import { hashDirectory } from '../../src/engine/index.ts';
import { rolloutWorkflowId } from '../../src/shared/workflow-names.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { STORE_KEY } from '../support/store-key.ts';
import { startTemporal } from '../support/temporal-server.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { type BenchProcess, startRole } from './daemon.ts';
import { cpuSeconds, familyOf, peakMegabytes } from './process-figures.ts';

const HOSTS = 10;
const PER_HOST = 8;

/** What one rollout of `targets` targets took. Times in ms from the call that starts it. */
export interface Growth {
  readonly targets: number;
  readonly acceptedMs: number;
  readonly canaryMs: number;
  readonly wallMs: number;
  readonly cpuS: {
    readonly api: number;
    readonly orchestrator: number;
    readonly engine: number;
    readonly temporal: number;
    readonly store: number;
  };
  /** Since the process began, which is for this size alone. */
  readonly peakMb: { readonly api: number; readonly orchestrator: number; readonly engine: number };
  readonly historyEvents: number;
  readonly historyBytes: number;
  readonly storeBytes: number;
  readonly scrapeBytes: { readonly api: number; readonly orchestrator: number };
  readonly scrapeSeries: { readonly api: number; readonly orchestrator: number };
  readonly scrapeMs: number;
  readonly firstPageMs: number;
  readonly rolloutPageMs: number;
}

/** Rolls out once to a fleet of this size, with processes, store and Temporal server of its own. */
export async function benchOrchestrator(program: string, targets: number): Promise<Growth> {
  const folder = throwAwayFolder('bench-growth');
  const server = await startPostgres({ durable: true, settings: { max_connections: '100', shared_buffers: '256MB' } });
  const temporal = await startTemporal();
  const project = writeProject(folder, targets);
  const env = {
    FLOTILLA_STORE_URL: server.urlOf('postgres'),
    FLOTILLA_STORE_KEY: Buffer.from(STORE_KEY).toString('base64'),
    FLOTILLA_PER_HOST: String(PER_HOST),
  };
  const role = (name: string): Promise<BenchProcess> =>
    startRole(program, path.join(folder, name), project, {
      env,
      args: ['--role', name, '--temporal-address', temporal.address],
    });
  const api = await role('api');
  const orchestrator = await role('orchestrator');
  const engine = await startIdleEngine(folder, project, temporal.address, env);
  try {
    const pids = { api: [api.pid], orchestrator: [orchestrator.pid], engine: [engine.pid], temporal: [temporal.pid] };
    const cpu = () => ({
      api: cpuSeconds(pids.api),
      orchestrator: cpuSeconds(pids.orchestrator),
      engine: cpuSeconds(pids.engine),
      temporal: cpuSeconds(pids.temporal),
      store: cpuSeconds(familyOf(server.pid)),
    });
    const storeBefore = await storeBytes(server.urlOf('postgres'));
    const before = cpu();
    const beganAt = Date.now();
    const began = performance.now();
    const { id } = await api.post<{ id: string }>('/rollouts', { project: 'bench', env: 'prod' });
    const acceptedMs = performance.now() - began;
    await untilSucceeded(api, id);
    const wallMs = performance.now() - began;
    const after = cpu();
    const { items } = await api.get<{ items: readonly { kind: string; at: string }[] }>(`/rollouts/${id}/events`);
    const verdict = items.find(({ kind }) => kind === 'SliceFinished');
    const history = await historyOf(temporal.address);
    await checkOutcomes(server.urlOf('postgres'), targets);
    const scrapes = await Promise.all([scrapeOf(api), scrapeOf(orchestrator)]);
    return {
      targets,
      acceptedMs,
      canaryMs: verdict === undefined ? Number.NaN : Date.parse(verdict.at) - beganAt,
      wallMs,
      cpuS: {
        api: after.api - before.api,
        orchestrator: after.orchestrator - before.orchestrator,
        engine: after.engine - before.engine,
        temporal: after.temporal - before.temporal,
        store: after.store - before.store,
      },
      peakMb: {
        api: peakMegabytes(api.pid),
        orchestrator: peakMegabytes(orchestrator.pid),
        engine: peakMegabytes(engine.pid),
      },
      ...history,
      storeBytes: (await storeBytes(server.urlOf('postgres'))) - storeBefore,
      scrapeBytes: { api: scrapes[0].bytes, orchestrator: scrapes[1].bytes },
      scrapeSeries: { api: scrapes[0].series, orchestrator: scrapes[1].series },
      scrapeMs: Math.max(scrapes[0].ms, scrapes[1].ms),
      firstPageMs: await timeOf(() => api.get(`/rollouts/${id}/targets`)),
      rolloutPageMs: await timeOf(() => api.get(`/rollouts/${id}`)),
    };
  } finally {
    await engine.stop();
    await Promise.all([api.stop(), orchestrator.stop()]);
    await temporal.stop();
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** One canary, then all: so many hosts whatever the size, so that only the number of targets grows. */
function writeProject(folder: string, targets: number): string {
  const dir = path.join(folder, 'project');
  fs.mkdirSync(path.join(dir, 'migrations'), { recursive: true });
  const files = { '20260101000000_first.sql': 'CREATE TABLE t (id bigint NOT NULL PRIMARY KEY);\n' };
  for (const [name, text] of Object.entries({ ...files, 'atlas.sum': hashDirectory(files, 'atlas') }))
    fs.writeFileSync(path.join(dir, 'migrations', name), text);
  const names = Array.from({ length: targets }, (_, i) => `db-${i % HOSTS}/t${String(i).padStart(7, '0')}`);
  fs.writeFileSync(path.join(dir, 'tenants.json'), JSON.stringify(names));
  fs.writeFileSync(
    path.join(dir, 'atlas.hcl'),
    `deployment "all" {
  group "canary" {
    match = true
    count = 1
  }
  group "rest" {
    parallel = ${HOSTS * PER_HOST}
    per_host = ${PER_HOST}
    on_error = CONTINUE
  }
}
env "prod" {
  for_each = toset(jsondecode(file("tenants.json")))
  url = "postgres://bench@\${each.value}"
  migration {
    dir = "file://migrations"
  }
  rollout {
    deployment = deployment.all
  }
}
`,
  );
  return dir;
}

async function startIdleEngine(folder: string, project: string, temporal: string, env: Record<string, string>) {
  const log = fs.openSync(path.join(folder, 'engine.log'), 'a');
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'idle-engine.ts'), `bench=${project}`, temporal],
    {
      env: { ...process.env, ...env, FLOTILLA_STATE_DIR: path.join(folder, 'engine') },
      stdio: ['ignore', 'pipe', log],
    },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', () => reject(new Error(fs.readFileSync(path.join(folder, 'engine.log'), 'utf8').slice(-2000))));
  });
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function untilSucceeded(api: BenchProcess, id: string): Promise<void> {
  for (;;) {
    const { state, cause } = await api.get<{ state: string; cause?: string }>(`/rollouts/${id}`);
    if (state === 'succeeded') return;
    if (['failed', 'aborted', 'paused'].includes(state)) throw new Error(`the rollout is ${state}: ${cause}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Of all runs of the workflow: a long rollout hands over from run to run. */
async function historyOf(address: string): Promise<{ readonly historyEvents: number; readonly historyBytes: number }> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const query = `WorkflowId = "${rolloutWorkflowId('bench', 'prod')}"`;
    // The list is eventually consistent: the last run must be among the closed ones.
    for (let attempt = 0; ; attempt++) {
      const runs: WorkflowExecutionInfo[] = [];
      for await (const run of client.workflow.list({ query })) runs.push(run);
      const isWhole = runs.length > 0 && runs.every(({ status }) => status.name !== 'RUNNING');
      if (isWhole || attempt > 50) {
        return {
          historyEvents: runs.reduce((sum, { historyLength }) => sum + historyLength, 0),
          historyBytes: runs.reduce((sum, { historySize }) => sum + (historySize ?? 0), 0),
        };
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await connection.close();
  }
}

async function ask<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows[0];
  } finally {
    await client.end();
  }
}

const storeBytes = async (url: string): Promise<number> =>
  Number((await ask<{ n: string }>(url, 'SELECT pg_database_size(current_database()) AS n'))?.n);

/** Read past our code: each target once, and applied. */
async function checkOutcomes(url: string, targets: number): Promise<void> {
  const sql = `SELECT count(*) AS n, count(DISTINCT id) AS ids FROM targets WHERE state = 'applied' AND attempts = 1`;
  const seen = await ask<{ n: string; ids: string }>(url, sql);
  if (Number(seen?.n) !== targets || Number(seen?.ids) !== targets)
    throw new Error(`the oracle disagrees: ${seen?.n} of ${targets} targets are applied, ${seen?.ids} different ones`);
}

async function scrapeOf({ address }: BenchProcess) {
  const began = performance.now();
  const text = await (await fetch(`${address}/metrics`)).text();
  const ms = performance.now() - began;
  return { bytes: Buffer.byteLength(text), series: text.split('\n').filter((line) => /^[a-z]/.test(line)).length, ms };
}

/** Median of seven, after one to warm up. */
async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 8; i++) {
    const began = performance.now();
    await call();
    times.push(performance.now() - began);
  }
  return times.slice(1).sort((a, b) => a - b)[3] ?? Number.NaN;
}

/** Slope of a line through the points in log-log: 1 is linear, 0 is flat. */
function logLogSlope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const over = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** Prints the figures of all sizes, and how each of them grows. */
export function reportGrowth(results: readonly Growth[]): void {
  const rows: readonly (readonly [string, (one: Growth) => number, number])[] = [
    ['accepted after ms', (one) => one.acceptedMs, 0],
    ['first canary verdict ms', (one) => one.canaryMs, 0],
    ['wall ms', (one) => one.wallMs, 0],
    ['CPU ms a target, API', (one) => (one.cpuS.api * 1000) / one.targets, 3],
    ['CPU ms a target, orchestrator', (one) => (one.cpuS.orchestrator * 1000) / one.targets, 3],
    ['CPU ms a target, engine', (one) => (one.cpuS.engine * 1000) / one.targets, 3],
    ['CPU ms a target, Temporal', (one) => (one.cpuS.temporal * 1000) / one.targets, 3],
    ['CPU ms a target, store', (one) => (one.cpuS.store * 1000) / one.targets, 3],
    ['CPU s, all', ({ cpuS }) => Object.values(cpuS).reduce((a, b) => a + b, 0), 2],
    ['peak RSS MB, API', (one) => one.peakMb.api, 0],
    ['peak RSS MB, orchestrator', (one) => one.peakMb.orchestrator, 0],
    ['peak RSS MB, engine', (one) => one.peakMb.engine, 0],
    ['history events', (one) => one.historyEvents, 0],
    ['history events a target', (one) => one.historyEvents / one.targets, 4],
    ['history KB', (one) => one.historyBytes / 1024, 0],
    ['store bytes a target', (one) => one.storeBytes / one.targets, 0],
    ['scrape KB, API', (one) => one.scrapeBytes.api / 1024, 1],
    ['scrape KB, orchestrator', (one) => one.scrapeBytes.orchestrator / 1024, 1],
    ['scrape series, orchestrator', (one) => one.scrapeSeries.orchestrator, 0],
    ['scrape ms', (one) => one.scrapeMs, 0],
    ['first page of targets ms', (one) => one.firstPageMs, 1],
    ['the rollout itself ms', (one) => one.rolloutPageMs, 1],
  ];
  const head = results.map(({ targets }) => String(targets).padStart(11)).join('');
  console.log(`\nthe orchestrator alone${' '.repeat(12)}${head}   log-log slope`);
  for (const [name, of, digits] of rows) {
    const slope = results.length < 2 ? Number.NaN : logLogSlope(results.map((one) => ({ x: one.targets, y: of(one) })));
    const cells = results.map((one) => of(one).toFixed(digits).padStart(11)).join('');
    console.log(`  ${name.padEnd(32)}${cells}   ${slope.toFixed(2)}`);
  }
}
