import { type Driver, type DriverDeps, DriverError, type History } from '../../run/ports.ts';
import type { MigrationTarget, SessionLimits } from '../../run/types.ts';
import { readAddress, type ServerAddress } from './connection-options.ts';
import { createConnectionPool } from './connection-pool.ts';
import { dropChecks } from './drop-checks.ts';
import { openSession } from './mysql-session.ts';
import { sessionSettings } from './session-settings.ts';
import { mysqlStrain } from './strain.ts';
import { surveyServer } from './survey.ts';
import { toDriverError } from './translate.ts';

const SURVEY_NAME = 'flotilla survey';
const QUERY_NAME = 'flotilla query';

/** The driver of MySQL 5.6 and newer and MariaDB 10.2 and newer. Connections of a server are shared by its databases, one target at a time. */
export function createMysqlDriver(deps: DriverDeps): Driver {
  const pool = createConnectionPool(deps);

  const surveyTogether = async (
    address: ServerAddress,
    targets: readonly MigrationTarget[],
    limits: SessionLimits,
  ): Promise<readonly (History | DriverError)[]> => {
    try {
      const { connection } = await pool.take(address);
      try {
        await connection.ask(['DO 0', ...sessionSettings(limits, connection.features, address.settings)]);
        return await surveyServer(connection, targets);
      } finally {
        await pool.giveBack(address, connection);
      }
    } catch (error) {
      const problem = toDriverError(error);
      return targets.map(() => problem);
    }
  };

  return {
    dialects: ['mysql', 'mariadb'],
    scanner: 'mysql',
    async open(request) {
      const { target, sessionName, limits, signal } = request;
      if (signal?.aborted === true) throw new DriverError('cancelled', 'cancelled', { class: 'transient' });
      return openSession(pool, readAddress(target.url, sessionName, limits), request, deps.reach);
    },
    surveysTogether: () => true,
    async survey(targets, limits) {
      const found: (History | DriverError)[] = [];
      const servers = new Map<string, { readonly address: ServerAddress; readonly at: number[] }>();
      for (const [at, { url }] of targets.entries()) {
        try {
          const address = readAddress(url, SURVEY_NAME, limits);
          const server = servers.get(address.key) ?? { address, at: [] };
          servers.set(address.key, server);
          server.at.push(at);
        } catch (error) {
          found[at] = toDriverError(error);
        }
      }
      await Promise.all(
        [...servers.values()].map(async ({ address, at }) => {
          const ours = at.map((i) => targets[i]).filter((target) => target !== undefined);
          const histories = await surveyTogether(address, ours, limits);
          for (const [j, history] of histories.entries()) found[at[j] ?? -1] = history;
        }),
      );
      return found;
    },
    dropChecks,
    strain: mysqlStrain,
    async query(url, sql, args, limits) {
      const address = readAddress(url, QUERY_NAME, limits);
      const { connection } = await pool.take(address);
      try {
        const use = url.database === '' ? [] : [`USE \`${url.database.replaceAll('`', '``')}\``];
        await connection.ask([...use, ...sessionSettings(limits, connection.features, address.settings), 'DO 0']);
        return await connection.query(
          sql,
          args.map((arg) => (typeof arg === 'boolean' ? Number(arg) : arg)),
        );
      } catch (error) {
        throw toDriverError(error);
      } finally {
        await pool.giveBack(address, connection);
      }
    },
    close: () => pool.close(),
  };
}
