import type { ApplyContext } from './apply-context.ts';
import type { HookPoint } from './apply-hooks.ts';
import { withLockRetries } from './lock-retry.ts';
import type { Planned } from './plan-target.ts';
import { DriverError } from './ports.ts';
import type { HookStatement } from './prepare-hooks.ts';
import { type Worded, wordDriverError } from './target-error.ts';

const SAVEPOINT = 'flotilla_hook';

/** SQL of the project, none of a file's, was refused. It may name secrets: `applyTarget` masks what it makes of it. */
export class HookFailed extends Error {
  readonly error: DriverError;
  readonly worded: Worded;

  constructor(worded: Worded, error: DriverError) {
    super(worded.text);
    this.error = error;
    this.worded = worded;
  }
}

/** What the project's rules say against the plan; undefined: nothing. */
export async function judgePlan({ hooks }: ApplyContext, { runs }: Planned): Promise<Worded | undefined> {
  if (hooks.judge === undefined || runs.length === 0) return undefined;
  const denial = await hooks.judge({
    files: runs.map(({ ready: { file } }) => ({
      name: file.name,
      version: file.version,
      description: file.description,
    })),
    statements: runs.flatMap(({ ready, done }) => ready.texts.slice(done)),
    targetVersion: runs.reduce((last, { ready: { file } }) => (file.version > last ? file.version : last), ''),
  });
  if (denial === undefined) return undefined;
  const { code, rule } = denial;
  const text = `${rule}: ${denial.message}`;
  // One cause for a fleet: the message may name what differs from target to target.
  return { text, error: { class: 'permanent', code, message: text, fingerprint: `${code} ${rule}` } };
}

/**
 * Runs what the project has for this point, statement by statement.
 * @param isInTransaction else each statement stands for itself
 * @throws HookFailed
 */
export async function runHooks(context: ApplyContext, point: HookPoint, isInTransaction: boolean): Promise<void> {
  for (const statement of context.hooks.statements[point]) {
    try {
      await (statement.skipErrors
        ? runPassingOver(context, statement, isInTransaction)
        : runOne(context, statement.text, isInTransaction));
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw new HookFailed(word(statement, error), error);
    }
  }
}

/** What the database refuses is taken back alone: it must not end the transaction. */
async function runPassingOver(context: ApplyContext, { text }: HookStatement, isInTransaction: boolean): Promise<void> {
  const { session } = context;
  if (isInTransaction) await session.execute(`SAVEPOINT ${SAVEPOINT}`);
  try {
    await runOne(context, text, isInTransaction);
  } catch (error) {
    if (!(error instanceof DriverError) || error.kind !== 'statement' || error.sessionLost) throw error;
    if (isInTransaction) await session.execute(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
  }
}

async function runOne(context: ApplyContext, text: string, isInTransaction: boolean): Promise<void> {
  const { deps, target, options, hooks, session } = context;
  const { sessionName } = options;
  const end = deps.inFlight.begin({ targetId: target.id, sessionName }, hooks.redact(text));
  try {
    // In a transaction the whole of it is tried again, by who began it.
    await (isInTransaction ? session.execute(text) : withLockRetries(context, () => session.execute(text)));
  } finally {
    end();
  }
}

function word({ source, text }: HookStatement, error: DriverError): Worded {
  const worded = wordDriverError(error);
  return {
    text: `executing statement "${text}" of ${source}: ${error.message}`,
    error: {
      ...worded.error,
      message: `${source}: ${error.message}`,
      statement: text,
      fingerprint: `${worded.error.fingerprint} in ${source}`,
    },
  };
}
