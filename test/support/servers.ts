/**
 * The servers that tests need. `npm test` starts them, databases for each worker, and passes their addresses in the environment;
 * a test that runs alone starts its own when it first asks, and ends it with its process.
 * What cannot be had is a reason to skip on a laptop and a failure under CI=true: see `skipReason`.
 */
import { ofThisWorker } from './integration-workers.ts';
import { type MariadbServer, startMariadb } from './mariadb-server.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { NotToBeHad } from './provision.ts';
import { startTemporal, type TemporalServer } from './temporal-server.ts';

export type { MariadbServer } from './mariadb-server.ts';
export type { PostgresServer } from './postgres-server.ts';
export type { TemporalServer } from './temporal-server.ts';

export type Shared<T extends { stop(): Promise<void> }> = Omit<T, 'kill' | 'start' | 'stop' | 'log' | 'pid'>;

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

const replacePath = (url: string, database: string): string => {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.toString();
};

/** A Postgres 17 that all tests share: make databases and roles of your own, with names of your own. */
export const postgresServer = once(async (): Promise<Shared<PostgresServer>> => {
  const url = ofThisWorker(process.env.FLOTILLA_TEST_POSTGRES ?? '');
  if (url === '') return startPostgres();
  return { url, port: Number(new URL(url).port), urlOf: (database) => replacePath(url, database) };
});

/** A MariaDB that all tests share. Throws NotToBeHad. */
export const mariadbServer = once(async (): Promise<Shared<MariadbServer>> => {
  const url = ofThisWorker(process.env.FLOTILLA_TEST_MARIADB ?? '');
  if (url === '') return startMariadb();
  return { url, port: Number(new URL(url).port), urlOf: (database) => replacePath(url, database) };
});

/** A Temporal server that all tests share: use workflow ids and task queues of your own. */
export const temporalServer = once(async (): Promise<Shared<TemporalServer>> => {
  const address = process.env.FLOTILLA_TEST_TEMPORAL;
  if (!address) return startTemporal();
  return { address };
});

/**
 * Why the tests of a server cannot run here, or undefined where they can. Under CI=true it throws instead.
 * Use: `describe.skipIf(await skipReason(mariadbServer))`; it says so loudly on stderr.
 */
export async function skipReason(server: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await server();
    return undefined;
  } catch (error) {
    if (!(error instanceof NotToBeHad) || process.env.CI === 'true') throw error;
    process.stderr.write(`\n!!! SKIPPED: ${error.message}\n\n`);
    return error.message;
  }
}
