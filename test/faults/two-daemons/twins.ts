import { type Fleet, type FleetOptions, makeFleet } from '../../integration/fleet/fleet.ts';
import { startTemporal } from '../../support/temporal-server.ts';
import { startTcpProxy, type TcpProxy } from '../network/tcp-proxy.ts';
import { type FlotillaProcess, makeFlotillaProcess } from '../rig/flotilla-process.ts';
import { rolloutClient } from '../rig/rollout-client.ts';
import { storePostgres, tenantPostgres } from '../rig/servers.ts';
import { makeStoreDatabase, type StoreDatabase, storeEnv } from '../rig/store-database.ts';

/** One of two daemons, each with everything in it. */
export interface Twin {
  readonly process: FlotillaProcess;
  readonly client: ReturnType<typeof rolloutClient>;
  /** Its own way to the store. */
  readonly network: TcpProxy;
}

/** Two whole daemons on one store and one Temporal server; they stay up from schedule to schedule. */
export interface Twins {
  /** By the name of the project; the env is `prod`. */
  readonly fleets: ReadonlyMap<string, Fleet>;
  readonly daemons: readonly [Twin, Twin];
  readonly store: Pick<StoreDatabase, 'read'>;
  stop(): Promise<void>;
}

/** @param projects name → its fleet: schemas of Postgres */
export async function makeTwins(projects: Readonly<Record<string, FleetOptions>>): Promise<Twins> {
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    await tenantPostgres();
    const fleets = new Map<string, Fleet>();
    for (const [name, options] of Object.entries(projects)) {
      const fleet = await makeFleet('schemas', options);
      closers.push(() => fleet.stop());
      fleets.set(name, fleet);
    }
    const [server, store] = [await storePostgres(), await makeStoreDatabase()];
    closers.push(() => store.drop());
    const temporal = await startTemporal();
    closers.push(() => temporal.stop());
    const make = async (name: string): Promise<Twin> => {
      const network = await startTcpProxy(server.port);
      closers.push(() => network.stop());
      const url = Object.assign(new URL(store.url), { port: String(network.port) });
      const words = Array.from(fleets, ([project, fleet]) => ['--project', `${project}=${fleet.project}`]).flat();
      const process = await makeFlotillaProcess(name, {
        args: ['--temporal-address', temporal.address, ...words],
        env: Object.assign({}, ...Array.from(fleets.values(), ({ env }) => env), storeEnv(url.href)),
      });
      closers.push(() => process.stop());
      process.spawn();
      return { process, client: rolloutClient(process.address), network };
    };
    const daemons = [await make('daemon-1'), await make('daemon-2')] as const;
    await Promise.all(daemons.map(({ process }) => process.untilReady()));
    return { fleets, daemons, store, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The two of them, in an order that says who gets the worst of it. */
export const inOrder = ({ daemons: [first, second] }: Twins, victimIsFirst: boolean): readonly [Twin, Twin] =>
  victimIsFirst ? [first, second] : [second, first];
