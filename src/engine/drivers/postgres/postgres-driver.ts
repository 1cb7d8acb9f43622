import { type Driver, type DriverDeps, DriverError, type History } from '../../run/ports.ts';
import type { MigrationTarget, SessionLimits } from '../../run/types.ts';
import { createConnectionPool } from './connection-pool.ts';
import { dropChecks } from './drop-checks.ts';
import { ExchangeFailed } from './postgres-connection.ts';
import { toDriverError } from './postgres-errors.ts';
import { PostgresSession } from './postgres-session.ts';
import { placeOfRevisions } from './revisions-place.ts';
import { settingItems } from './session-settings.ts';
import { postgresStrain } from './strain.ts';
import { surveyPostgres } from './survey.ts';

const SURVEY_NAME = 'flotilla survey';

/** The driver of Postgres 14 and newer. All schemas of a database share its kept connections. */
export function createPostgresDriver(deps: DriverDeps): Driver {
  const pool = createConnectionPool(deps);

  const open: Driver['open'] = async (request) => {
    if (request.signal?.aborted) throw new DriverError('cancelled', 'cancelled', { class: 'transient' });
    placeOfRevisions(request.target);
    const connection = await pool.take(request.target.url, request.limits);
    return new PostgresSession({ pool, clock: deps.clock, reach: deps.reach }, connection, request);
  };

  const readOne = async (target: MigrationTarget, limits: SessionLimits): Promise<History | DriverError> => {
    try {
      const session = await open({ target, limits, sessionName: SURVEY_NAME });
      return await session.read().finally(() => session.release());
    } catch (error) {
      if (error instanceof DriverError) return error;
      throw error;
    }
  };

  return {
    dialects: ['postgres'],
    scanner: 'postgres',
    open,
    survey: (targets, limits) => surveyPostgres(pool, targets, limits, (target) => readOne(target, limits)),
    surveysTogether: ({ schema }) => schema !== '',
    dropChecks,
    strain: postgresStrain,
    async query(url, sql, args, limits) {
      const connection = await pool.take(url, limits);
      try {
        const settings = settingItems({ schema: '', sessionName: 'flotilla query', limits }, true);
        const path =
          url.schema === '' ? [] : [`set_config('search_path', '${url.schema.replaceAll("'", "''")}', true)`];
        await connection.send(`BEGIN;\nSELECT ${[...settings, ...path].join(', ')}`);
        const result = await connection.ask(sql, args);
        await connection.send('COMMIT');
        return result;
      } catch (error) {
        await connection.send('ROLLBACK').catch(() => connection.destroy());
        throw toDriverError(error instanceof ExchangeFailed ? error.cause : error, 'working');
      } finally {
        // What a query leaves in the session is not known: it is not kept.
        connection.close();
      }
    },
    close: () => pool.close(),
  };
}
