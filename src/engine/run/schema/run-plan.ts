import type { DatabaseUrl } from '../../url/database-url.ts';
import { onSession } from '../on-session.ts';
import { type Driver, DriverError, type Session } from '../ports.ts';
import { wordDriverError } from '../target-error.ts';
import type { SessionLimits } from '../types.ts';
import { sessionOf } from './schema-of.ts';

/** What became of a plan. */
export interface PlanOutcome {
  /** Statements that ran and hold. */
  readonly applied: readonly string[];
  readonly error?: { readonly statement: string; readonly text: string };
}

/**
 * Engine.runPlan: runs the statements of a plan, in one transaction where the database can (`file`), or each by itself (`none`). What the
 * database refuses is part of the outcome. @throws AppError where it cannot be reached
 */
export async function runPlan(
  driver: Driver,
  url: DatabaseUrl,
  statements: readonly string[],
  txMode: 'file' | 'none',
  limits: SessionLimits,
): Promise<PlanOutcome> {
  return onSession(driver, sessionOf(url, limits, 'flotilla schema apply'), async (session) => {
    const isInOne = txMode === 'file' && session.canRollBack(statements);
    if (isInOne) await session.begin();
    const applied: string[] = [];
    for (const statement of statements) {
      const text = await refusalOf(() => session.execute(statement));
      if (text !== undefined) return refused(session, isInOne, applied, { statement, text });
      applied.push(statement);
    }
    const text = isInOne ? await refusalOf(() => session.commit()) : undefined;
    return text === undefined ? { applied } : refused(session, isInOne, applied, { statement: 'COMMIT', text });
  });
}

async function refused(
  session: Session,
  isInOne: boolean,
  applied: readonly string[],
  error: Required<PlanOutcome>['error'],
): Promise<PlanOutcome> {
  if (isInOne) await session.rollback();
  return { applied: isInOne ? [] : applied, error };
}

/** What the database says no with; undefined where it did not. */
async function refusalOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return wordDriverError(error).text;
  }
}
