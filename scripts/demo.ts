/**
 * The main job on real input: 120 tenant databases that stand at three versions, a daemon with its Temporal server, and one rollout
 * of the newest version: canary, early, rest. `npm run demo [-- --keep] [--fail 3] [--dialect sqlite] [--tenants 120]`.
 * What it says at the end it has read from the databases.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../test/support/child-process.ts';
import { throwAwayFolder } from '../test/support/temporary-folder.ts';
import { type DemoFleet, postgresFleet, sqliteFleet } from './demo/fleet.ts';
import { makeTenants, NEWEST, type Tenant, VERSIONS, writeProject } from './demo/shop-project.ts';

const { values: flags } = parseArgs({
  options: {
    keep: { type: 'boolean', default: false },
    fail: { type: 'string', default: '0' },
    dialect: { type: 'string', default: 'postgres' },
    tenants: { type: 'string', default: '120' },
  },
});
const failing = Number(flags.fail);
const began = performance.now();
const dir = throwAwayFolder('demo');
const project = path.join(dir, 'shop');
const flotilla = path.resolve(import.meta.dirname, '../bin/flotilla.js');
const port = await freePort();
const env: NodeJS.ProcessEnv = { ...process.env, FLOTILLA_ADDR: `http://127.0.0.1:${port}` };
const say = (line: string): void => console.log(`${line}`);
const step = (line: string): void => console.log(`\n── ${line}`);

/** Runs a command of ours, shown as a user would type it. */
function type(args: readonly string[], options: { readonly quiet?: boolean; readonly mayFail?: boolean } = {}): number {
  if (!options.quiet) say(`$ flotilla ${args.join(' ')}`);
  const run = spawnSync(process.execPath, [flotilla, ...args], {
    env,
    cwd: project,
    stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    encoding: 'utf8',
  });
  if (run.status !== 0 && !options.mayFail)
    throw new Error(`flotilla ${args.join(' ')} ended with ${run.status}: ${run.stderr ?? ''}`);
  return run.status ?? 1;
}

const ask = async <T>(url: string): Promise<T> =>
  (await (await fetch(`http://127.0.0.1:${port}/api/v1${url}`)).json()) as T;

async function startDaemon(): Promise<ChildProcess> {
  const log = fs.openSync(path.join(dir, 'daemon.log'), 'a');
  const child = spawn(
    process.execPath,
    [
      flotilla,
      'serve',
      '--state-dir',
      path.join(dir, 'state'),
      '--listen',
      `127.0.0.1:${port}`,
      '--project',
      `shop=${project}`,
    ],
    { env, cwd: dir, stdio: ['ignore', log, log] },
  );
  fs.closeSync(log);
  for (let i = 0; i < 300; i++) {
    if (child.exitCode !== null) break;
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the daemon is not ready: ${fs.readFileSync(path.join(dir, 'daemon.log'), 'utf8').slice(-2000)}`);
}

async function makeFleet(fleet: DemoFleet, tenants: readonly Tenant[]): Promise<void> {
  Object.assign(env, fleet.env);
  writeProject(project, tenants, fleet.url);
  for (const from of new Set(tenants.map((tenant) => tenant.from))) {
    await fleet.createTemplate(from);
    type(['migrate', 'apply', String(from), '--dir', 'file://migrations', '--url', fleet.templateUrl(from)], {
      quiet: true,
    });
  }
  for (const tenant of tenants) await fleet.createTenant(tenant);
}

/** Reads every database: at the newest version exactly once, with what that version makes. */
async function verify(fleet: DemoFleet, tenants: readonly Tenant[]): Promise<void> {
  const wrong: string[] = [];
  for (const tenant of tenants) {
    const { versions, hasStatus } = await fleet.read(tenant);
    if (versions.join() !== VERSIONS.join() || !hasStatus)
      wrong.push(`${tenant.name} has ${versions.join(', ') || 'nothing'}`);
  }
  if (wrong.length > 0)
    throw new Error(`${wrong.length} databases are not where they should be: ${wrong.slice(0, 5).join('; ')}`);
}

step(
  `${flags.tenants} tenant databases (${flags.dialect}) at three versions, and a daemon with a Temporal server of its own`,
);
const tenants = makeTenants(Number(flags.tenants));
const fleet = flags.dialect === 'sqlite' ? await sqliteFleet(dir) : await postgresFleet();
let daemon: ChildProcess | undefined;
let ok = false;
try {
  await makeFleet(fleet, tenants);
  daemon = await startDaemon();
  say(`${fleet.where}; daemon at http://127.0.0.1:${port}`);

  const sick = tenants.filter((tenant) => tenant.tier === 'early' && tenant.from > 1).slice(0, failing);
  for (const tenant of sick) await fleet.spoil(tenant);
  if (sick.length > 0) say(`planted: ${sick.map((tenant) => tenant.name).join(', ')} have lost their table "orders"`);

  step('what would happen');
  type(['rollout', 'plan', '--project', 'shop', '--env', 'prod']);

  step(`the rollout to ${NEWEST}`);
  const rolloutBegan = performance.now();
  const code = type(['rollout', 'start', '--project', 'shop', '--env', 'prod', '--wait', '--timeout', '5m'], {
    mayFail: true,
  });
  const { items } = await ask<{ items: { id: string; state: string }[] }>('/rollouts?limit=1');
  const id = items[0]?.id ?? '';
  if (sick.length === 0) {
    if (code !== 0) throw new Error(`the rollout ended with exit code ${code}`);
  } else {
    if (code !== 2)
      throw new Error(
        `with ${sick.length} sick tenants the rollout should have paused (exit code 2), but ended with ${code}`,
      );
    step('paused: the causes');
    type(['targets', 'list', '--rollout', id, '--state', 'failed']);
    step('the cause is mended; retry');
    for (const tenant of sick) await fleet.mend(tenant);
    type(['rollout', 'retry', id, '--failed']);
    type(['rollout', 'status', id, '--wait', '--timeout', '5m']);
  }
  const seconds = (performance.now() - rolloutBegan) / 1000;

  step('what the databases say');
  await verify(fleet, tenants);
  const { counts } = await ask<{ counts: Record<string, number> }>(`/rollouts/${id}`);
  const applied = counts.applied ?? 0;
  if (applied !== tenants.length) throw new Error(`the rollout says that it applied ${applied} of ${tenants.length}`);
  say(
    `${applied} databases applied and read back: each at ${NEWEST} exactly once; ${(applied / seconds).toFixed(0)} a second, the bake of the canary included`,
  );
  ok = true;
} catch (error) {
  console.error(
    `\ndemo failed: ${error instanceof Error ? error.message : String(error)}\n${path.join(dir, 'daemon.log')} has the daemon's log`,
  );
}

if (ok && flags.keep) {
  step('kept running; Ctrl-C ends it');
  say(`export FLOTILLA_ADDR=http://127.0.0.1:${port}`);
  say(`flotilla rollout list      http://127.0.0.1:${port}/metrics      ${fleet.where}`);
  say(`project ${project}`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
if (daemon && daemon.exitCode === null) {
  const ended = new Promise((resolve) => daemon?.once('exit', resolve));
  daemon.kill('SIGTERM');
  await ended;
}
await fleet.stop();
if (ok) {
  fs.rmSync(dir, { recursive: true, force: true });
  say(`done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
process.exit(ok ? 0 : 1);
