import type { PlanOutcome } from '../../engine/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { MigrateDeps } from '../migrate/deps.ts';
import type { SchemaFlags } from './flags.ts';

/** @throws AppError INPUT_INVALID where a plan is to be shown only, and to be run without a question */
export function refuseBoth({ dryRun, autoApprove }: SchemaFlags): void {
  if (dryRun === true && autoApprove === true)
    throw new AppError(
      'INPUT_INVALID',
      'if any flags in the group [dry-run auto-approve] are set none of the others can be; [auto-approve dry-run] were all set',
    );
}

/** Atlas's question and answers (atlas-config-cli.md 3.5). @throws AppError SCHEMA_NOT_APPROVED */
export async function approve(deps: MigrateDeps, flags: SchemaFlags): Promise<void> {
  if (flags.autoApprove === true) return;
  const answer = await deps.ask('Are you sure? (Apply / Abort): ');
  if (answer?.toLowerCase() === 'apply') return;
  throw new AppError(
    'SCHEMA_NOT_APPROVED',
    answer === undefined
      ? 'the changes are not approved, and there is no terminal to ask at'
      : 'the changes were not approved',
    { next: 'read the plan, then pass --auto-approve' },
  );
}

/** @throws AppError TARGET_STATEMENT where the database refused a statement */
export function requireDone({ applied, error }: PlanOutcome, count: number): void {
  if (error === undefined) return;
  throw new AppError('TARGET_STATEMENT', `executing statement ${JSON.stringify(error.statement)}: ${error.text}`, {
    next: `${applied.length} of ${count} statements hold; mend the cause and run the command again`,
  });
}
