import path from 'node:path';
import { createApp } from '../../../src/app/create-app.ts';
import { createGateReader } from '../../../src/app/gate-reader.ts';
import { createHeldStarts } from '../../../src/app/held-starts.ts';
import { createHostLimits } from '../../../src/app/host-limits.ts';
import { createRunningTargets } from '../../../src/app/running-targets.ts';
import { ownFlights } from '../../../src/app/shared-flights.ts';
import { createTargetResolver } from '../../../src/app/target-resolver.ts';
import { createProjectFolders } from '../../../src/bin/daemon/project-folders.ts';
import { systemClock } from '../../../src/bin/system-clock.ts';
import { createEngine, DEFAULT_LIMITS } from '../../../src/engine/index.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { driveInProcess } from '../../integration/app-drive.ts';
import type { Fleet } from '../../integration/fleet/fleet.ts';
import { STORE_KEY } from '../../support/store-key.ts';

/** The use cases on a real store and the real engine in this process; a loop stands where Temporal is otherwise. */
export async function startInProcess(fleet: Fleet) {
  const events = { emit: () => undefined };
  const clock = systemClock;
  const store = await openStore({ file: path.join(fleet.folder, 'store.db'), key: STORE_KEY }, Date.now());
  const engine = createEngine({ clock, events });
  const projects = createProjectFolders(new Map([['shop', { dir: fleet.project, config: 'atlas.hcl' }]]), {
    env: fleet.env,
    query: (url, sql, args) => engine.query(url, sql, args, DEFAULT_LIMITS),
  });
  const ended = new AbortController();
  const settings = {
    limits: DEFAULT_LIMITS,
    lockRetries: 5,
    maxPerHost: 16,
    maxPerHour: 0,
    lockWaitMs: 10_000,
    backoffMs: [100, 200],
    operatorVersion: 'Flotilla rig',
    maxShrink: { percent: 10 },
    quarantineAfter: 0,
  };
  const resolver = createTargetResolver({ store, projects, clock });
  const running = createRunningTargets(engine, clock);
  const parts = { store, engine, resolver, running, clock, settings, events };
  const workflows = driveInProcess({
    ...parts,
    gates: createGateReader(store, clock),
    held: createHeldStarts(clock),
    hosts: createHostLimits(settings.maxPerHost),
    policies: [],
  });
  const app = createApp({
    ...parts,
    flights: ownFlights(running),
    projects,
    workflows,
    random: Math.random,
    signal: ended.signal,
  });
  return {
    app,
    async stop(): Promise<void> {
      ended.abort();
      await engine.close();
      await store.close();
    },
  };
}
