import type { CheckFile } from '../directory/read-checks.ts';
import { type ApplyContext, now } from './apply-context.ts';
import { DriverError } from './ports.ts';
import type { FileRun } from './run-file.ts';
import type { AppliedFile, CheckReport } from './types.ts';

/** A check said no, or could not be asked. Nothing of its file has run. */
export class ChecksFailed extends Error {
  readonly applied: AppliedFile;
  /** What the database said; undefined: the assertions were asked, and do not hold. */
  readonly error: DriverError | undefined;

  constructor(message: string, applied: AppliedFile, error?: DriverError) {
    super(message, { cause: error });
    this.applied = applied;
    this.error = error;
  }
}

/**
 * Asks the pre-migration checks of a file, all of them before its first statement. Not of a file that is half done: what they ask about may be
 * changed already. In a transaction where the caller has begun one.
 * @throws ChecksFailed
 */
export async function runChecks(context: ApplyContext, run: FileRun): Promise<readonly CheckReport[]> {
  const reports: CheckReport[] = [];
  if (run.done > 0) return reports;
  const start = now(context);
  for (const check of run.ready.checks) {
    const report = await askCheck(context, check);
    reports.push(report);
    if (report.error === undefined) continue;
    const applied: AppliedFile = {
      file: run.ready.file,
      statements: [],
      skipped: 0,
      start,
      end: report.end,
      checks: reports,
      error: { statement: report.error.statement, text: report.error.text },
    };
    throw new ChecksFailed(report.error.text, applied, report.error.cause);
  }
  return reports;
}

type Asked = CheckReport & { readonly error?: { readonly cause?: DriverError } };

async function askCheck(context: ApplyContext, { name, isOneOf, assertions }: CheckFile): Promise<Asked> {
  const start = now(context);
  const statements: { readonly statement: string; readonly error?: string }[] = [];
  for (const statement of assertions) {
    try {
      const holds = isTrue(await context.session.ask(statement));
      statements.push({ statement, ...(holds ? {} : { error: `check assertion "${statement}" returned false` }) });
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      // In a transaction nothing can be asked after it.
      const text = `check assertion "${statement}" cannot be asked: ${error.message}`;
      statements.push({ statement, error: text });
      return { name, statements, error: { statement, text, cause: error }, start, end: now(context) };
    }
  }
  const failed = statements.flatMap((one) => (one.error === undefined ? [] : [{ ...one, error: one.error }]));
  const [first] = failed;
  const end = now(context);
  const isHeld = isOneOf ? failed.length < statements.length : failed.length === 0;
  if (isHeld || first === undefined) return { name, statements, start, end };
  const text = `${failed.length} of ${statements.length} assertions failed: ${failed.map(({ error }) => error).join('; ')}`;
  return { name, statements, error: { statement: first.statement, text }, start, end };
}

/** How the databases write true: Postgres `t`, MySQL and SQLite a number that is not 0. No row and NULL are no. */
const isTrue = (answer: string | null): boolean =>
  answer !== null && (/^(t|true)$/i.test(answer) || (/^-?\d+$/.test(answer) && Number(answer) !== 0));
