import { AppError } from '../../../shared/errors.ts';
import { type Driver, DriverError } from '../ports.ts';
import { dialectOf, readSchema } from '../schema/schema-of.ts';
import { wordDriverError, wordRefusal } from '../target-error.ts';
import type { MigrationTarget } from '../types.ts';
import { stateName, withoutExcluded } from './declare.ts';
import type { StateOutcome, StateSurveyOptions } from './types.ts';

/** Engine.surveyStates for one target. Reads only. */
export async function surveyState(
  driver: Driver,
  target: MigrationTarget,
  { exclude, limits }: StateSurveyOptions,
): Promise<StateOutcome> {
  try {
    const dialect = dialectOf(target.url);
    const session = await driver.open({ target, limits, sessionName: 'flotilla survey' });
    try {
      const realm = withoutExcluded(await readSchema(session, dialect, target.url), exclude);
      return { kind: 'state', name: stateName(dialect, realm), realm };
    } finally {
      await session.release();
    }
  } catch (error) {
    if (error instanceof DriverError) return { kind: 'refused', error: wordDriverError(error).error };
    if (error instanceof AppError)
      return { kind: 'refused', error: wordRefusal({ code: error.code, text: error.message }).error };
    throw error;
  }
}
