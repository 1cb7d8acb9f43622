import type { Driver, DriverDeps } from '../run/ports.ts';
import { createMysqlDriver } from './mysql/mysql-driver.ts';
import { createPostgresDriver } from './postgres/postgres-driver.ts';
import { createSqliteDriver } from './sqlite/sqlite-driver.ts';

/** The registry: the only file that names every driver. */
export const createDrivers = (deps: DriverDeps): readonly Driver[] => [
  createPostgresDriver(deps),
  createMysqlDriver(deps),
  createSqliteDriver(deps, { baseDir: deps.baseDir }),
];
