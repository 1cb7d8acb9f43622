import { AppError } from '../../../shared/errors.ts';
import type { Realm } from '../../schema/realm.ts';
import type { DatabaseUrl } from '../../url/database-url.ts';
import { onSession, toAppError } from '../on-session.ts';
import { type Driver, DriverError, type Session } from '../ports.ts';
import { CODE_OF_KIND, wordDriverError } from '../target-error.ts';
import type { SessionLimits } from '../types.ts';
import { dialectOf, lockDev, readSchema, sessionOf } from './schema-of.ts';

/** A statement for a dev database, with where it stands. */
export interface DevStatement {
  readonly text: string;
  /** `schema.sql:3`: for the message when it is refused. */
  readonly place?: string;
}

/**
 * Engine.loadOnDev: what a dev database makes of statements: it runs them, is read, and is left as it was, also when one is refused.
 * @param schemas that are to be read, of a whole database; empty: all
 * @throws AppError TARGET_NOT_CLEAN where it is not empty; what the database says, with the place of the statement
 */
export async function loadOnDev(
  driver: Driver,
  url: DatabaseUrl,
  statements: readonly DevStatement[],
  limits: SessionLimits,
  lockWaitMs: number,
  schemas: readonly string[] = [],
): Promise<Realm> {
  const dialect = dialectOf(url);
  return onSession(driver, sessionOf(url, limits, 'flotilla dev database'), async (session) => {
    await lockDev(session, lockWaitMs);
    const clean = await session.checkClean();
    if (clean !== true)
      throw new AppError('TARGET_NOT_CLEAN', `sql/migrate: connected database is not clean: ${clean.reason}`, {
        next: 'give --dev-url a database that is empty',
      });
    // Statements may commit by themselves: the lock holds without a transaction from here on.
    await session.holdLocks?.();
    try {
      for (const statement of statements) await execute(session, statement);
      return await readSchema(session, dialect, url, schemas);
    } finally {
      await session.dropAll();
    }
  });
}

async function execute(session: Session, { text, place }: DevStatement): Promise<void> {
  try {
    await session.execute(text);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const worded = wordDriverError(error);
    const said = place === undefined ? worded.text : `${place}: ${worded.text}`;
    throw toAppError({ text: said }, CODE_OF_KIND[error.kind], error);
  }
}
