import { computePending } from '../directory/compute-pending.ts';
import type { Directory } from '../directory/types.ts';
import { type Driver, DriverError, type History } from './ports.ts';
import { AMBIGUOUS, wordDriverError, wordRefusal } from './target-error.ts';
import type { MigrationTarget, SurveyOptions, SurveyOutcome } from './types.ts';

/** Engine.survey for targets of one driver. */
export async function surveyTargets(
  driver: Driver,
  targets: readonly MigrationTarget[],
  directory: Directory,
  options: SurveyOptions,
): Promise<readonly SurveyOutcome[]> {
  const histories = await driver.survey(targets, options.limits);
  return histories.map((history) => outcomeOf(history, directory, options));
}

function outcomeOf(history: History | DriverError, directory: Directory, options: SurveyOptions): SurveyOutcome {
  if (history instanceof DriverError) return { kind: 'refused', error: wordDriverError(history).error };
  if (history.kind === 'ambiguous') return { kind: 'refused', error: AMBIGUOUS.error };
  const { toVersion, execOrder } = options;
  const pending = computePending({
    directory,
    revisions: history.rows,
    execOrder,
    ...(toVersion === undefined ? {} : { toVersion }),
  });
  if (pending.kind === 'refused') return { kind: 'refused', error: wordRefusal(pending).error };
  return { kind: 'standing', current: pending.current, pending: pending.files.map(({ name }) => name) };
}
