import type { MigrationFile } from '../../directory/types.ts';
import type { Realm } from '../../schema/realm.ts';
import { askGate, GateClosed, now, type RunDeps } from '../apply-context.ts';
import { pauseBeforeRetry } from '../lock-retry.ts';
import { type Driver, DriverError, type Session } from '../ports.ts';
import { readSchema } from '../schema/schema-of.ts';
import { commentOf } from '../statement-comment.ts';
import { type Worded, wordDriverError, wordRefusal } from '../target-error.ts';
import type { ApplyCallbacks, MigrationTarget, StatementProgress } from '../types.ts';
import type { Chosen } from './choose-way.ts';
import { type ReadyState, withoutExcluded } from './declare.ts';
import type { StateApplyOptions } from './types.ts';

/** How often the whole starts again because somebody else changed the schema between two looks. */
const MAX_MOVES = 5;

/** One target that is to be brought from the state it has to another. */
export interface StateJob {
  readonly target: MigrationTarget;
  readonly state: ReadyState;
  readonly exclude: readonly string[];
  readonly options: Pick<StateApplyOptions, 'lock' | 'limits' | 'sessionName' | 'lockRetries'> & {
    readonly txMode: StateApplyOptions['txMode'];
  };
  readonly callbacks: Pick<ApplyCallbacks, 'mayStart' | 'signal' | 'tagsOf'> & {
    readonly onStatement?: (event: StatementProgress) => void;
  };
  /** What stands for the statements where people and spans look for a file: the state that they lead to. */
  readonly leadsTo: string;
  choose(realm: Realm): Chosen;
  /** What has to hold before the first statement. @throws CheckSaysNo */
  check(session: Session, realm: Realm): Promise<void>;
  /** Whether the target is where it was to go. */
  isReached(realm: Realm): boolean;
}

export class CheckSaysNo extends Error {}

export type StateEnd =
  | { readonly kind: 'changed'; readonly from: string; readonly attempts: number }
  | { readonly kind: 'there' }
  | { readonly kind: 'held' | 'cancelled'; readonly from?: string }
  | { readonly kind: 'failed'; readonly from?: string; readonly worded: Worded };

interface Progress {
  attempts: number;
  /** The state that a plan begins with of which something was run to stay. */
  from: string | undefined;
}

/** Runs a job on a session of its own. Never throws for what the database does wrong. */
export async function runStateJob(deps: RunDeps, driver: Driver, job: StateJob): Promise<StateEnd> {
  const progress: Progress = { attempts: 0, from: undefined };
  const { limits, sessionName } = job.options;
  try {
    const session = await driver.open({ target: job.target, limits, sessionName, signal: job.callbacks.signal });
    try {
      return await untilDone(deps, session, job, progress);
    } finally {
      await session.release();
    }
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return error.kind === 'cancelled' ? stopped('cancelled', progress) : failed(progress, wordDriverError(error));
  }
}

const stopped = (kind: 'held' | 'cancelled', { from }: Progress): StateEnd => ({
  kind,
  ...(from === undefined ? {} : { from }),
});

const failed = ({ from }: Progress, worded: Worded): StateEnd => ({
  kind: 'failed',
  ...(from === undefined ? {} : { from }),
  worded,
});

async function untilDone(deps: RunDeps, session: Session, job: StateJob, progress: Progress): Promise<StateEnd> {
  const { callbacks, options } = job;
  for (let retries = 0, moves = 0; ; ) {
    progress.attempts += 1;
    const run = new Run(deps, session, job, progress);
    try {
      return await run.attempt();
    } catch (error) {
      await session.rollback();
      if (error instanceof GateClosed) return stopped('held', progress);
      if (error instanceof CheckSaysNo)
        return failed(progress, wordRefusal({ code: 'DOWN_CHECK_FAILED', text: error.message }));
      if (!(error instanceof DriverError)) throw error;
      if (error.kind === 'cancelled' || callbacks.signal?.aborted === true) return stopped('cancelled', progress);
      if (error.kind === 'history-moved' && moves < MAX_MOVES) {
        moves += 1;
        continue;
      }
      if (error.kind === 'lock-timeout' && !error.sessionLost && retries < options.lockRetries) {
        await pauseBeforeRetry({ deps, callbacks }, retries);
        retries += 1;
        continue;
      }
      const worded = wordDriverError(error);
      const { statement } = run;
      if (statement === undefined) return failed(progress, worded);
      const text = `executing statement ${JSON.stringify(statement)}: ${worded.text}`;
      return failed(progress, { text, error: { ...worded.error, statement } });
    }
  }
}

/** One attempt: look under the locks, choose, run. */
class Run {
  /** In flight, or refused. */
  statement: string | undefined;
  readonly #deps: RunDeps;
  readonly #session: Session;
  readonly #job: StateJob;
  readonly #progress: Progress;

  constructor(deps: RunDeps, session: Session, job: StateJob, progress: Progress) {
    this.#deps = deps;
    this.#session = session;
    this.#job = job;
    this.#progress = progress;
  }

  async attempt(): Promise<StateEnd> {
    const { options, choose } = this.#job;
    await this.#session.lockAndRead(options.lock);
    await this.#session.begin();
    const found = await this.#read();
    const chosen = choose(found);
    if (chosen.kind !== 'way') {
      await this.#session.rollback();
      if (chosen.kind === 'refused') return failed(this.#progress, chosen.worded);
      // An earlier attempt of this call had the last word.
      const { from, attempts } = this.#progress;
      return from === undefined ? { kind: 'there' } : { kind: 'changed', from, attempts };
    }
    await this.#job.check(this.#session, found);
    const isWhole = options.txMode !== 'none' && this.#session.canRollBack(chosen.statements);
    if (isWhole) await this.#together(chosen.statements);
    else await this.#oneByOne(chosen.from, chosen.statements);
    return { kind: 'changed', from: this.#progress.from ?? chosen.from, attempts: this.#progress.attempts };
  }

  /** All or nothing. */
  async #together(statements: readonly string[]): Promise<void> {
    await askGate({ callbacks: this.#job.callbacks, session: this.#session }, { hasLanded: this.#hasLanded });
    for (const [index, statement] of statements.entries()) await this.#execute(statement, index);
    await this.#prove(statements);
    this.#deps.reach('transaction-open');
    await this.#session.commit();
    this.#deps.reach('transaction-committed');
  }

  /** Each stays. What is left after a kill is the end of an approved plan, and the next try finds it by that. */
  async #oneByOne(from: string, statements: readonly string[]): Promise<void> {
    const session = this.#session;
    await session.rollback();
    await session.lockAndRead(this.#job.options.lock);
    await session.holdLocks?.();
    const again = this.#job.choose(await this.#read());
    if (again.kind !== 'way' || again.statements.join('\n') !== statements.join('\n'))
      throw new DriverError('history-moved', 'another change of the schema came between', { class: 'lock' });
    await askGate({ callbacks: this.#job.callbacks, session }, { hasLanded: this.#hasLanded });
    for (const [index, statement] of statements.entries()) {
      await this.#execute(statement, index);
      this.#progress.from = from;
    }
  }

  get #hasLanded(): boolean {
    return this.#progress.from !== undefined;
  }

  async #read(): Promise<Realm> {
    const { state, target, exclude } = this.#job;
    return withoutExcluded(await readSchema(this.#session, state.dialect, target.url), exclude);
  }

  /** The first target of a plan shows that it leads where it should: the others are run on that word. */
  async #prove(statements: readonly string[]): Promise<void> {
    const { state, isReached, leadsTo } = this.#job;
    const key = JSON.stringify([leadsTo, statements]);
    if (state.proven.has(key)) return;
    if (!isReached(await this.#read()))
      throw new DriverError('statement', 'the statements ran, and the schema is not the one that they were to make', {
        class: 'permanent',
        code: 'STATE_NOT_REACHED',
      });
    state.proven.add(key);
  }

  async #execute(statement: string, index: number): Promise<void> {
    const { target, options, callbacks, leadsTo } = this.#job;
    const file = fileOf(leadsTo);
    this.statement = statement;
    const { clock, inFlight } = this.#deps;
    const done = inFlight.begin({ targetId: target.id, sessionName: options.sessionName }, statement);
    const beganMs = clock.monotonicMs();
    callbacks.onStatement?.({ kind: 'StatementStarted', file, index, statement, at: now({ deps: this.#deps }) });
    try {
      await this.#session.execute(statement, undefined, commentOf(callbacks, file, index));
    } finally {
      done();
    }
    this.statement = undefined;
    const durationMs = clock.monotonicMs() - beganMs;
    callbacks.onStatement?.({ kind: 'StatementFinished', file, index, statement, durationMs });
  }
}

const fileOf = (state: string): MigrationFile => ({
  name: state,
  version: state,
  description: '',
  format: 'atlas',
  content: '',
  hash: '',
  checkpoint: false,
  txMode: undefined,
  directives: [],
  archive: undefined,
  undo: undefined,
});
