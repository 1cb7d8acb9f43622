/**
 * `npm run bench -- quick`: rollouts of one version against the raw loop, interleaved in one run on one machine, checked by an oracle of its own.
 * `--only schemas|databases|orchestrator` runs one workload, `--sizes 1000,10000` the orchestrator's with these.
 * Prints ratios with medians and spread; raw JSON goes to test/bench/results/. Only ratios of one run mean anything: machines are noisy.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { hashDirectory } from '../../src/engine/index.ts';
import { rolloutWorkflowId } from '../../src/shared/workflow-names.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { throwAwayFolder } from '../support/temporary-folder.ts';
import { type BenchDaemon, buildProgram, startDaemon } from './daemon.ts';
import { benchOrchestrator, type Growth, reportGrowth } from './orchestrator.ts';
import { type BenchTenant, checkPostgresFleet, type FleetKind, makePostgresFleet } from './postgres-fleet.ts';
import { cpuSeconds, familyOf, peakMegabytes } from './process-figures.ts';
import { runRawLoop } from './raw-loop.ts';

const CONCURRENCY = 8;
const PROFILES = {
  quick: { rounds: 3, sizes: { schemas: [1_000], databases: [200] }, growth: [1_000, 10_000] },
  full: {
    rounds: 5,
    sizes: { schemas: [1_000, 10_000], databases: [200, 1_000] },
    growth: [1_000, 10_000, 100_000, 1_000_000],
  },
} as const;

interface Measure {
  readonly contender: 'raw' | 'flotilla';
  readonly round: number;
  readonly wallMs: number;
  readonly cpuOwnS: number;
  readonly cpuServerS: number;
  readonly historyEvents?: number;
}

const version = (round: number): string => `2026010100${String(round).padStart(4, '0')}`;
const statement = (round: number): string => `ALTER TABLE t ADD COLUMN c${round} int`;
const filesUpTo = (rounds: number): Record<string, string> => ({
  [`${version(0)}_base.sql`]: 'CREATE TABLE t (id bigint NOT NULL PRIMARY KEY);\n',
  ...Object.fromEntries(
    Array.from({ length: rounds }, (_, i) => [`${version(i + 1)}_c.sql`, `${statement(i + 1)};\n`]),
  ),
});

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
const spread = (values: readonly number[], digits = 0): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;

async function rollOut(daemon: BenchDaemon, toVersion: string): Promise<number> {
  const { id } = await daemon.post<{ id: string }>('/rollouts', { project: 'bench', env: 'prod', toVersion });
  for (;;) {
    const { state, cause } = await daemon.get<{ state: string; cause?: string }>(`/rollouts/${id}`);
    if (state === 'succeeded') break;
    if (['failed', 'aborted', 'paused'].includes(state)) throw new Error(`the rollout is ${state}: ${cause}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const connection = await Connection.connect({ address: daemon.temporalAddress });
  try {
    const namespaces = await connection.workflowService.listNamespaces({});
    for (const { namespaceInfo } of namespaces.namespaces) {
      const client = new Client({ connection, namespace: namespaceInfo?.name ?? 'default' });
      const described = await client.workflow
        .getHandle(rolloutWorkflowId('bench', 'prod'))
        .describe()
        .catch(() => undefined);
      if (described) return described.historyLength;
    }
    return Number.NaN;
  } finally {
    await connection.close();
  }
}

function writeProject(
  dir: string,
  files: Readonly<Record<string, string>>,
  tenants: readonly BenchTenant[],
  kind: FleetKind,
): void {
  fs.mkdirSync(path.join(dir, 'migrations'), { recursive: true });
  for (const [name, text] of Object.entries({ ...files, 'atlas.sum': hashDirectory(files, 'atlas') }))
    fs.writeFileSync(path.join(dir, 'migrations', name), text);
  fs.writeFileSync(path.join(dir, 'tenants.json'), JSON.stringify(tenants.map((tenant) => tenant.name)));
  const url =
    kind === 'schemas'
      ? 'urlqueryset(getenv("FLEET_URL"), "search_path", each.value)'
      : 'urlsetpath(getenv("FLEET_URL"), each.value)';
  fs.writeFileSync(
    path.join(dir, 'atlas.hcl'),
    `deployment "all" {\n  group "all" {\n    parallel = ${CONCURRENCY}\n    per_host = ${CONCURRENCY}\n    on_error = CONTINUE\n  }\n}\nenv "prod" {\n  for_each = toset(jsondecode(file("tenants.json")))\n  url = ${url}\n  migration {\n    dir = "file://migrations"\n  }\n  rollout {\n    deployment = deployment.all\n  }\n}\n`,
  );
}

async function benchPostgres(kind: FleetKind, size: number, rounds: number) {
  const server = await startPostgres({ durable: true, settings: { max_connections: '300', shared_buffers: '256MB' } });
  const dir = throwAwayFolder('bench');
  const files = filesUpTo(rounds + 1);
  const sum = hashDirectory(files, 'atlas');
  const hashes = Object.fromEntries(
    [...sum.matchAll(/^(\S+) h1:(\S+)$/gm)].map(([, name = '', hash = '']) => [name.split('_')[0] ?? '', hash]),
  );
  const base = {
    version: version(0),
    description: 'base',
    sql: 'CREATE TABLE t (id bigint NOT NULL PRIMARY KEY)',
    hash: hashes[version(0)] ?? '',
  };
  const raw = await makePostgresFleet(server.urlOf, { prefix: 'raw', kind, size, base });
  const ours = await makePostgresFleet(server.urlOf, { prefix: 'ours', kind, size, base });
  const project = path.join(dir, 'project');
  writeProject(project, files, ours, kind);
  const daemon = await startDaemon(program, dir, project, {
    FLEET_URL: server.urlOf(kind === 'schemas' ? 'ours_all' : ''),
  });
  const measures: Measure[] = [];
  let peakTemporal = 0;
  // Round 1 warms up and is not counted.
  for (let round = 1; round <= rounds + 1; round++) {
    for (const contender of round % 2 === 0 ? (['raw', 'flotilla'] as const) : (['flotilla', 'raw'] as const)) {
      const serverPids = familyOf(server.pid);
      const own = contender === 'raw' ? [process.pid] : [daemon.pid, daemon.temporalPid];
      const before = { own: cpuSeconds(own), server: cpuSeconds(serverPids), at: performance.now() };
      let historyEvents: number | undefined;
      if (contender === 'raw') {
        await runRawLoop(
          raw,
          {
            from: version(round - 1),
            version: version(round),
            description: 'c',
            statements: [statement(round)],
            hash: hashes[version(round)] ?? '',
          },
          CONCURRENCY,
        );
      } else historyEvents = await rollOut(daemon, version(round));
      const wallMs = performance.now() - before.at;
      if (round > 1) {
        measures.push({
          contender,
          round,
          wallMs,
          cpuOwnS: cpuSeconds(own) - before.own,
          cpuServerS: cpuSeconds(familyOf(server.pid)) - before.server,
          ...(historyEvents === undefined ? {} : { historyEvents }),
        });
      }
    }
    const versions = Array.from({ length: round + 1 }, (_, i) => version(i));
    await checkPostgresFleet(raw, versions);
    await checkPostgresFleet(ours, versions);
    peakTemporal = peakMegabytes(daemon.temporalPid);
  }
  const commands = {
    helpMs: timeCommand(['--help'], {}),
    listMs: timeCommand(['rollout', 'list'], { FLOTILLA_ADDR: daemon.address }),
  };
  const peak = { daemonMb: peakMegabytes(daemon.pid), temporalMb: peakTemporal };
  await daemon.stop();
  await server.stop();
  fs.rmSync(dir, { recursive: true, force: true });
  return { kind, size, measures, peak, commands };
}

/** Median of seven runs of a command, after one to warm up, in milliseconds. */
function timeCommand(args: readonly string[], env: Readonly<Record<string, string>>): number {
  const times = Array.from({ length: 8 }, () => {
    const began = performance.now();
    const run = spawnSync(process.execPath, [program, ...args], { env: { ...process.env, ...env } });
    if (run.status !== 0) throw new Error(`flotilla ${args.join(' ')} ended with ${run.status}: ${run.stderr}`);
    return performance.now() - began;
  });
  return median(times.slice(1));
}

function report(result: Awaited<ReturnType<typeof benchPostgres>>): void {
  const { kind, size, measures, peak, commands } = result;
  const of = (contender: Measure['contender']) => measures.filter((one) => one.contender === contender);
  const [raw, ours] = [of('raw'), of('flotilla')];
  const rates = (list: readonly Measure[]): string => spread(list.map((one) => (size * 1000) / one.wallMs));
  const pairs = ours
    .map((one) => ({ one, other: raw.find((two) => two.round === one.round) }))
    .flatMap(({ one, other }) => (other ? [{ one, other }] : []));
  const cpu = (one: Measure): number => one.cpuOwnS + one.cpuServerS;
  console.log(`
one version to ${size} Postgres ${kind}, ${CONCURRENCY} at once, ${ours.length} rounds
  rate of the raw loop        ${rates(raw)} a second
  rate of a rollout           ${rates(ours)} a second
  share of the raw loop       ${spread(pairs.map(({ one, other }) => (other.wallMs / one.wallMs) * 100))} %
  CPU, ours to raw            ${spread(
    pairs.map(({ one, other }) => cpu(one) / cpu(other)),
    2,
  )} x (databases' CPU in both)
  CPU s per 1,000 targets     own ${spread(
    ours.map((one) => (one.cpuOwnS * 1000) / size),
    2,
  )}, databases ${spread(
    ours.map((one) => (one.cpuServerS * 1000) / size),
    2,
  )}; raw: own ${spread(
    raw.map((one) => (one.cpuOwnS * 1000) / size),
    2,
  )}, databases ${spread(
    raw.map((one) => (one.cpuServerS * 1000) / size),
    2,
  )}
  history events a target     ${spread(
    ours.map((one) => (one.historyEvents ?? Number.NaN) / size),
    3,
  )}
  peak RSS                    daemon ${peak.daemonMb} MB, Temporal ${peak.temporalMb} MB
  flotilla --help             ${commands.helpMs.toFixed(0)} ms
  flotilla rollout list       ${commands.listMs.toFixed(0)} ms`);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, sizes: { type: 'string' } },
});
const name = positionals[0] ?? 'quick';
if (name !== 'quick' && name !== 'full') {
  console.error(`bench: no profile "${name}"; there are quick and full`);
  process.exit(1);
}
const profile = PROFILES[name];
const program = buildProgram();
const results: Awaited<ReturnType<typeof benchPostgres>>[] = [];
const growth: Growth[] = [];
const folder = path.join(import.meta.dirname, 'results');
fs.mkdirSync(folder, { recursive: true });
const file = path.join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${name}.json`);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
  encoding: 'utf8',
  cwd: import.meta.dirname,
}).trim();
/** After each workload: a run that is cut short keeps what it has measured. */
const save = (): void =>
  fs.writeFileSync(
    file,
    `${JSON.stringify({ profile: name, commit, node: process.version, cores: os.cpus().length, memoryGb: Math.round(os.totalmem() / 2 ** 30), concurrency: CONCURRENCY, results, growth }, null, 1)}\n`,
  );
for (const kind of ['schemas', 'databases'] as const) {
  if (values.only !== undefined && values.only !== kind) continue;
  for (const size of profile.sizes[kind]) {
    const result = await benchPostgres(kind, size, profile.rounds);
    report(result);
    results.push(result);
    save();
  }
}
if (values.only === undefined || values.only === 'orchestrator') {
  for (const size of values.sizes?.split(',').map(Number) ?? profile.growth) {
    growth.push(await benchOrchestrator(program, size));
    save();
  }
  reportGrowth(growth);
}
console.log(`\nraw figures: ${path.relative(process.cwd(), file)}`);
process.exit(0);
