import type { FaultPoint } from '../../../src/shared/fault-points.ts';
import { type Fleet, type FleetKind, makeFleet } from '../../integration/fleet/fleet.ts';
import { canaryThenRest } from '../../integration/fleet/groups.ts';
import { endServerOf } from '../../support/process-records.ts';
import { startTemporal, temporalBinary } from '../../support/temporal-server.ts';
import { type FlotillaProcess, makeFlotillaProcess } from '../rig/flotilla-process.ts';
import { rolloutClient } from '../rig/rollout-client.ts';
import { storePostgres, tenantMariadb, tenantPostgres } from '../rig/servers.ts';
import { makeStoreDatabase } from '../rig/store-database.ts';

/** `one`: a single daemon with a Temporal server of its own. `split`: a process for each role, two engines, a store on Postgres. */
export type Layout = 'one' | 'split';

/** A process that can be killed and started again. */
export interface Part {
  readonly name: string;
  /** Its process reaches the fault points of the engine. */
  readonly hasEngine: boolean;
  kill(): Promise<void>;
  start(killAt?: `${FaultPoint}:${number}`): Promise<void>;
}

/** A fleet and everything that brings changes to it; it stays up from schedule to schedule. */
export interface Site {
  readonly fleet: Fleet;
  readonly parts: readonly Part[];
  readonly processes: readonly FlotillaProcess[];
  readonly client: ReturnType<typeof rolloutClient>;
  stop(): Promise<void>;
}

const ROLES: Readonly<Record<string, string>> = {
  api: 'api',
  orchestrator: 'orchestrator',
  'engine-1': 'engine',
  'engine-2': 'engine',
};

const GROUPS = canaryThenRest(3);

const TIERS = { canary: 1, rest: 11 };

export async function makeSite(
  kind: FleetKind,
  layout: Layout,
  groups = GROUPS,
  tiers: Readonly<Record<string, number>> = TIERS,
): Promise<Site> {
  const server = await tenantServer(kind);
  // A schema's file runs in a transaction, a database's outside of one.
  const speed = { slowS: kind === 'sqlite' ? 0.05 : 0.1, isOutsideTransaction: kind === 'databases' };
  const fleet = await makeFleet(kind, { tiers, groups, ...speed });
  const closers: (() => Promise<unknown>)[] = [() => fleet.stop()];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const { processes, parts } = await (layout === 'one' ? oneProcess(fleet) : manyProcesses(fleet, closers));
    closers.push(() => Promise.all(processes.map((one) => one.stop())));
    for (const one of processes) one.spawn();
    await Promise.all(processes.map((one) => one.untilReady()));
    const database: Part[] =
      server === undefined
        ? []
        : [{ name: 'database', hasEngine: false, kill: () => server.kill(), start: () => server.start() }];
    const [api] = processes;
    return { fleet, processes, parts: [...parts, ...database], client: rolloutClient(api?.address ?? ''), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const tenantServer = async (kind: FleetKind) => {
  if (kind === 'sqlite') return undefined;
  return kind === 'mariadb' ? tenantMariadb() : tenantPostgres();
};

const projectOf = ({ project }: Fleet): readonly string[] => ['--project', `shop=${project}`];

const partOf = (process: FlotillaProcess, hasEngine: boolean): Part => ({
  name: process.name,
  hasEngine,
  kill: () => process.kill(),
  start: async (killAt) => process.spawn(killAt),
});

async function oneProcess(fleet: Fleet) {
  const daemon = await makeFlotillaProcess('daemon', {
    args: projectOf(fleet),
    env: { ...fleet.env, FLOTILLA_TEMPORAL_BIN: temporalBinary() },
  });
  // The daemon's own child: it is the daemon that starts it again.
  const temporal: Part = {
    name: 'temporal',
    hasEngine: false,
    kill: async () => endServerOf(daemon.stateDir),
    start: async () => {},
  };
  return { processes: [daemon], parts: [partOf(daemon, true), temporal] };
}

async function manyProcesses(fleet: Fleet, closers: (() => Promise<unknown>)[]) {
  const [server, store] = [await storePostgres(), await makeStoreDatabase()];
  closers.push(() => store.drop());
  const temporal = await startTemporal();
  closers.push(() => temporal.stop());
  const make = (name: string, role: string): Promise<FlotillaProcess> =>
    makeFlotillaProcess(name, {
      args: ['--role', role, '--temporal-address', temporal.address, ...projectOf(fleet)],
      env: { ...fleet.env, ...store.env },
    });
  const processes = await Promise.all(Object.entries(ROLES).map(([name, role]) => make(name, role)));
  const servers: Part[] = [
    { name: 'temporal', hasEngine: false, kill: () => temporal.kill(), start: () => temporal.start() },
    { name: 'store', hasEngine: false, kill: () => server.kill(), start: () => server.start() },
  ];
  const own = processes.map((one) => partOf(one, ROLES[one.name] === 'engine'));
  return { processes, parts: [...own, ...servers] };
}
