/**
 * An engine worker whose engine does nothing: each target is `applied` as soon as the gate was found open. All else is the product's own: claims,
 * outcomes, gate, host limits, audit trail. What a rollout costs besides the work on the databases is measured with it. Takes the flags of `serve`.
 */
import { createActivities } from '../../src/activities/create-activities.ts';
import { createGateReader } from '../../src/app/gate-reader.ts';
import { boundInAll } from '../../src/app/host-limits.ts';
import { createClosers } from '../../src/bin/daemon/closers.ts';
import { readDaemonConfig } from '../../src/bin/daemon/daemon-config.ts';
import { openParts } from '../../src/bin/daemon/open-parts.ts';
import { createProjectFolders } from '../../src/bin/daemon/project-folders.ts';
import { systemClock } from '../../src/bin/system-clock.ts';
import type { Engine } from '../../src/engine/index.ts';
import { createLog } from '../../src/observability/log.ts';
import { createDataConverter } from '../../src/temporal/data-converter.ts';
import { freePort } from '../../src/temporal/embedded/free-port.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { resolveTemporalAddress } from '../../src/temporal/target.ts';
import { workerIdentity } from '../../src/temporal/worker-identity.ts';
import { startWorkers } from '../../src/temporal/workers.ts';

const [project = '', temporal = ''] = process.argv.slice(2);
const { env } = process;
const config = await readDaemonConfig({ env, cwd: process.cwd() }, { project: [project], temporalAddress: temporal });
const log = createLog({ level: 'warn' });
const closers = createClosers(log);
const { parts, held, hosts } = await openParts(
  {
    config,
    version: 'bench',
    env,
    clock: systemClock,
    log,
    projects: (engine) =>
      createProjectFolders(config.projects, {
        env,
        query: (url, sql, args) => engine.query(url, sql, args, config.limits),
      }),
  },
  closers,
);
const engine: Engine = {
  ...parts.engine,
  surveysTogether: () => false,
  async apply(_target, _directory, { toVersion }, callbacks) {
    const answer = await callbacks?.mayStart?.();
    if (answer === false) return { kind: 'held' };
    if (typeof answer === 'object') answer.onBegun();
    return { kind: 'applied', from: '', to: toVersion ?? '', files: [], attempts: 1 };
  },
};
const target = resolveTemporalAddress(config.temporal, env);
if (target === undefined) throw new Error('idle-engine PROJECT=DIR HOST:PORT of Temporal');
installRuntime({ log, metricsPort: await freePort() });
const shutdown = new AbortController();
const workers = await startWorkers({
  target,
  dataConverter: createDataConverter([]),
  roles: { orchestration: false, engine: true },
  activities: createActivities({
    ...parts,
    engine,
    gates: createGateReader(parts.store, systemClock),
    policies: [],
    held,
    hosts: boundInAll(hosts, config.limits.engineConcurrency),
    shutdown: shutdown.signal,
  }),
  engineSlots: config.limits.engineConcurrency,
  identity: workerIdentity('bench'),
  graceMs: 1_000,
  events: parts.events,
});
console.log('ready');
process.once('SIGTERM', async () => {
  shutdown.abort();
  await workers.stop();
  await closers.closeAll();
  process.exit(0);
});
