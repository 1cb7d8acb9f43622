/** Servers of the rig's own: what the tests of `npm test` share must not be killed. What is committed survives a kill -9 of them. */
import { type MariadbServer, startMariadb } from '../../support/mariadb-server.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

// Written to the system's cache at each commit: a process that dies loses none of it.
const POSTGRES = { synchronous_commit: 'on' };
const MARIADB = ['--innodb-flush-log-at-trx-commit=2'];

/** For tenants. From here on the fleets of test/integration/fleet live there, too. */
export const tenantPostgres = once(async (): Promise<PostgresServer> => {
  const server = await startPostgres({ settings: POSTGRES });
  process.env.FLOTILLA_TEST_POSTGRES = server.url;
  return server;
});

export const tenantMariadb = once(async (): Promise<MariadbServer> => {
  const server = await startMariadb({ settings: MARIADB });
  process.env.FLOTILLA_TEST_MARIADB = server.url;
  return server;
});

/** For the store of several processes. */
export const storePostgres = once((): Promise<PostgresServer> => startPostgres({ settings: POSTGRES }));
